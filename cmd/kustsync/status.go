package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer/probe"
)

// shownRuns and shownDoubts bound what status prints.
const (
	shownRuns   = 5
	shownDoubts = 20
)

func (a *app) statusCommand() *cobra.Command {
	var sandbox bool
	cmd := &cobra.Command{
		Use:     "status FILE",
		Short:   "What the ledger says: counts, last runs, what is in doubt",
		Long:    "status reads the ledger of a pipeline, also while a run lasts. It asks nobody over the network.",
		Example: "  kustsync status pipeline.yaml\n  kustsync status pipeline.yaml --sandbox --json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.status(cmd.Context(), args[0], sandbox) },
	}
	cmd.Flags().BoolVar(&sandbox, "sandbox", false, "the ledger of run --sandbox")
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

// status is `kustsync status`.
func (a *app) status(ctx context.Context, path string, sandbox bool) error {
	file, t, reader, err := a.reader(path, sandbox)
	if err != nil {
		return err
	}
	sum := statusSummary{Pipeline: file.Name, Target: t.name, Steps: map[string]map[string]int{}, InDoubt: []doubtJSON{}, Runs: []runJSON{}}
	a.summary = &sum
	if answers, ok := a.answersOf(t); ok {
		sum.Probe = &answers
	}
	if reader == nil {
		a.chat(fmt.Sprintf("nothing was loaded into %s yet", t.name))
		return a.printProbe(&sum)
	}
	defer a.closing(reader)
	if err := sum.fill(ctx, reader); err != nil {
		return environment("", "reading the ledger: %v", err)
	}
	if a.flags.json {
		return nil
	}
	return firstOf(a.printStatus(file, &sum), a.printProbe(&sum))
}

// printProbe prints what a probe of the target found out, if there was one.
func (a *app) printProbe(sum *statusSummary) error {
	if sum.Probe == nil || a.flags.json {
		return nil
	}
	return firstOf(writeLine(a.out, ""), a.printAnswers(sum.Probe))
}

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
	runs, err := reader.Runs(ctx, shownRuns)
	for _, r := range runs {
		s.Runs = append(s.Runs, runOf(r))
	}
	return err
}

func runOf(r ledger.Run) runJSON {
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

func (a *app) printStatus(file *config.File, sum *statusSummary) error {
	s := a.style(a.out)
	if err := writeLine(a.out, fmt.Sprintf("%s into %s\n", s.Bold(sum.Pipeline), sum.Target)); err != nil {
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
	if err := counts.Write(a.out, s); err != nil {
		return err
	}
	runs := report.NewTable("\nrun", "started (UTC)", "took", "exit")
	for i, r := range sum.Runs {
		took, exit := "did not end", "-"
		if i == 0 { // a run that a later one follows does not last any more
			took = "under way, or killed"
		}
		if r.EndedAt != nil {
			took, exit = report.Duration(r.EndedAt.Sub(r.StartedAt)), fmt.Sprint(r.Exit)
		}
		runs.Add(r.ID, r.StartedAt.Format(time.DateTime), took, exit)
	}
	if err := runs.Write(a.out, s); err != nil || len(sum.InDoubt) == 0 {
		return err
	}
	return a.printDoubts(file, sum)
}

func (a *app) printDoubts(file *config.File, sum *statusSummary) error {
	s := a.style(a.out)
	doubts := report.NewTable("\nin doubt", "key", "place", "since (UTC)")
	for i, d := range sum.InDoubt {
		if i == shownDoubts {
			break
		}
		doubts.Add(d.Step, d.Key, d.Place, d.Since.Format(time.DateTime))
	}
	if err := doubts.Write(a.out, s); err != nil {
		return err
	}
	target := runFlags{sandbox: sum.Target == sandboxTarget}.targetFlags()
	return writeLine(a.out, s.Dim(fmt.Sprintf("\n%s in doubt: a run under way settles them, or the next run does. For what a run leaves so, look in Kustomer, then:\n%s",
		report.Count(len(sum.InDoubt)), a.resolveLine(file.Path, "STEP", target))))
}

// stepOrder is the order of the pipeline file, then steps that it no longer has.
func stepOrder(file *config.File, counts map[string]map[string]int) []string {
	var names []string
	for _, s := range file.Steps {
		names = append(names, s.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// reader opens the ledger of a pipeline to be read; nil when nothing was loaded yet.
func (a *app) reader(path string, sandbox bool) (*config.File, target, *ledger.Reader, error) {
	file, err := a.load(path)
	if err != nil {
		return nil, target{}, nil, err
	}
	t, err := a.likelyTarget(file, sandbox)
	if err != nil {
		return nil, t, nil, err
	}
	reader, err := ledger.OpenReadOnly(t.ledgerPath(), ledger.Binding{Pipeline: file.Name, Target: t.name})
	if isMissing(err) {
		return file, t, nil, nil
	}
	return file, t, reader, err
}

// closing closes what was only read: the answer is printed, and stands whatever closing says.
func (a *app) closing(c io.Closer) {
	if err := c.Close(); err != nil {
		a.logger().Warn("closing the ledger", "error", err)
	}
}

func placeText(p ledger.Place) string { return fmt.Sprintf("%s:%d", p.Source, p.Line) }
