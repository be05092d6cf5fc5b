//go:build oldengine

package pipeline

import (
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/render"
)

// lates remembers changes of objects that may be on their way still, after their answers were lost: another
// content must not be overtaken by an older one (reliability.md 0.1). It is empty while no answer is lost.
type lates struct {
	mu   sync.Mutex
	byID map[string]lateChange
}

// lateChange is a change that may arrive until due.
type lateChange struct {
	due time.Time
	by  render.Ref // the row that it is of
}

func newLates() *lates { return &lates{byID: map[string]lateChange{}} }

// note remembers that a change of an object by a row may arrive until due.
func (l *lates) note(id string, by render.Ref, due time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byID[id] = lateChange{due, by}
}

// due says until when a row's change of an object has to wait for that of another row.
func (l *lates) due(id string, by render.Ref) (due time.Time, wait bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, known := l.byID[id]
	if !known || before.by == by {
		return time.Time{}, false
	}
	if !time.Now().Before(before.due) {
		delete(l.byID, id)
		return time.Time{}, false
	}
	return before.due, true
}

// recall remembers the changes that earlier runs have begun and not settled.
func (e *engine) recall() {
	if e.read == nil || e.opts.DryRun {
		return
	}
	for _, in := range e.read.Doubts() {
		wait := e.plan.File.Run.InDoubtWait
		if in.Ref != "" {
			wait = e.plan.File.Run.BulkInDoubtWait
		}
		if in.KustomerID != "" {
			e.late.note(in.KustomerID, render.Ref{Step: in.Step, Key: in.Key}, e.opts.Locked.Add(wait))
		}
	}
}

// lateBy is how long after its answer was lost a change may still be carried out.
func (r *stepRun) lateBy(t *task) time.Duration {
	if t.rode {
		return r.plan.File.Run.BulkInDoubtWait
	}
	return r.plan.File.Run.InDoubtWait
}

// own names a row's object among those of all steps.
func (r *stepRun) own(t *task) render.Ref { return render.Ref{Step: r.step.Name(), Key: t.Key} }
