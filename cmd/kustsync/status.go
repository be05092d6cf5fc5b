package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer/probe"
)

// What status prints at most.
const (
	printedRuns   = 5  // the last ones
	printedDoubts = 20 // --json has all of them
)

// statusCommand is `kustsync status`.
type statusCommand struct {
	*app
	sandbox bool
}

func newStatusCommand(a *app) *cobra.Command {
	c := &statusCommand{app: a}
	cmd := &cobra.Command{
		Use:     "status FILE",
		Short:   "What the ledger says: counts, last runs, what is in doubt",
		Long:    "status reads the ledger of a pipeline, also while a run lasts. It asks nobody over the network.",
		Example: "  kustsync status pipeline.yaml\n  kustsync status pipeline.yaml --sandbox --json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	cmd.Flags().BoolVar(&c.sandbox, "sandbox", false, "the ledger of run --sandbox")
	return cmd
}

// statusSummary is what status prints as JSON.
type statusSummary struct {
	Pipeline string                    `json:"pipeline"`
	Target   string                    `json:"target"`
	Steps    map[string]map[string]int `json:"steps"`
	InDoubt  []doubtJSON               `json:"in_doubt"`
	Runs     []runJSON                 `json:"runs"`
	Probe    *probe.Answers            `json:"probe"` // null: the target was not probed
}

type doubtJSON struct {
	Step  string    `json:"step"`
	Key   string    `json:"key"`
	Place string    `json:"place"`
	Since time.Time `json:"since"`
}

type runJSON struct {
	ID        string          `json:"run_id"`
	StartedAt time.Time       `json:"started_at"`
	EndedAt   *time.Time      `json:"ended_at"`
	Exit      int             `json:"exit"`
	Summary   json.RawMessage `json:"summary"`
}

func (c *statusCommand) run(ctx context.Context, path string) error {
	saved, err := c.open.ledger(path, c.sandbox)
	if err != nil {
		return err
	}
	sum := statusSummary{
		Pipeline: saved.file.Name, Target: saved.target.name,
		Steps: map[string]map[string]int{}, InDoubt: []doubtJSON{}, Runs: []runJSON{},
	}
	c.result.summary = &sum
	if answers, ok := c.open.answers(saved.target); ok {
		sum.Probe = &answers
	}
	if saved.Reader == nil {
		c.term.info(fmt.Sprintf("nothing was loaded into %s yet", saved.target.name))
		return c.printProbe(&sum)
	}
	defer c.term.closeReader(saved)
	if err := sum.fill(ctx, saved.Reader); err != nil {
		return environment("", "reading the ledger: %v", err)
	}
	if c.global.json {
		return nil
	}
	return firstOf(c.print(saved.file, &sum), c.printProbe(&sum))
}

// fill reads what the summary says from the ledger.
func (s *statusSummary) fill(ctx context.Context, reader *ledger.Reader) error {
	counts, err := reader.Counts(ctx)
	if err != nil {
		return err
	}
	for step, byOutcome := range counts {
		s.Steps[step] = map[string]int{}
		for o, n := range byOutcome {
			s.Steps[step][string(o)] = n
		}
	}
	for _, d := range reader.Doubts() {
		s.InDoubt = append(s.InDoubt, doubtJSON{Step: d.Step, Key: d.Key, Place: placeText(d.Place), Since: d.At.UTC()})
	}
	runs, err := reader.Runs(ctx, printedRuns)
	for _, r := range runs {
		s.Runs = append(s.Runs, describeRun(r))
	}
	return err
}

func describeRun(r ledger.Run) runJSON {
	out := runJSON{ID: r.ID, StartedAt: r.StartedAt.UTC(), Exit: r.Exit, Summary: json.RawMessage("null")}
	if !r.EndedAt.IsZero() {
		ended := r.EndedAt.UTC()
		out.EndedAt = &ended
	}
	if json.Valid(r.Summary) {
		out.Summary = r.Summary
	}
	return out
}

// print prints the counts, the last runs and what is in doubt.
func (c *statusCommand) print(file *config.File, sum *statusSummary) error {
	s := c.term.outStyle()
	if err := c.term.print(fmt.Sprintf("%s into %s\n", s.Bold(sum.Pipeline), sum.Target)); err != nil {
		return err
	}
	counts := report.NewTable("step", "outcome", ">entries")
	for _, step := range stepOrder(file, sum.Steps) {
		for _, o := range ledger.Outcomes {
			if n := sum.Steps[step][string(o)]; n > 0 {
				counts.Add(step, string(o), report.Count(n))
			}
		}
	}
	if err := counts.Write(c.term.out, s); err != nil {
		return err
	}
	runs := report.NewTable("\nrun", "started (UTC)", "took", "exit")
	for i, r := range sum.Runs {
		took, exit := "did not end", "-"
		if i == 0 { // only the last run can still be under way
			took = "under way, or killed"
		}
		if r.EndedAt != nil {
			took, exit = report.Duration(r.EndedAt.Sub(r.StartedAt)), fmt.Sprint(r.Exit)
		}
		runs.Add(r.ID, r.StartedAt.Format(time.DateTime), took, exit)
	}
	if err := runs.Write(c.term.out, s); err != nil || len(sum.InDoubt) == 0 {
		return err
	}
	return c.printDoubts(file, sum)
}

func (c *statusCommand) printDoubts(file *config.File, sum *statusSummary) error {
	s := c.term.outStyle()
	doubts := report.NewTable("\nin doubt", "key", "place", "since (UTC)")
	for _, d := range sum.InDoubt[:min(len(sum.InDoubt), printedDoubts)] {
		doubts.Add(d.Step, d.Key, d.Place, d.Since.Format(time.DateTime))
	}
	if err := doubts.Write(c.term.out, s); err != nil {
		return err
	}
	where := &loadFlags{sandbox: sum.Target == sandboxTarget}
	return c.term.print(s.Dim(fmt.Sprintf("\n%s in doubt: a run under way settles them, or the next run does. For what a run leaves so, look in Kustomer, then:\n%s",
		report.Count(len(sum.InDoubt)), c.global.resolveLine(file.Path, "STEP", where.ledgerFlags()))))
}

// printProbe prints what a probe of the target found out, if there was one.
func (c *statusCommand) printProbe(sum *statusSummary) error {
	if sum.Probe == nil || c.global.json {
		return nil
	}
	return firstOf(c.term.print(""), c.term.printAnswers(sum.Probe))
}

// stepOrder is the order of the pipeline file, then steps that it no longer has.
func stepOrder(file *config.File, counts map[string]map[string]int) []string {
	names := stepNames(file)
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
