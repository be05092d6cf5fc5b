package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// TestNextStep checks that what a run advises can be typed as it stands.
func TestNextStep(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome ledger.Outcome
		dry     bool
		rejects []string
		flags   runFlags
		want    string
	}{
		{name: "nothing left", outcome: ledger.Created},
		{
			name: "rejects", outcome: ledger.Rejected, rejects: []string{"/s/people.csv"},
			flags: runFlags{sandbox: true},
			want:  "correct the rows in that file, then: kustsync run p.yaml --state-dir '/my state' --sandbox --source people=/s/people.csv",
		},
		{
			name: "rejects of corrected rejects", outcome: ledger.Rejected, rejects: []string{"/new/people.csv", "/new/tickets.csv"},
			flags: runFlags{sources: []string{"people=/old/people.csv", "agents=agents.csv"}},
			want: "correct the rows in those files, then: kustsync run p.yaml --state-dir '/my state' --source agents=agents.csv" +
				" --source people=/new/people.csv --source tickets=/new/tickets.csv",
		},
		{name: "dry run", outcome: ledger.Rejected, dry: true, want: "see each row with: kustsync preview p.yaml --limit 0"},
		{
			name: "doubt", outcome: ledger.InDoubt,
			want: "run the same command again; what is in doubt: kustsync status p.yaml --state-dir '/my state'",
		},
		{
			name: "parents not read", outcome: ledger.NotAttempted, flags: runFlags{limit: 10},
			want: "the rest waits for parents that were not read; load all with: kustsync run p.yaml --state-dir '/my state'",
		},
		{name: "cut short", outcome: ledger.NotAttempted, want: "run the same command again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &app{flags: globals{stateDir: "/my state"}}
			sum := pipeline.Summary{DryRun: c.dry, RejectedFiles: c.rejects}
			sum.Add(c.outcome)
			if got := a.nextStep("p.yaml", sum, c.flags); got != c.want {
				t.Errorf("nextStep:\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestShellQuote(t *testing.T) {
	for word, want := range map[string]string{
		"people=/a/b.csv": "people=/a/b.csv", "a b": "'a b'", "it's": `'it'\''s'`, "": "''", "$HOME": "'$HOME'",
	} {
		if got := shellQuote(word); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", word, got, want)
		}
	}
}

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

func TestShortPath(t *testing.T) {
	here := t.TempDir()
	t.Chdir(here)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(here, "a", "b.csv"):      filepath.Join("a", "b.csv"),
		filepath.Join(here, "..", "elsewhere"): filepath.Join(here, "..", "elsewhere"),
	} {
		if got := shortPath(path); got != want {
			t.Errorf("shortPath(%s) = %s, want %s", path, got, want)
		}
	}
}

// TestExplainFaults checks that the fault that is named first is one that keeps the file from running.
func TestExplainFaults(t *testing.T) {
	p := explain(config.Faults{
		{Pos: config.Pos{Line: 1}, Message: "untidy", Warning: true},
		{Pos: config.Pos{Line: 2}, Message: "wrong", Hint: "mend it"},
		{Pos: config.Pos{Line: 3}, Message: "also wrong"},
	})
	if p.exit != exitUsage || p.message != "wrong (and 1 more fault)" || p.hint != "mend it" {
		t.Errorf("explained as %+v", p)
	}
}
