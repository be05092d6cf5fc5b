package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// planCommand is `kustsync plan`.
type planCommand struct {
	*app
	loadFlags
	out string // path of --out
}

func newPlanCommand(a *app) *cobra.Command {
	c := &planCommand{app: a}
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Read the org and show what a run would change, field by field",
		Long: `plan reads the org and the ledger and says of every row what a run would do: create, update (each
field as it is and as it will be), unchanged, exists, skipped, or why it cannot be loaded: rejected,
ambiguous, blocked by a parent that is not there. It sends GET requests alone: whatever else is
refused before it leaves. What the ledger knows as loaded costs no request, a changed row one, a new
row one for each look-up; rows below a parent that has still to be created cost none.

It shows the first rows of each kind in full, counts the requests of the load, and warns of custom
attributes that the org does not declare and of users, teams and queues that it does not have. The
rows are in a file, with their values, that only you can read: runs/ID/plan.ndjson of the target.

--out keeps the plan for run --plan, which refuses to load when the pipeline file, a source, a table,
the rows, the org, or what the ledger knows is no longer what the plan was made of. A run of a plan
that was killed goes on with the same command. What others change in Kustomer meanwhile, it does
not notice.

` + exitHelp(),
		Example: `  kustsync plan pipeline.yaml
  kustsync plan pipeline.yaml --out plan.json && echo nothing to do
  kustsync run pipeline.yaml --plan plan.json
  kustsync plan pipeline.yaml --limit 100 --step customer --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args[0]) },
	}
	c.loadFlags.register(cmd)
	fl := cmd.Flags()
	fl.StringVar(&c.out, "out", "", "keep the plan in the file `PATH`, for run --plan")
	fl.BoolVar(&c.sandbox, "sandbox", false, "read the built-in Kustomer")
	fl.StringVar(&c.step, "step", "", "only the step `NAME`")
	return cmd
}

func (c *planCommand) run(ctx context.Context, path string) (err error) {
	ctx, stop := interruptible(ctx)
	defer stop()
	defer func() { err = withCause(ctx, err) }()
	prog, err := c.open.program(ctx, path, c.sources)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, prog.Close()) }()
	if err := c.apply(prog); err != nil {
		return err
	}
	c.term.diagnostics(prog.Warnings)
	p := &planning{prog: prog, opts: c.options(&c.global, path), audit: kustomer.NewReferences()}
	p.opts.Survey, p.opts.AllowDestructive = true, true // a plan shows what a run with the flag would do
	if c.out != "" {
		if p.fingerprint, err = pipeline.Fingerprint(ctx, prog, p.opts); err != nil {
			return fingerprintError(ctx, err)
		}
	}
	progress := c.term.progress()
	defer progress.Stop()
	p.session, err = c.open.connection(ctx, prog, sessionOptions{
		sandbox: c.sandbox, seed: c.seed, doing: "reading", readOnly: true,
		notify: func(n pace.Event) { showNotice(progress, n) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.session.Close()) }()
	c.open.useProbe(prog, p.session)
	if err := p.openLedger(ctx); err != nil {
		return err
	}
	if p.reader != nil {
		defer c.term.closeReader(p.reader)
		if err := c.term.warnOfUnendedRun(ctx, p.reader); err != nil {
			return err
		}
	}
	progress.SetUsage(p.usage)
	c.term.countRows(ctx, prog, p.opts, progress)
	err = p.run(ctx, progress, c.term.logger())
	progress.Stop()
	if err != nil {
		return err
	}
	return c.conclude(p)
}
