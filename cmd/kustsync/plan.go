package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

func (a *app) planCommand() *cobra.Command {
	var f runFlags
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
		RunE: func(cmd *cobra.Command, args []string) error {
			f.given = cmd.Flags().Changed
			return a.plan(cmd.Context(), args[0], f)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.out, "out", "", "keep the plan in the file `PATH`, for run --plan")
	fl.BoolVar(&f.sandbox, "sandbox", false, "read the built-in Kustomer")
	fl.StringVar(&f.seed, "seed", "", "with --sandbox: a `FILE` of objects that it has from the start (default sandbox: { seed: FILE } of the pipeline)")
	fl.IntVar(&f.limit, "limit", 0, "read only the first `N` rows of each source")
	fl.StringVar(&f.step, "step", "", "only the step `NAME`")
	fl.IntVar(&f.workers, "workers", 0, "HTTP requests at once, 1 to 256 (default from the file)")
	fl.StringVar(&f.budget, "budget", "", "share of the org's requests per minute, such as 50% (default from the file)")
	fl.StringArrayVar(&f.sources, "source", nil, "`NAME=PATH`: read that file for that source; may be repeated")
	return cmd
}

// plan is `kustsync plan`.
func (a *app) plan(ctx context.Context, path string, f runFlags) (err error) {
	ctx, stop := interruptible(ctx)
	defer stop()
	defer func() { err = withCause(ctx, err) }()
	p, err := a.bind(ctx, path, f.sources)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := f.apply(p); err != nil {
		return err
	}
	a.warn(p)
	opts := f.options()
	opts.Survey = true
	var print program.Fingerprint
	if f.out != "" {
		if print, err = pipeline.Fingerprint(ctx, p, opts); err != nil {
			return plainPrint(ctx, err)
		}
	}
	progress := a.progress()
	defer progress.Stop()
	s, err := a.connect(ctx, p, sessionOptions{sandbox: f.sandbox, seed: f.seed, doing: "reading", reading: true,
		notify: func(n pace.Event) { tellWait(progress, n) }})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	a.learn(p, s)
	v := &survey{session: s, plan: p, opts: opts, flags: f, print: print, audit: kustomer.NewAudit()}
	if err := v.readLedger(ctx); err != nil {
		return err
	}
	if v.reader != nil {
		defer a.closing(v.reader)
	}
	if err := a.tellRun(ctx, v.reader); err != nil {
		return err
	}
	progress.SetMeter(s.use)
	a.countRows(ctx, p, opts, progress)
	err = v.run(ctx, a, progress)
	progress.Stop()
	if err != nil {
		return err
	}
	return a.concludePlan(v)
}

// survey is one plan in the making.
type survey struct {
	*session
	plan   *program.Program
	opts   pipeline.Options
	flags  runFlags
	reader *ledger.Reader // nil: nothing was loaded yet
	state  string         // of the ledger, before the first row
	print  program.Fingerprint
	audit  *kustomer.Audit

	sum      pipeline.Summary
	rows     *report.Plan
	details  string // path of the file with the rows
	findings []kustomer.Finding
}

// readLedger opens the ledger, if there is one, and notes its state.
func (v *survey) readLedger(ctx context.Context) (err error) {
	v.reader, err = ledger.OpenReadOnly(v.ledgerPath(), ledger.Binding{Pipeline: v.plan.File.Name, Target: v.name, OrgID: v.who.OrgID})
	if isMissing(err) {
		v.reader, err = nil, nil
	}
	if err == nil {
		v.state, err = ledgerState(ctx, v.reader, "")
	}
	return err
}

// run judges every row and then checks what they name.
func (v *survey) run(ctx context.Context, a *app, progress *report.Progress) (err error) {
	v.details = filepath.Join(v.dir, "runs", v.opts.RunID, "plan.ndjson")
	if err := os.MkdirAll(filepath.Dir(v.details), 0o700); err != nil {
		return environment("make room on the disk, or choose another folder with --state-dir", "making the plan's folder: %v", err)
	}
	file, err := newDetails(v.details)
	if err != nil {
		return err
	}
	v.rows = report.NewPlan(file)
	v.sum, err = pipeline.Run(ctx, v.plan, pipeline.Deps{
		Reader: v.reader, Sink: v.client, Log: a.logger(),
		Observer: pipeline.Observers{progress, v.rows, mentions{v.plan, v.audit}},
	}, v.opts)
	if werr := errors.Join(v.rows.Err(), file.close()); err == nil && werr != nil {
		err = environment("make room on the disk, then run the same command again", "writing %s: %v", v.details, werr)
	}
	if err != nil {
		return err
	}
	v.findings, err = v.client.Check(ctx, v.audit)
	return err
}

// mentions is an Observer that gathers what rows name in the org.
type mentions struct {
	plan  *program.Program
	audit *kustomer.Audit
}

func (m mentions) StepStarted(*program.Step) {}
func (m mentions) Said(string, string)       {}
func (m mentions) Waiting(string, int)       {}

// Settled implements pipeline.Observer. What is not sent need not be there.
func (m mentions) Settled(s pipeline.Settlement) {
	if step, ok := m.plan.Step(s.Step); ok && s.Verdict != nil && s.Verdict.Action.IsChange() {
		m.audit.Add(kustomer.Mention{Step: s.Step, Place: s.Row.Pos.String(), Number: s.Number}, step.Spec, s.Verdict.Payload)
	}
}

// tellRun says when a run seems to be under way, whose rows a plan cannot know.
func (a *app) tellRun(ctx context.Context, reader *ledger.Reader) error {
	if reader == nil {
		return nil
	}
	runs, err := reader.Runs(ctx, 1)
	if err != nil {
		return err
	}
	if len(runs) > 0 && runs[0].EndedAt.IsZero() {
		a.say(a.style(a.talk).Yellow("warning: ") + fmt.Sprintf("run %s began at %s (UTC) and has not ended: it is under way, or was killed; what it loads from now on is not in the plan",
			runs[0].ID, runs[0].StartedAt.UTC().Format(time.DateTime)))
	}
	return nil
}
