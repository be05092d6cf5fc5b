package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestBadCommandLine(t *testing.T) {
	var out strings.Builder
	if exit := newApp(nil, &out, &out).main([]string{"rnu"}); exit != exitUsage {
		t.Errorf("exit code %d, want %d", exit, exitUsage)
	}
	want := "error: unknown command \"rnu\" for \"kustsync\"\n  next: did you mean \"run\"?\n"
	if out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

// TestBadCommandLineJSON checks that programs get their object also when no verb could be chosen.
func TestBadCommandLineJSON(t *testing.T) {
	for _, args := range [][]string{{"--json", "rnu"}, {"rnu", "--json"}, {"run", "--nosuch", "--json"}, {"run", "--json"}} {
		var out, talk strings.Builder
		if exit := newApp(nil, &out, &talk).main(args); exit != exitUsage {
			t.Errorf("%q: exit code %d, want %d", args, exit, exitUsage)
		}
		var got envelope
		if err := json.Unmarshal([]byte(out.String()), &got); err != nil || got.OK || got.Error == nil || got.Error.Hint == "" {
			t.Errorf("%q printed %q (%v), want one object with an error and a hint", args, out.String(), err)
		}
		if talk.Len() > 0 {
			t.Errorf("%q also said %q", args, talk.String())
		}
	}
}
