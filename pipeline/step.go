//go:build oldengine

package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
)

// windowBeyondWorkers is how many rows are under way besides those that wait for an HTTP answer:
// they wait for the commit of their begun or of their outcome, so that no request does. After a kill
// each of them costs a look-up at most; behind a limit on requests few are begun ahead, since the gate
// admits them first (performance.md, 1).
const windowBeyondWorkers = 224

// readAhead is how many rows wait to be taken up, so that whoever ends one finds the next at once.
const readAhead = 64

// stepRun is one step under way.
type stepRun struct {
	*engine
	step       *program.Step
	index      *index.Index
	renderer   *render.Renderer
	lanes      *lanes
	doubts     *doubts
	ready      chan *task      // rows that may run now
	open       sync.WaitGroup  // rows that were started and have not ended
	send       context.Context // of requests: outlives a graceful stop for Options.Grace
	halt       context.CancelCauseFunc
	deliveries *deliveries
	serving    atomic.Int64                 // goroutines that serve rows; it never falls
	hire       func()                       // starts one more of them
	batches    *batcher                     // nil: rows travel one by one
	first      atomic.Pointer[ledger.Entry] // the first object that the step created in this run
	scout      scout
	cut        error // why the source could not be read to its end
}

// runStep makes one pass over a step's source.
func (e *engine) runStep(ctx context.Context, step *program.Step) error {
	idx, err := e.loadIndex(ctx, step)
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.deps.Observer.StepStarted(step)
	e.mu.Unlock()

	rowCtx, halt := context.WithCancelCause(ctx)
	defer halt(nil)
	group, rowCtx := errgroup.WithContext(rowCtx)
	send, release := e.outlive(rowCtx)
	defer release()
	r := &stepRun{engine: e, step: step, index: idx, lanes: newLanes(), doubts: newDoubts(), ready: make(chan *task, readAhead), send: send, halt: halt}
	r.renderer = r.newRenderer()
	r.deliveries = newDeliveries(step.Config.MaxDeliveries)
	r.batches = newBatcher(ctx, r)
	r.hire = func() { group.Go(func() error { return r.serve(rowCtx) }) }
	for range e.opts.Workers {
		r.relieve()
	}
	r.open.Add(1) // for the reader
	group.Go(func() error { defer r.open.Done(); return r.readRows(rowCtx) })
	group.Go(func() error { r.resume(rowCtx); return nil })
	go func() { r.open.Wait(); r.doubts.close() }()
	if err := group.Wait(); err != nil {
		return err
	}
	if err := cmp.Or(r.cut, context.Cause(ctx)); err != nil {
		return err
	}
	if !e.opts.DryRun {
		delete(e.indexes, step.Name())
	}
	return e.finishStep(ctx, step)
}

// relieve lets one more goroutine serve rows, up to the window, in the place of the one that calls it and
// is about to wait. Where no row waits few serve them all: many that take turns find their stacks cold. Rows
// that ride in batches take no place in the window.
func (r *stepRun) relieve() {
	most := int64(r.opts.Workers + windowBeyondWorkers)
	if r.serving.Load() >= most {
		return
	}
	if r.serving.Add(1) > most {
		r.serving.Add(-1)
		return
	}
	r.hire()
}

// say tells the observer something about the step.
func (r *stepRun) say(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deps.Observer.Said(r.step.Name(), text)
}

// finishStep marks a step whose keys were all looked up, so that the next run need not.
func (e *engine) finishStep(ctx context.Context, step *program.Step) error {
	if e.deps.Ledger == nil || !e.opts.Adopt || e.partial() || e.read.Marked(checkedMark(step)) {
		return nil
	}
	return e.deps.Ledger.Mark(ctx, checkedMark(step))
}

// outlive returns a context for requests in flight that ends Options.Grace after ctx.
func (e *engine) outlive(ctx context.Context) (send context.Context, cancel func()) {
	send, cancel = context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() {
		sleep(send, e.opts.Grace)
		cancel()
	})
	return send, cancel
}

// loadIndex reads what the ledger knows of a step's keys.
func (e *engine) loadIndex(ctx context.Context, step *program.Step) (*index.Index, error) {
	idx := index.New()
	e.indexes[step.Name()] = idx
	if e.read == nil {
		return idx, nil
	}
	for k, err := range e.read.Known(ctx, step.Name()) {
		if err != nil {
			return nil, fmt.Errorf("reading the ledger's entries of step %q: %w", step.Name(), err)
		}
		idx.Learn(k)
	}
	return idx, nil
}

// readRows starts every row of the source, in order. A full window holds it back. A source that
// cannot be read further ends the step once the rows before are settled.
func (r *stepRun) readRows(ctx context.Context) error {
	number := 0
	for row, err := range r.step.Source.Rows(ctx) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			r.cut = &StopError{Reason: StopSource, Err: fmt.Errorf("reading source %q ended behind row %d: %w", r.step.Source.Name, number, err),
				Hint: "what was loaded is recorded; mend the file and run the same command again"}
			break
		}
		if number++; r.opts.Limit > 0 && number > r.opts.Limit {
			break
		}
		for v := range render.Views(r.step.Config.Each.Value, row, number) {
			if err := r.start(ctx, v); err != nil {
				return err
			}
		}
	}
	r.tellWaiting()
	return context.Cause(ctx)
}

// start puts one row under way.
func (r *stepRun) start(ctx context.Context, v render.View) error {
	r.doubts.waitForRoom(ctx)
	r.batches.waitForRoom(ctx)
	t := &task{Row: render.Row{View: v}}
	if r.opts.Survey {
		t.Placeholders = render.Placeholders{}
	}
	r.open.Add(1)
	end, err := r.identify(ctx, t)
	if end != nil {
		r.end(t, *end)
		return cmp.Or(err, r.overBudget())
	}
	if r.lanes.enter(ctx, t) {
		r.ready <- t
	}
	return nil
}

// serve takes up one row after the other. The goroutines of the window last as long as the step does,
// since a new one for each row would have to grow its stack again.
func (r *stepRun) serve(ctx context.Context) error {
	var first error
	for t := range r.ready {
		if err := r.work(ctx, t); err != nil {
			r.halt(err)
			first = cmp.Or(first, err)
		}
	}
	return first
}

// comesBack makes a row ready again that was away, to go on with then.
func (r *stepRun) comesBack(t *task, then func(context.Context) (ending, error)) {
	t.then = then
	r.ready <- t
}

// work takes a row through the step, and then the rows that waited for it. An error ends the run;
// the rows behind it are not attempted.
func (r *stepRun) work(ctx context.Context, t *task) error {
	var stop error
	for ready := []*task{t}; len(ready) > 0; {
		t, ready = ready[0], ready[1:]
		end := notAttempted(runEnded)
		if stop == nil {
			end, stop = r.process(ctx, t)
		}
		switch {
		case end.away: // another goroutine may have it already
			continue
		case end.parked:
			r.doubts.add(t)
			continue
		}
		end, broken := r.settle(t, end)
		stop = cmp.Or(stop, broken)
		ready = append(ready, r.end(t, end)...)
		stop = cmp.Or(stop, r.overBudget())
	}
	return stop
}
