// Package pipeline runs a program: it reads the rows of its sources, and has them decided about, sent and recorded.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/kustsync/kustsync/pipeline/claims"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// Run loads the rows of a program. When ctx is done it stops in good order: it reads no more rows, finishes and
// records the requests in flight, and returns a *StopError. The Summary counts every row that was read, whatever
// the error.
func Run(ctx context.Context, p *program.Program, d Deps, o Options) (Summary, error) {
	began := time.Now()
	r := newRun(p, d, o)
	err := r.run(ctx)
	r.summary.Finds = r.renders.Finds()
	r.summary.DurationMS = time.Since(began).Milliseconds()
	return r.summary, err
}

// run is one run of a program.
type run struct {
	*tally
	program *program.Program
	deps    Deps
	opts    Options
	reader  *ledger.Reader // nil when there is nothing to read
	mode    mode
	shared  *drive.Run
	renders *render.Run
	indexes map[string]*index.Index // of the steps that later ones may refer to, by name
	sampled map[string]bool         // steps of which a sample was looked up, by name
	keys    *newKeys                // the guard of that name
	expects *expectations           // the guards of sources
	started int                     // steps that have started
}

// newRun fills in what Options leave to the file or to defaults.
func newRun(p *program.Program, d Deps, o Options) *run {
	o = o.withDefaults(p.File)
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	r := &run{program: p, deps: d, opts: o, reader: d.Reader, mode: modeOf(o), indexes: map[string]*index.Index{}, sampled: map[string]bool{}}
	if d.Ledger != nil {
		r.reader = d.Ledger.Reader
	}
	r.shared = &drive.Run{
		ID: o.RunID, Start: o.Start, AllowDestructive: o.AllowDestructive, Ledger: d.Ledger, Reader: r.reader, Sink: d.Sink,
		Places: make(drive.Places, o.Workers), Begun: make(drive.Places, 2*o.Workers), Late: drive.NewLateChanges(), Finals: drive.Finals{},
		Founds: drive.NewFounds(), Parents: drive.NewParents(), Merges: &drive.OwnMerges{}, IDs: &claims.Claims{}, Claims: drive.NewClaims(), Rules: decide.Run{
			Adopt: r.mode.adopts(o), Batches: o.Bulk != "", Retries: p.File.Run.Retries, Locked: o.Locked,
			InDoubtWait: p.File.Run.InDoubtWait, BulkInDoubtWait: p.File.Run.BulkInDoubtWait,
		},
	}
	if o.Survey {
		r.shared.Unknown = drive.NewUnknown(p)
	}
	r.renders = render.New(p, render.Options{Now: o.Start, RunID: o.RunID, CountFinds: o.DryRun})
	r.tally = newTally(p, d.Observer, o)
	r.keys = &newKeys{program: p, reader: r.reader, renders: r.renders, runID: o.RunID, command: o.Command, info: r.info, kept: map[string]bool{}}
	r.expects = &expectations{opts: o, reader: r.reader, guarded: r.guarded, info: r.info, changes: func(ctx context.Context, step *program.Step) (known, changed int, err error) {
		return countChanges(ctx, r.stepOver(step, index.New()))
	}}
	for _, step := range r.wanted() {
		counts := r.summary.step(step.Name()) // also of those that the run will not come to
		counts.Delivers, counts.ByHand = step.Delivers(), step.Delivers() || step.Once()
	}
	return r
}

// run asks the guards, checks the ledger, loads one step after the other, and writes final values again.
func (r *run) run(ctx context.Context) error {
	for _, part := range [...]func(context.Context) error{r.guard, r.checkNewSteps, r.rememberLateChanges, r.openFinals, r.runSteps, r.finalize} {
		if err := part(ctx); err != nil {
			return r.stopped(ctx, err)
		}
	}
	return nil
}

// guard asks the guards that need no more than the ledger and the sources, for every step, before anything is sent. In a
// dry run and a survey they stop for the same reasons.
func (r *run) guard(ctx context.Context) error {
	if err := r.expects.check(ctx, r.wanted()); err != nil {
		return err
	}
	for _, step := range r.wanted() {
		found, err := r.keys.check(ctx, step)
		if err != nil {
			return err
		}
		if found != nil {
			found.Accepted = r.opts.Accept.Has(found.Guard, step.Name())
			r.guarded(*found)
		}
	}
	return stopAtGuards(r.summary.Guards)
}

func (r *run) runSteps(ctx context.Context) error {
	for _, step := range r.wanted() {
		if err := r.runStep(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// rememberLateChanges remembers the changes that earlier runs have begun and not settled.
func (r *run) rememberLateChanges(context.Context) error {
	if r.reader == nil || r.opts.DryRun {
		return nil
	}
	rules := &r.shared.Rules
	for _, in := range r.reader.Doubts() {
		wait := rules.InDoubtWait
		if in.Ref != "" {
			wait = rules.BulkInDoubtWait
		}
		if in.KustomerID != "" {
			r.shared.Late.Note(in.KustomerID, render.Ref{Step: in.Step, Key: in.Key}, rules.Locked.Add(wait))
		}
	}
	return nil
}

// wanted lists the steps of the run, in order.
func (r *run) wanted() []*program.Step {
	if r.opts.Step == "" {
		return r.program.Steps
	}
	step, ok := r.program.Step(r.opts.Step)
	if !ok {
		return nil
	}
	return []*program.Step{step}
}

// stopped turns whatever ended a run into a *StopError.
func (r *run) stopped(ctx context.Context, err error) error {
	var stop *StopError
	var broken *ledger.BrokenError
	var sink *sinks.Error
	var limit *drive.LimitError
	switch {
	case errors.As(err, &stop):
		return stop
	case errors.As(err, &limit):
		return &StopError{Reason: StopDeliveries, Err: limit,
			Hint: "look at what was delivered; to go on, run the same command again, or raise max_deliveries"}
	case errors.As(err, &broken):
		return &StopError{Reason: StopLedger, Err: err}
	case errors.As(err, &sink) && (sink.Class == sinks.Fatal || ctx.Err() == nil):
		return &StopError{Reason: StopSink, Err: err}
	case ctx.Err() != nil:
		return &StopError{
			Reason: StopInterrupted,
			Err:    fmt.Errorf("%w; %s", context.Cause(ctx), r.mode.whenStopped),
			Hint:   "run the same command again to go on",
		}
	}
	return &StopError{Reason: StopLedger, Err: err}
}
