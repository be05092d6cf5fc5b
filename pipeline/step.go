package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// runningStep is one step under way.
type runningStep struct {
	*run
	step      *program.Step
	renderer  *render.Renderer
	drive     *drive.Step
	driver    drive.Driver
	lanes     *lanes
	waiting   *waitingRows
	workers   *workers
	halt      context.CancelCauseFunc
	sourceErr error       // why the source could not be read to its end
	last      *index.Last // with on_duplicate: last, the number of the row that decides, for each key; else nil
	rows      int         // rows of the source that were read
	gone      *goneKeys   // nil: the step does not list keys that its source no longer has
}

// runStep makes one pass over a step's source.
func (r *run) runStep(ctx context.Context, step *program.Step) error {
	s, err := r.newStep(ctx, step)
	if err != nil {
		return err
	}
	r.stepStarted(step)
	if err := s.check(ctx); err != nil {
		return err
	}
	if err := s.findLast(ctx); err != nil {
		return err
	}
	if err := r.keys.note(ctx, r.deps.Ledger, step); err != nil {
		return err
	}
	r.started++
	s.gone = newGoneKeys(step, r.reader, r.opts)
	rowCtx, halt := context.WithCancelCause(ctx)
	defer halt(nil)
	group, rowCtx := errgroup.WithContext(rowCtx)
	sending, release := drainContext(rowCtx, r.opts.Grace)
	defer release()
	s.halt, s.drive.Sending = halt, sending
	s.workers = newWorkers(r.opts.Workers, func(w *workers) {
		group.Go(func() error { return s.serve(rowCtx, w) })
	})
	s.drive.Halt, s.drive.Grow, s.drive.Wake = halt, s.workers.grow, s.wake
	s.openBatches(ctx)
	for range r.opts.Workers {
		s.workers.grow()
	}
	s.workers.rows.Add(1) // for the reader
	group.Go(func() error { defer s.workers.rows.Done(); return s.readRows(rowCtx) })
	group.Go(func() error { s.resumeWaiting(rowCtx); return nil })
	go func() { s.workers.rows.Wait(); s.waiting.close() }()
	if err := group.Wait(); err != nil {
		return err
	}
	if err := cmp.Or(s.sourceErr, context.Cause(ctx)); err != nil {
		return err
	}
	if !r.opts.DryRun {
		delete(r.indexes, step.Name())
	}
	if err := r.expects.noteRead(ctx, r.deps.Ledger, step, s.rows); err != nil {
		return err
	}
	return listGone(ctx, s)
}

// newStep makes a step ready to run.
func (r *run) newStep(ctx context.Context, step *program.Step) (*runningStep, error) {
	idx, err := r.loadIndex(ctx, step)
	if err != nil {
		return nil, err
	}
	return r.stepOver(step, idx), nil
}

// stepOver makes a step over an index of its keys.
func (r *run) stepOver(step *program.Step, idx *index.Index) *runningStep {
	s := &runningStep{run: r, step: step, lanes: newLanes(), waiting: newWaitingRows()}
	s.drive = drive.NewStep(step)
	s.drive.Program, s.drive.Run, s.drive.Index = r.program, r.shared, idx
	s.drive.Info = func(text string) { r.info(step.Name(), text) }
	s.driver = r.mode.driver(s.drive)
	s.renderer = r.renders.Step(step, s.lookups())
	s.drive.ParentsOf = func(row *drive.Row) []render.Ref { return s.renderer.ParentKeys(&row.Row) }
	return s
}

// listGone counts and lists the keys that the step's source no longer has.
func listGone(ctx context.Context, s *runningStep) (err error) {
	switch {
	case s.gone == nil:
	case s.gone.unnamed > 0:
		s.info(s.step.Name(), fmt.Sprintf("keys that are gone from source %q were not counted: %d of its rows have no key", s.step.Source.Name, s.gone.unnamed))
	default:
		s.summary.step(s.step.Name()).Gone, err = s.gone.list(ctx, s.reader, s.step.Name(), s.deps.Gone)
	}
	return err
}

// openBatches lets requests share batches where the step's may and should.
func (s *runningStep) openBatches(ctx context.Context) {
	sink, ok := s.deps.Sink.(sinks.Bulk)
	if !ok || s.opts.DryRun {
		return
	}
	journal := drive.Journal{Step: s.drive}
	s.drive.Jobs = batch.NewJobs(sink, s.step.Spec, func(owner any) { s.wake(owner.(*drive.Row)) },
		func(ctx context.Context, owner any, id string) error {
			return journal.ReadBackLater(ctx, owner.(*drive.Row), id)
		})
	if !s.sharesBatches(ctx) {
		return
	}
	s.drive.Batches = batch.New(batch.Options{
		Spec: s.step.Spec, Sink: sink, Journal: journal, Insist: s.opts.Bulk == BulkAlways,
		MaxItems: batch.ItemsAtRate(s.opts.Rate, s.step.Spec.Batch), SendContext: s.drive.Sending,
		Acquire: s.shared.Places.Acquire, Release: s.shared.Places.Release, Halt: s.halt, Info: s.drive.Info,
		Done: journal.Done, KeepBegun: journal.KeepBegun, ReadBack: journal.ReadBack,
	})
}

// sharesBatches reports whether requests of the step share batches.
func (s *runningStep) sharesBatches(ctx context.Context) bool {
	always := s.opts.Bulk == BulkAlways
	if s.opts.Bulk != BulkAuto && !always || !s.step.Batches(always) {
		return false
	}
	if always {
		return true
	}
	if !s.worthBatches(ctx) {
		return false
	}
	if why := batch.Unnamed(s.step.Spec); why != "" {
		s.drive.Info("loading one by one, as a probe of the org found: " + why)
		return false
	}
	return true
}

// worthBatches reports whether a step has so many rows that batches, with the wait for their jobs, end sooner than
// single requests at the pace of the run.
func (s *runningStep) worthBatches(ctx context.Context) bool {
	if s.opts.Rate <= 0 || s.step.Source.Once { // to count would be to read
		return false
	}
	rows := 0
	for range s.step.Source.Rows(ctx) { //nolint:errcheck // the pass that loads the rows tells
		if rows++; s.opts.Limit > 0 && rows > s.opts.Limit {
			break
		}
		if batch.IsSooner(rows, s.step.Spec.Batch, s.opts.Rate) {
			return true
		}
	}
	return false
}

// drainContext returns a context for requests in flight that ends grace after ctx.
func drainContext(ctx context.Context, grace time.Duration) (sending context.Context, cancel func()) {
	sending, cancel = context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-sending.Done():
		}
		cancel()
	})
	return sending, cancel
}

// loadIndex reads what the ledger knows of a step's keys.
func (r *run) loadIndex(ctx context.Context, step *program.Step) (*index.Index, error) {
	idx := index.New()
	r.indexes[step.Name()] = idx
	if r.reader == nil {
		return idx, nil
	}
	for k, err := range r.reader.Known(ctx, step.Name()) {
		if err != nil {
			return nil, fmt.Errorf("reading the ledger's entries of step %q: %w", step.Name(), err)
		}
		idx.Learn(k)
	}
	return idx, nil
}
