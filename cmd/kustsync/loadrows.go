package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2/maybe"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// load runs a program for real: it opens a session, sends what is new, and records and prints the result.
func (c *runCommand) load(ctx context.Context, prog *program.Program) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	progress := c.term.progress()
	defer progress.Stop()
	like, err := likeAnswers(c.like, c.sandbox)
	if err != nil {
		return err
	}
	s, err := c.open.session(ctx, prog, sessionOptions{
		sandbox: c.sandbox, seed: c.seed, like: like, allowed: c.allowed,
		notify: func(n pace.Event) { showNotice(progress, n) },
	})
	if err != nil {
		return err
	}
	c.term.warnOfDelivery(prog, &c.loadFlags)
	opts := c.options(prog)
	opts.Locked = s.lockedAt
	if opts.Bulk, opts.Rate = c.bulkMode(prog, s), s.rate(prog); isPaced(opts) {
		setGCPercent(pacedGCPercent)
	}
	rejects := report.NewRejects(filepath.Join(s.dir, "runs", opts.RunID, "rejected"), func(err error) {
		cancel(&pipeline.StopError{Reason: pipeline.StopLedger, Err: err, Hint: "make room on the disk, then run the same command again"})
	})
	gone := report.NewGone(filepath.Join(s.dir, "runs", opts.RunID, "gone"))
	reasons := report.NewReasons(c.global.showValues)
	progress.SetUsage(s.usage)
	c.term.countRows(ctx, prog, opts, progress)
	if c.saved != nil {
		if err := c.saved.begin(ctx, s, opts.RunID); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	if err := s.ledger.StartRun(ctx, ledger.Run{ID: opts.RunID, StartedAt: opts.Start}); err != nil {
		return errors.Join(err, s.Close())
	}
	sum, err := pipeline.Run(ctx, prog, pipeline.Deps{
		Ledger: s.ledger, Sink: s.client, Log: c.term.logger(),
		Observer: pipeline.Observers{progress, rejects, reasons}, Gone: gone.Add,
	}, opts)
	progress.Stop()
	stats := s.client.Stats()
	sum.Target, sum.RejectedFiles = s.name, rejects.Files()
	sum.Requests, sum.HTTP429, sum.Limit = stats.Requests, stats.HTTP429, stats.Limit
	err = firstFailure(err, errors.Join(rejects.Close(), gone.Close()))
	err = firstFailure(err, s.recordRun(sum, opts, err))
	err = firstFailure(err, s.Close())
	err = c.conclude(prog, sum, reasons, err)
	c.tellGone(sum, gone)
	return err
}

// tellGone says how many keys are gone from sources that hold all rows every time, and where they are listed.
func (c *runCommand) tellGone(sum pipeline.Summary, gone *report.Gone) {
	for _, step := range sum.Steps {
		if step.Gone > 0 && !c.global.json {
			c.term.stderr(fmt.Sprintf("gone: %s of step %q, which no row of its source has any more: %s", report.Plural(step.Gone, "key"), step.Name, shortPath(gone.Path(step.Name))))
		}
	}
}

// bulkMode says whether rows may be sent in batches. A key that cannot read the results of bulk jobs sends rows one
// by one, unless the user insists.
func (c *runCommand) bulkMode(prog *program.Program, s *session) pipeline.Bulk {
	mode := pipeline.Bulk(prog.File.Run.Bulk.Value)
	reading := sinks.Spec{Name: "bulk", Roles: []sinks.Role{kustomer.BulkRole()}}
	if mode != pipeline.BulkAuto || len(s.who.Roles) == 0 || len(kustomer.MissingRoles([]sinks.Spec{reading}, s.who.Roles)) == 0 {
		return mode
	}
	c.term.info("loading one object a request: the key lacks the role org.permission.bulk.read")
	return pipeline.BulkNever
}

// firstFailure keeps the error that ended the run before one of closing and recording it, which the disk caused.
func firstFailure(first, second error) error {
	if first != nil {
		return first
	}
	if second != nil {
		return &environmentError{err: second, hint: "make room on the disk or repair it, then run the same command again"}
	}
	return nil
}

// recordRun writes the summary of a run beside its rejected rows and into the ledger.
func (s *session) recordRun(sum pipeline.Summary, opts pipeline.Options, runErr error) error {
	text, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	dir := filepath.Join(s.dir, "runs", opts.RunID)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := maybe.WriteFile(filepath.Join(dir, "summary.json"), append(text, '\n'), 0o600); err != nil {
		return err
	}
	if s.ledger.Err() != nil {
		return nil // the run has already ended with it
	}
	exit := explain(runError(sum, runErr)).exit
	return s.ledger.EndRun(context.Background(), ledger.Run{
		ID: opts.RunID, StartedAt: opts.Start, EndedAt: time.Now(), Exit: exit, Summary: text,
	})
}
