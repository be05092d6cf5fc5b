package main

import (
	"testing"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// TestAdvise checks that what a run advises can be typed as it stands.
func TestAdvise(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome ledger.Outcome
		byHand  bool
		dry     bool
		rejects []string
		flags   loadFlags
		want    string
	}{
		{name: "nothing left", outcome: ledger.Created},
		{
			name: "rejects", outcome: ledger.Rejected, rejects: []string{"/s/people.csv"},
			flags: loadFlags{sandbox: true},
			want:  "correct the rows in that file, then: kustsync run p.yaml --state-dir '/my state' --sandbox --source people=/s/people.csv",
		},
		{
			name: "rejects of corrected rejects", outcome: ledger.Rejected, rejects: []string{"/new/people.csv", "/new/tickets.csv"},
			flags: loadFlags{sources: []string{"people=/old/people.csv", "agents=agents.csv"}},
			want: "correct the rows in those files, then: kustsync run p.yaml --state-dir '/my state' --source agents=agents.csv" +
				" --source people=/new/people.csv --source tickets=/new/tickets.csv",
		},
		{name: "dry run", outcome: ledger.Rejected, dry: true, want: "see each row with: kustsync preview p.yaml --limit 0"},
		{
			name: "doubt", outcome: ledger.InDoubt,
			want: "run the same command again; what is in doubt: kustsync status p.yaml --state-dir '/my state'",
		},
		{
			name: "doubt for a person", outcome: ledger.InDoubt, byHand: true, flags: loadFlags{sandbox: true},
			want: "look in Kustomer, then say what you saw: kustsync resolve p.yaml --state-dir '/my state' --sandbox --step welcome --key KEY --as absent (or created:ID)" +
				"; what is in doubt: kustsync status p.yaml --state-dir '/my state' --sandbox",
		},
		{
			name: "doubt in a sandbox like the org", outcome: ledger.InDoubt, flags: loadFlags{sandbox: true, like: "probe.json"},
			want: "run the same command again; what is in doubt: kustsync status p.yaml --state-dir '/my state' --sandbox",
		},
		{
			name: "parents not read", outcome: ledger.NotAttempted, flags: loadFlags{limit: 10},
			want: "the rest waits for parents that were not read; load all with: kustsync run p.yaml --state-dir '/my state'",
		},
		{name: "cut short", outcome: ledger.NotAttempted, want: "run the same command again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			command := &runCommand{app: &app{global: globalFlags{stateDir: "/my state"}}, loadFlags: c.flags}
			sum := pipeline.Summary{DryRun: c.dry, RejectedFiles: c.rejects}
			sum.Add(c.outcome)
			step := pipeline.StepSummary{Name: "welcome", ByHand: c.byHand}
			step.Add(c.outcome)
			sum.Steps = append(sum.Steps, pipeline.StepSummary{Name: "customer", ByHand: true}, step)
			if got := command.advise("p.yaml", sum); got != c.want {
				t.Errorf("advise:\n got %s\nwant %s", got, c.want)
			}
		})
	}
}
