package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// TestStopWhileDoublesAreRead: a run that is told to stop while it begins was interrupted; nothing is wrong with the
// ledger.
func TestStopWhileDoublesAreRead(t *testing.T) {
	l, err := ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), ledger.Binding{Pipeline: "p", Target: "t"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // nothing was written
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(signalError{os.Interrupt})
	if err := withCause(ctx, (&opener{}).tellDoubles(ctx, l)); explain(err).exit != exitInterrupted {
		t.Errorf("tellDoubles ends with %v, want an interruption", err)
	}
	if err := withCause(t.Context(), (&opener{}).tellDoubles(t.Context(), l)); err != nil {
		t.Errorf("tellDoubles ends with %v, want no error", err)
	}
}
