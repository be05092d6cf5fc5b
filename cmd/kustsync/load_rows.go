package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2/maybe"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// loadRows runs a plan for real.
func (a *app) loadRows(ctx context.Context, plan *program.Program, f runFlags) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	progress := a.progress()
	defer progress.Stop()
	like, err := likeAnswers(f.like, f.sandbox)
	if err != nil {
		return err
	}
	s, err := a.open(ctx, plan, sessionOptions{sandbox: f.sandbox, deliver: f.allowDelivery, like: like, seed: f.seed, notify: func(n pace.Event) { tellWait(progress, n) }})
	if err != nil {
		return err
	}
	a.warnOfDelivery(plan, f)
	opts := f.options()
	opts.Locked = s.locked
	if opts.Bulk, opts.Rate = a.bulkOf(plan, s), s.rate(plan); isPaced(opts) {
		setGarbage(pacedShare)
	}
	rejects := report.NewRejects(filepath.Join(s.dir, "runs", opts.RunID, "rejected"), func(err error) {
		cancel(&pipeline.StopError{Reason: pipeline.StopLedger, Err: err, Hint: "make room on the disk, then run the same command again"})
	})
	reasons := report.NewReasons(a.flags.showValues)
	progress.SetMeter(s.use)
	a.countRows(ctx, plan, opts, progress)
	if err := a.begin(ctx, plan, f, s, opts.RunID); err != nil {
		return errors.Join(err, s.Close())
	}
	if err := s.ledger.StartRun(ctx, ledger.Run{ID: opts.RunID, StartedAt: opts.Start}); err != nil {
		return errors.Join(err, s.Close())
	}
	sum, err := pipeline.Run(ctx, plan, pipeline.Deps{
		Ledger: s.ledger, Sink: s.client, Log: a.logger(),
		Observer: pipeline.Observers{progress, rejects, reasons},
	}, opts)
	progress.Stop()
	stats := s.client.Stats()
	sum.Target, sum.RejectedFiles = s.name, rejects.Files()
	sum.Requests, sum.HTTP429, sum.Limit = stats.Requests, stats.HTTP429, stats.Limit
	err = worst(err, rejects.Close())
	err = worst(err, s.record(sum, opts, err))
	err = worst(err, s.Close())
	return a.conclude(plan, sum, reasons, f, err)
}

// begin makes sure that a saved plan still holds, and notes that the run is one of it.
func (a *app) begin(ctx context.Context, plan *program.Program, f runFlags, s *session, runID string) error {
	if f.saved == nil {
		return nil
	}
	if err := f.saved.holdsFor(ctx, a, plan, f, s); err != nil {
		return err
	}
	return s.ledger.Mark(ctx, planMark(f.saved.ID, runID))
}

// worst keeps the first error, which ended the run, before those that came after it.
func worst(first, second error) error {
	if first != nil {
		return first
	}
	if second != nil {
		return &environmentError{err: second, hint: "make room on the disk or repair it, then run the same command again"}
	}
	return nil
}

// record writes the summary, beside the rejects and into the ledger.
func (s *session) record(sum pipeline.Summary, opts pipeline.Options, runErr error) error {
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
	exit := explain(exitError(sum, runErr)).exit
	return s.ledger.EndRun(context.Background(), ledger.Run{
		ID: opts.RunID, StartedAt: opts.Start, EndedAt: time.Now(), Exit: exit, Summary: text,
	})
}

// progress starts to show how far the run is.
func (a *app) progress() *report.Progress {
	if a.flags.quiet || a.flags.json {
		return report.NoProgress()
	}
	return report.NewProgress(a.talk, isTerminal(a.talk))
}

// countRows finds out in the background how many rows there are, for the time that is left. Only a
// person at a terminal wants to know.
func (a *app) countRows(ctx context.Context, plan *program.Program, opts pipeline.Options, progress *report.Progress) {
	if !isTerminal(a.talk) || a.flags.quiet || a.flags.json {
		return
	}
	go func() {
		if n, err := pipeline.CountRows(ctx, plan, opts); err == nil {
			progress.SetTotal(n)
		}
	}()
}

// tellWait tells a person that Kustomer makes the run wait, and that it goes on.
func tellWait(p *report.Progress, n pace.Event) {
	switch n.Kind {
	case pace.RateLimited:
		p.Wait("waiting for the rate limit,", n.Message, n.Wait)
	case pace.Outage:
		p.Line(n.Message)
		p.Wait("Kustomer cannot be reached, giving up in", "", n.Wait)
	case pace.LimitOver:
		p.Moves()
	case pace.Recovered:
		p.Moves()
		p.Line(n.Message)
	}
}

// conclude prints the summary, the reasons and the next command, and returns how the run ended.
func (a *app) conclude(plan *program.Program, sum pipeline.Summary, reasons *report.Reasons, f runFlags, runErr error) error {
	a.summary = sum
	err := exitError(sum, runErr)
	if a.flags.json {
		return err
	}
	s := a.style(a.out)
	if werr := report.Summary(a.out, s, sum); werr != nil && err == nil {
		return environment("", "printing the summary: %v", werr)
	}
	a.tellDelivered(plan, sum)
	a.mustTell(reasons.Write(a.talk, a.style(a.talk)))
	for _, path := range sum.RejectedFiles {
		a.say("rejected rows: " + shortPath(path))
	}
	if next := a.nextStep(plan.File.Path, sum, f); next != "" && runErr == nil {
		a.say(a.style(a.talk).Green("next: ") + next)
	}
	return err
}

// exitError is the error of a run: what ended it, or that rows are left.
func exitError(sum pipeline.Summary, runErr error) error {
	if runErr != nil {
		return runErr
	}
	if sum.Of(ledger.Rejected)+sum.Of(ledger.InDoubt)+sum.Of(ledger.NotAttempted) > 0 {
		return errQuietly
	}
	return nil
}
