package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/pipeline/config"
)

// TestLastRun checks that a run without an end is shown as under way or killed, and an older one as not ended.
func TestLastRun(t *testing.T) {
	var out strings.Builder
	sum := statusSummary{Runs: []runJSON{{ID: "second"}, {ID: "first"}}}
	if err := (&statusCommand{app: newApp(nil, &out, &out)}).print(&config.File{}, &sum); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`second\s.*under way, or killed`, `first\s.*did not end`} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("printed %q, want %s", out.String(), want)
		}
	}
}
