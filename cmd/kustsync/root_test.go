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

// TestBadCommandLineJSON checks that --json prints one object also when the command line has no known verb or flag.
func TestBadCommandLineJSON(t *testing.T) {
	for _, args := range [][]string{{"--json", "rnu"}, {"rnu", "--json"}, {"run", "--nosuch", "--json"}, {"run", "--json"}} {
		var out, messages strings.Builder
		if exit := newApp(nil, &out, &messages).main(args); exit != exitUsage {
			t.Errorf("%q: exit code %d, want %d", args, exit, exitUsage)
		}
		var got envelope
		if err := json.Unmarshal([]byte(out.String()), &got); err != nil || got.OK || got.Error == nil || got.Error.Hint == "" {
			t.Errorf("%q printed %q (%v), want one object with an error and a hint", args, out.String(), err)
		}
		if messages.Len() > 0 {
			t.Errorf("%q also printed %q to standard error, want nothing", args, messages.String())
		}
	}
}
