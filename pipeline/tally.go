package pipeline

import (
	"fmt"
	"sync"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// tally counts rows, tells the observer, one call at a time, and remembers what children must know and the ledger
// does not say.
type tally struct {
	observer    Observer
	maxErrors   func(rows, rejected int) bool // more rows were rejected than a run may; never in a dry run
	keepRejects bool                          // the ledger will not tell which rows this run rejected

	mu        sync.Mutex // guards what follows, and the observer
	summary   Summary
	unsettled index.Set[render.Ref]        // keys of this run that are in doubt or not attempted
	rejected  index.Set[render.Ref]        // keys that this run read and rejected
	people    map[string]index.Set[string] // by step: whom messages were, or would be, delivered to
}

func newTally(p *program.Program, observer Observer, o Options) *tally {
	t := &tally{
		observer: observer, keepRejects: o.partial() || o.DryRun,
		summary:   Summary{RunID: o.RunID, Pipeline: p.File.Name, DryRun: o.DryRun},
		unsettled: index.NewSet[render.Ref](), rejected: index.NewSet[render.Ref](),
		people:    map[string]index.Set[string]{},
		maxErrors: func(int, int) bool { return false },
	}
	if !o.DryRun {
		t.maxErrors = func(rows, rejected int) bool { return isOver(*o.MaxErrors, rows, rejected) }
	}
	return t
}

func (t *tally) stepStarted(step *program.Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.observer.StepStarted(step)
}

// info tells what a person should know of a step.
func (t *tally) info(step, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.observer.Note(step, text)
}

// tellWaiting tells how many rows in doubt a step waits for.
func (t *tally) tellWaiting(step string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.observer.Waiting(step, n)
}

// add counts a row and tells the observer.
func (t *tally) add(s *runningStep, r *row, end *drive.Ending) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.summary.Add(end.Outcome)
	t.summary.step(s.step.Name()).Add(end.Outcome)
	t.remember(render.Ref{Step: s.step.Name(), Key: r.Key}, end)
	if s.step.Delivers() && (end.Outcome == ledger.Created || end.Outcome == ledger.Planned) {
		t.countPeople(s.step, r)
	}
	if end.Outcome == ledger.Planned || end.Sends || end.Asks > 0 {
		addLoad(t.load(s.step), s.drive, r, end)
		t.loadFinals(s, r, end)
	}
	t.observer.Settled(Settlement{
		Step: s.step.Name(), Source: s.step.Source, Row: r.Read, Number: r.Number,
		Key: r.Key, Outcome: end.Outcome, ID: end.ID,
		Stage: end.Stage, Field: end.Field, Status: end.Status, Message: end.Message, Value: end.Value,
		Changed: end.Changed, Verdict: s.verdict(r, end),
	})
}

// remember keeps what children of a row must know and the ledger does not say.
func (t *tally) remember(at render.Ref, end *drive.Ending) {
	switch {
	case at.Key == "":
	case !end.Settled():
		t.unsettled.Add(at)
	case end.Outcome == ledger.Rejected && t.keepRejects:
		t.rejected.Add(at)
	}
}

// isUnsettled reports whether this run came to the object's row and could not settle it.
func (t *tally) isUnsettled(at render.Ref) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.unsettled.Has(at)
}

// isRejected reports whether this run rejected the object's row, in a run of which the ledger does not tell that.
func (t *tally) isRejected(at render.Ref) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.rejected.Has(at)
}

// othersPlanned reports whether rows of another step are to be created: what a find misses could be one of them.
func (t *tally) othersPlanned(step string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.summary.Steps {
		if s.Name != step && s.Of(ledger.Planned) > 0 {
			return true
		}
	}
	return false
}

// countPeople counts those whom a row is delivered to, with the lock held.
func (t *tally) countPeople(step *program.Step, r *row) {
	people, ok := t.people[step.Name()]
	if !ok {
		people = index.NewSet[string]()
		t.people[step.Name()] = people
	}
	for _, person := range step.Spec.Delivery.People(r.Payload()) {
		people.Add(person)
	}
	t.summary.step(step.Name()).Recipients = people.Len()
}

// overBudget returns the error that ends the run when more rows were rejected than max_errors allows.
func (t *tally) overBudget() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	rows, rejected := t.summary.Rows(), t.summary.Of(ledger.Rejected)
	if !t.maxErrors(rows, rejected) {
		return nil
	}
	return &StopError{Reason: StopErrors, Err: fmt.Errorf("%d of %d rows were rejected, more than max_errors allows", rejected, rows),
		Hint: "correct the rows in the rejects file or the mapping, then run the same command again"}
}

// load is the load of a step, with the lock held.
func (t *tally) load(step *program.Step) *batch.Load {
	for i := range t.summary.Loads {
		if t.summary.Loads[i].Step == step.Name() {
			return &t.summary.Loads[i]
		}
	}
	t.summary.Loads = append(t.summary.Loads, batch.Load{Step: step.Name()})
	return &t.summary.Loads[len(t.summary.Loads)-1]
}

// finalBytes is what a batch carries to write one object's final value again.
const finalBytes = 64

// loadFinals counts, with the lock held, what is written again at the end of the run because of a row: the object
// that it creates, and those that an earlier run has finalized and the row undoes, each once.
func (t *tally) loadFinals(s *runningStep, r *row, end *drive.Ending) {
	if end.Outcome != ledger.Planned || s.opts.Step != "" {
		return
	}
	if end.Action != drive.ActUpdate && s.step.Finalizer != nil && s.step.IsFinal(r.Content()) {
		t.loadFinal(s.step.Finalizer)
	}
	for _, p := range r.Undoes {
		if written := s.shared.Finals[p.Step.Name()]; written.Get(p.Key).Has(index.Loaded) {
			written.Release(p.Key)
			t.loadFinal(p.Step.Finalizer)
		}
	}
}

// loadFinal counts one object of a finalizer.
func (t *tally) loadFinal(finalizer *program.Step) {
	l := t.load(finalizer)
	l.Rows++
	if finalizer.Batches(false) {
		l.Batch++
		l.Bytes += finalBytes + finalizer.Spec.Batch.ItemOverhead
	}
}

// addLoad counts what a row takes.
func addLoad(l *batch.Load, s *drive.Step, r *row, end *drive.Ending) {
	l.Asks, l.Limits = l.Asks+end.Asks, s.Spec.Batch
	if end.Outcome != ledger.Planned && !end.Sends {
		return
	}
	l.Rows++
	op := s.BulkOp(sinks.Create)
	if end.Action == drive.ActUpdate {
		op = sinks.Update
	}
	if !s.Step.Batches(false) || !s.FitsBatch(&r.Row, op) {
		return
	}
	l.Batch++
	l.Bytes += r.Bytes + s.Spec.Batch.ItemOverhead
}
