package sinks_test

import (
	"testing"

	"github.com/kustsync/kustsync/sinks"
)

func BenchmarkCanonical(b *testing.B) {
	payload, err := everything().Fit(sinks.Create, map[string]any{
		"text": "Ana Ruiz", "integer": 3, "number": "12.50", "bool": true, "tags": []any{"a", "b"},
		"time": "2026-01-31T09:30:00Z", "email": "ana@example.com", "phone": "+15550100", "id": id,
		"custom": map[string]any{"tierStr": "gold", "mrrNum": "12.5"},
	})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := sinks.Canonical(payload); err != nil {
			b.Fatal(err)
		}
	}
}
