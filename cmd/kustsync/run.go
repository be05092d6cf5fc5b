package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
)

// runFlags are the flags of `kustsync run`.
type runFlags struct {
	allowDestructive, allowDelivery bool

	dryRun    bool
	sandbox   bool
	seed      string
	adopt     bool
	limit     int
	step      string
	workers   int
	given     func(flag string) bool // reports whether the command line has the flag
	bulk      string
	budget    string
	maxErrors string
	sources   []string
	plan      string     // path of --plan
	saved     *savedPlan // what is there; nil without
	out       string     // of plan: path of --out
	like      string
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Load the rows of a pipeline into Kustomer",
		Long: `run loads every row that Kustomer does not have yet. Kill it whenever you like and run the
same command again: what was loaded is not sent twice, what was rejected is tried again.

--sandbox loads into a Kustomer inside this program, which keeps its data beside the ledger. What
templates find there comes from --seed, or sandbox: { seed: FILE } in the pipeline file: objects such
as users and teams, one a line, as {"type":"user","attributes":{"name":"Ana","email":"ana@acme.example"}}.

--bulk auto sends up to 100 rows a request where that ends sooner within the budget, and one by
one where Kustomer does not tell which row became which object, or the key lacks the role
org.permission.bulk.read. always sends batches in any case and looks up what it is not told;
never sends one by one. --dry-run says how many requests a load needs, and for how long.

` + exitHelp(),
		Example: `  kustsync run --sandbox pipeline.yaml
  kustsync run --dry-run pipeline.yaml
  kustsync run pipeline.yaml --limit 10
  kustsync run pipeline.yaml --source people=rejected/people.csv`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.given = cmd.Flags().Changed
			return a.run(cmd.Context(), args[0], f)
		},
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.dryRun, "dry-run", false, "render every row and send nothing")
	fl.BoolVar(&f.sandbox, "sandbox", false, "load into the built-in Kustomer")
	fl.StringVar(&f.like, "like", "", "with --sandbox: one that behaves as the org did whose probe.json is at `PATH`")
	fl.StringVar(&f.seed, "seed", "", "with --sandbox: a `FILE` of objects that it has from the start (default sandbox: { seed: FILE } of the pipeline)")
	fl.BoolVar(&f.adopt, "adopt", false, "look every key up first and take over what Kustomer has")
	fl.IntVar(&f.limit, "limit", 0, "read only the first `N` rows of each source")
	fl.StringVar(&f.step, "step", "", "run only the step `NAME`")
	fl.IntVar(&f.workers, "workers", 0, "HTTP requests at once, 1 to 256 (default from the file)")
	fl.StringVar(&f.bulk, "bulk", "", "auto, always or never (default from the file)")
	fl.StringVar(&f.budget, "budget", "", "share of the org's requests per minute, such as 50% (default from the file)")
	fl.StringVar(&f.maxErrors, "max-errors", "", "stop after more than N rejected rows, or N% of them (default from the file)")
	fl.BoolVar(&f.allowDestructive, "allow-destructive", false, "let steps run whose sinks delete or merge: it cannot be undone")
	fl.BoolVar(&f.allowDelivery, "allow-delivery", false, "let steps run that make a message leave for a customer")
	fl.StringArrayVar(&f.sources, "source", nil, "`NAME=PATH`: read that file for that source; may be repeated")
	fl.StringVar(&f.plan, "plan", "", "load only if all is as it was when kustsync plan --out wrote the file `PATH`")
	return cmd
}

