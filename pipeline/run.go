//go:build oldengine

package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// Deps is what a run works with.
type Deps struct {
	Ledger   *ledger.Ledger // nil in a dry run
	Reader   *ledger.Reader // what a dry run reads; nil when there is no ledger yet
	Sink     sinks.Sink
	Observer Observer
	Log      *slog.Logger
}

// Options is how a run goes about it. What is zero is taken from the file.
type Options struct {
	RunID  string
	Start  time.Time // what now gives; zero is when Run is called
	Locked time.Time // when the lock was taken, where the quiet time of an earlier run's doubts starts; zero is when Run is called

	DryRun bool
	// Survey: a dry run that reads from the sink what each row would change, by Find and Read alone, and
	// tells the observer its Verdict. The sink must be a sinks.Reader.
	Survey bool
	Adopt  bool   // look every key up first
	Limit  int    // rows per source; 0 is all
	Step   string // only this step; "" is all

	Workers   int            // HTTP requests at once
	Bulk      Bulk           // whether rows travel in batches; "" is never
	Rate      float64        // requests a second that the run may send; 0 is no limit
	MaxErrors *config.Budget // nil: the file's
	// Grace is how long requests in flight may take once the run is told to stop.
	Grace time.Duration
}

// Run loads the rows of a plan. When ctx is done it stops in good order: it reads no more rows,
// finishes and records the requests in flight, and returns a *StopError. The Summary counts every
// row that was read, whatever the error.
func Run(ctx context.Context, p *program.Program, d Deps, o Options) (Summary, error) {
	e := newEngine(p, d, o)
	err := e.run(ctx)
	e.summary.Finds = e.rendering.Finds()
	e.summary.DurationMS = time.Since(e.began).Milliseconds()
	return e.summary, err
}

// engine is one run of a plan.
type engine struct {
	plan    *program.Program
	deps    Deps
	opts    Options
	read    *ledger.Reader // nil when there is nothing to read
	began   time.Time
	workers chan struct{} // one place for each HTTP request at once
	indexes map[string]*index.Index
	// finalized holds by the name of its step what each finalizer has written, for the steps that have one. It is
	// filled before the first row is read, and empty in a preview.
	finalized map[string]*index.Index
	rendering *render.Run
	claims    *claims // of a dry run
	seen      *seen   // of a survey; nil in any other run
	jobs      *jobs
	late      *lates
	preview   bool // objects of other steps are taken to be there

	mu        sync.Mutex // guards what follows, and the observer
	summary   Summary
	unsettled index.Set[render.Ref]        // keys of this run that are in doubt or not attempted
	people    map[string]index.Set[string] // by step: whom messages were, or would be, delivered to
	rejects   index.Set[render.Ref]        // keys that this run read and rejected, kept only in a partial or dry run
}

func newEngine(p *program.Program, d Deps, o Options) *engine {
	run := p.File.Run
	if o.Workers == 0 {
		o.Workers = run.Workers
	}
	if o.MaxErrors == nil {
		o.MaxErrors = &run.MaxErrors
	}
	if o.Grace == 0 {
		o.Grace = run.Timeout
	}
	if o.Start.IsZero() {
		o.Start = time.Now()
	}
	if o.Locked.IsZero() {
		o.Locked = time.Now()
	}
	if o.Survey {
		o.DryRun = true
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	read := d.Reader
	if d.Ledger != nil {
		read = d.Ledger.Reader
	}
	e := &engine{
		plan: p, deps: d, opts: o, read: read,
		began:     time.Now(),
		workers:   make(chan struct{}, o.Workers),
		indexes:   map[string]*index.Index{},
		finalized: map[string]*index.Index{},
		rendering: render.New(p, render.Options{Now: o.Start, RunID: o.RunID, CountFinds: o.DryRun}),
		claims:    newClaims(),
		jobs:      newJobs(),
		late:      newLates(),
		summary:   Summary{RunID: o.RunID, Pipeline: p.File.Name, DryRun: o.DryRun},
		unsettled: index.NewSet[render.Ref](),
		people:    map[string]index.Set[string]{},
		rejects:   index.NewSet[render.Ref](),
	}
	if o.Survey {
		e.seen = newSeen(p)
	}
	for _, step := range e.wanted() {
		counts := e.summary.step(step.Name()) // also of those that the run will not come to
		counts.Delivers, counts.ByHand = step.Delivers(), step.Delivers() || step.Once()
	}
	return e
}

func (e *engine) run(ctx context.Context) error {
	if err := e.checkLedger(ctx); err != nil {
		return e.stopped(ctx, err)
	}
	e.recall()
	if err := e.openFinals(ctx); err != nil {
		return e.stopped(ctx, err)
	}
	for _, step := range e.wanted() {
		if err := e.runStep(ctx, step); err != nil {
			return e.stopped(ctx, err)
		}
	}
	if err := e.finalize(ctx); err != nil {
		return e.stopped(ctx, err)
	}
	return nil
}

// wanted lists the steps of the run, in order.
func (e *engine) wanted() []*program.Step {
	if e.opts.Step == "" {
		return e.plan.Steps
	}
	step, ok := e.plan.Step(e.opts.Step)
	if !ok {
		return nil
	}
	return []*program.Step{step}
}

// stopped turns whatever ended a run into a *StopError.
func (e *engine) stopped(ctx context.Context, err error) error {
	var stop *StopError
	var broken *ledger.BrokenError
	var sink *sinks.Error
	switch {
	case errors.As(err, &stop):
		return stop
	case errors.As(err, &broken):
		return &StopError{Reason: StopLedger, Err: err}
	case errors.As(err, &sink) && (sink.Class == sinks.Fatal || ctx.Err() == nil):
		return &StopError{Reason: StopSink, Err: err}
	case ctx.Err() != nil:
		what := "requests in flight were finished and recorded"
		if e.opts.DryRun {
			what = "nothing was changed"
		}
		return &StopError{
			Reason: StopInterrupted,
			Err:    fmt.Errorf("%w; %s", context.Cause(ctx), what),
			Hint:   "run the same command again to go on",
		}
	}
	return &StopError{Reason: StopLedger, Err: err}
}

// partial reports whether rows of a parent step may be missing because the user asked for fewer.
func (e *engine) partial() bool { return e.opts.Limit > 0 || e.opts.Step != "" }
