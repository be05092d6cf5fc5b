package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// TestNextStep checks that what a run advises can be typed as it stands.
func TestNextStep(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome ledger.Outcome
		byHand  bool
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
			name: "doubt for a person", outcome: ledger.InDoubt, byHand: true, flags: runFlags{sandbox: true},
			want: "look in Kustomer, then say what you saw: kustsync resolve p.yaml --state-dir '/my state' --sandbox --step welcome --key KEY --as absent (or created:ID)" +
				"; what is in doubt: kustsync status p.yaml --state-dir '/my state' --sandbox",
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
			step := pipeline.StepSummary{Name: "welcome", ByHand: c.byHand}
			step.Add(c.outcome)
			sum.Steps = append(sum.Steps, pipeline.StepSummary{Name: "customer", ByHand: true}, step)
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

// TestMergeFaults checks that binding a faulty file adds what it finds of itself, in the order of the
// file, and not what only follows from the file's own faults.
func TestMergeFaults(t *testing.T) {
	at := func(line int) config.Pos { return config.Pos{File: "p.yaml", Line: line, Column: 3} }
	file := config.Diagnostics{
		{Pos: at(2), Message: "untidy", Warning: true},
		{Pos: at(5), Message: "there is no source"},
	}
	bound := config.Diagnostics{
		{Message: "there is no such file"},
		{Pos: at(2), Message: "no column"},
		{Pos: at(4), Message: "no function"},
		{Pos: at(5), Message: "there is no such file"},
	}
	var got []string
	var merged config.Diagnostics
	if !errors.As(mergeFaults(file, bound), &merged) {
		t.Fatal("no faults are left")
	}
	for _, f := range merged {
		got = append(got, fmt.Sprintf("%d %s", f.Pos.Line, f.Message))
	}
	want := []string{"2 untidy", "2 no column", "4 no function", "5 there is no source"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestLastRun checks that a run without an end is not called dead while it may last.
func TestLastRun(t *testing.T) {
	var out strings.Builder
	sum := statusSummary{Runs: []runJSON{{ID: "second"}, {ID: "first"}}}
	if err := newApp(nil, &out, &out).printStatus(&config.File{}, &sum); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`second\s.*under way, or killed`, `first\s.*did not end`} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("printed %q, want %s", out.String(), want)
		}
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
	p := explain(config.Diagnostics{
		{Pos: config.Pos{Line: 1}, Message: "untidy", Warning: true},
		{Pos: config.Pos{Line: 2}, Message: "wrong", Hint: "mend it"},
		{Pos: config.Pos{Line: 3}, Message: "also wrong"},
	})
	if p.exit != exitUsage || p.message != "wrong (and 1 more fault)" || p.hint != "mend it" {
		t.Errorf("explained as %+v", p)
	}
}
