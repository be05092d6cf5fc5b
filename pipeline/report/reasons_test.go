package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sources"
)

// settlement is the outcome of the row in a line of people.csv.
func settlement(step string, line int, o ledger.Outcome, message string) pipeline.Settlement {
	return pipeline.Settlement{
		Step: step, Outcome: o, Message: message, Value: "seen at " + message,
		Row: sources.Row{Pos: sources.Pos{File: "people.csv", Line: line}},
	}
}

// TestReasonsOrder checks that reasons are printed by outcome, step and place, in whatever order rows settle.
func TestReasonsOrder(t *testing.T) {
	settlements := []pipeline.Settlement{
		settlement("message", 2, ledger.InDoubt, "no answer"),
		settlement("customer", 3, ledger.NotAttempted, "not read"),
		settlement("customer", 30, ledger.Rejected, "bad e-mail"),
		settlement("customer", 4, ledger.Rejected, "bad e-mail"),
		settlement("customer", 9, ledger.Rejected, "too long"),
		settlement("customer", 1, ledger.Created, ""),
	}
	want := `rejected people.csv:4 and 1 more, customer: bad e-mail
rejected people.csv:9, customer: too long
in_doubt people.csv:2, message: no answer
not_attempted people.csv:3, customer: not read
`
	for range settlements {
		settlements = append(settlements[1:], settlements[0])
		r := NewReasons(false)
		for _, name := range []string{"customer", "message"} {
			r.StepStarted(&program.Step{Config: &config.Step{Name: name}})
		}
		for _, s := range settlements {
			r.Settled(s)
		}
		var out strings.Builder
		if err := r.Write(&out, Style{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Fatalf("reasons (-want +got):\n%s", diff)
		}
	}
}

// TestReasonsBounded checks that at most shownGroups reasons are printed, and that the last line counts all other rows.
func TestReasonsBounded(t *testing.T) {
	r := NewReasons(false)
	for line := range maxGroups + 500 {
		r.Settled(settlement("customer", line+1, ledger.Rejected, strings.Repeat("x", line%2000+1)))
	}
	var out strings.Builder
	if err := r.Write(&out, Style{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != shownGroups+1 || !strings.Contains(lines[shownGroups], "and 1,492 more rows") {
		t.Errorf("%d lines, want %d; the last is %q, want 1,492 more rows", len(lines), shownGroups+1, lines[len(lines)-1])
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 requests", 1: "1 request", 2: "2 requests", 1200: "1,200 requests"} {
		if got := Plural(n, "request"); got != want {
			t.Errorf("Plural(%d) = %q, want %q", n, got, want)
		}
	}
}

// TestReasonsSingular checks that a count of one is followed by the singular.
func TestReasonsSingular(t *testing.T) {
	r := Reasons{other: 1, stale: 1}
	var out strings.Builder
	if err := r.Write(&out, Style{}); err != nil {
		t.Fatal(err)
	}
	want := "  and 1 more row for other reasons\n" +
		"warning: 1 unchanged row: the content differs from what was loaded; if_exists: update would send it\n"
	if out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}