// run is `kustsync run`.
func (a *app) run(ctx context.Context, path string, f runFlags) (err error) {
	ctx, stop := interruptible(ctx)
	defer stop()
	defer func() { err = withCause(ctx, err) }()
	if err := f.takePlan(); err != nil {
		return err
	}
	plan, err := a.bind(ctx, path, f.sources)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plan.Close()) }()
	if err := f.apply(plan); err != nil {
		return err
	}
	if f.dryRun {
		a.warn(plan)
		return a.dryRun(ctx, plan, f)
	}
	a.warnOf(withoutLeave(plan.Warnings))
	if err := f.allowed(plan); err != nil {
		return err
	}
	if f.saved != nil {
		if err := f.saved.holds(ctx, a, plan, f); err != nil {
			return err
		}
	}
	return a.loadRows(ctx, plan, f)
}

// apply puts the flags in the place of what the file says.
func (f runFlags) apply(plan *program.Program) error {
	run := &plan.File.Run
	if f.seed != "" && !f.sandbox {
		return usage("add --sandbox; Kustomer itself has its own objects", "--seed is for the sandbox")
	}
	if f.given("workers") && f.workers < 1 || f.workers > 256 {
		return usage("choose 1 to 256", "--workers %d is out of range", f.workers)
	}
	if f.workers > 0 {
		run.Workers = f.workers
	}
	if f.given("limit") && f.limit < 1 {
		return usage("choose 1 or more; leave it out for all rows", "--limit %d is out of range", f.limit)
	}
	if f.step != "" {
		if _, ok := plan.Step(f.step); !ok {
			return usage(nearestStep(plan, f.step), "--step: there is no step %q", f.step)
		}
	}
	if err := f.applyShares(plan); err != nil {
		return err
	}
	return f.applyBulk(plan)
}

func (f runFlags) applyBulk(plan *program.Program) error {
	switch f.bulk {
	case "":
		return nil
	case "auto", "always", "never":
		plan.File.Run.Bulk.Value = f.bulk
		return nil
	}
	return usage("use auto, always or never", "--bulk: unknown value %q", f.bulk)
}

func (f runFlags) applyShares(plan *program.Program) error {
	if f.budget != "" {
		share, err := config.ParseBudget(f.budget)
		if err != nil {
			return usage(err.Error(), "--budget %q is no share of the rate limit", f.budget)
		}
		plan.File.Kustomer.Budget = share
	}
	if f.maxErrors != "" {
		limit, err := config.ParseMaxErrors(f.maxErrors)
		if err != nil {
			return usage(err.Error(), "--max-errors %q is neither a number of rows nor a share", f.maxErrors)
		}
		plan.File.Run.MaxErrors = limit
	}
	return nil
}

func nearestStep(plan *program.Program, name string) string {
	var names []string
	for _, s := range plan.Steps {
		names = append(names, s.Name())
	}
	if near, ok := config.Nearest(name, names); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "the steps are " + strings.Join(names, ", ")
}

// options are the run's options.
func (f runFlags) options() pipeline.Options {
	now := time.Now()
	return pipeline.Options{
		RunID: newRunID(now), Start: now, Locked: now,
		DryRun: f.dryRun, Adopt: f.adopt, Limit: f.limit, Step: f.step,
	}
}

// dryRun renders every row, against the ledger if there is one, and sends nothing.
func (a *app) dryRun(ctx context.Context, plan *program.Program, f runFlags) error {
	deps := pipeline.Deps{Log: a.logger()}
	t, err := a.likelyTarget(plan.File, f.sandbox)
	if err != nil {
		return err
	}
	reader, err := ledger.OpenReadOnly(t.ledgerPath(), ledger.Binding{Pipeline: plan.File.Name, Target: t.name})
	if err == nil {
		defer a.closing(reader)
		deps.Reader = reader
	} else if !isMissing(err) {
		return err
	}
	reasons := report.NewReasons(a.flags.showValues)
	progress := a.progress()
	deps.Observer = pipeline.Observers{progress, reasons}
	sum, err := pipeline.Run(ctx, plan, deps, f.options())
	progress.Stop()
	sum.Target = t.name
	if err == nil {
		defer a.tellLoad(plan, sum.Loads, sum.Finds)
	}
	return a.conclude(plan, sum, reasons, f, err)
}
