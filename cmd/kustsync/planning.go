package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/kustsync/kustsync/cmd/kustsync/planfile"
	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer"
)

// planning is a plan that is being made: what it is made of, and its result so far.
type planning struct {
	*session
	prog        *program.Program
	opts        pipeline.Options
	reader      *ledger.Reader // nil: nothing was loaded yet
	ledgerState string         // before the first row; see planfile.LedgerState
	fingerprint program.Fingerprint
	audit       *kustomer.References // what the rows name in the org

	sum      pipeline.Summary
	rows     *report.Plan
	details  string // path of the file with the rows
	findings []kustomer.Finding
}

// openLedger opens the ledger to be read, if there is one, and notes its state.
func (p *planning) openLedger(ctx context.Context) (err error) {
	p.reader, err = openReader(p.target, p.binding(p.prog.File.Name, p.who.OrgID))
	if err == nil {
		p.ledgerState, err = planfile.LedgerState(ctx, p.reader, "")
	}
	return err
}

// run finds out what would become of every row, and then checks in the org what the rows name.
func (p *planning) run(ctx context.Context, progress *report.Progress, log *slog.Logger) (err error) {
	p.details = filepath.Join(p.dir, "runs", p.opts.RunID, "plan.ndjson")
	if err := os.MkdirAll(filepath.Dir(p.details), 0o700); err != nil {
		return environment("make room on the disk, or choose another folder with --state-dir", "making the plan's folder: %v", err)
	}
	file, err := newDetailsFile(p.details)
	if err != nil {
		return err
	}
	p.rows = report.NewPlan(file)
	p.sum, err = pipeline.Run(ctx, p.prog, pipeline.Deps{
		Reader: p.reader, Sink: p.client, Log: log,
		Observer: pipeline.Observers{progress, p.rows, mentions{p.prog, p.audit}},
	}, p.opts)
	if writeErr := errors.Join(p.rows.Err(), file.close()); err == nil && writeErr != nil {
		err = environment("make room on the disk, then run the same command again", "writing %s: %v", p.details, writeErr)
	}
	if err != nil {
		return err
	}
	p.findings, err = p.client.Check(ctx, p.audit)
	return err
}

// mentions is an Observer that notes what rows name in the org: users, teams, queues and custom attributes.
type mentions struct {
	prog  *program.Program
	audit *kustomer.References
}

func (m mentions) StepStarted(*program.Step) {}
func (m mentions) Note(string, string)       {}
func (m mentions) Waiting(string, int)       {}

// Settled implements pipeline.Observer. A row that is not sent may name what is not there.
func (m mentions) Settled(s pipeline.Settlement) {
	if step, ok := m.prog.Step(s.Step); ok && s.Verdict != nil && s.Verdict.Action.IsChange() {
		m.audit.Add(kustomer.Mention{Step: s.Step, Place: s.Row.Pos.String(), Number: s.Number}, step.Spec, s.Verdict.Payload)
	}
}

// warnOfUnendedRun warns when the last run has no end: a plan cannot know the rows that it may still load.
func (t *terminal) warnOfUnendedRun(ctx context.Context, reader *ledger.Reader) error {
	runs, err := reader.Runs(ctx, 1)
	if err != nil {
		return err
	}
	if len(runs) > 0 && runs[0].EndedAt.IsZero() {
		t.warn(fmt.Sprintf("run %s began at %s (UTC) and has not ended: it is under way, or was killed; what it loads from now on is not in the plan",
			runs[0].ID, runs[0].StartedAt.UTC().Format(time.DateTime)))
	}
	return nil
}

// detailsFile is the file with the rows of a plan. They hold values, so only its owner can read it.
type detailsFile struct {
	*bufio.Writer
	file *os.File
}

func newDetailsFile(path string) (*detailsFile, error) {
	// O_EXCL: the folder is new in every run, and a link that somebody left there is not followed.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, environment("make room on the disk, or choose another folder with --state-dir", "making the plan's file: %v", err)
	}
	return &detailsFile{bufio.NewWriterSize(file, 64<<10), file}, nil
}

func (d *detailsFile) close() error { return errors.Join(d.Flush(), d.file.Close()) }
