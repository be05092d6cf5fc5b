package drive

import (
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/render"
)

// LateChanges remembers changes of objects that may be on their way still, after their answers were lost: another
// content must not be overtaken by an older one (reliability.md 0.1). It is empty while no answer is lost.
type LateChanges struct {
	mu   sync.Mutex
	byID map[string]lateChange
}

// lateChange is a change that may arrive until due.
type lateChange struct {
	due time.Time
	by  render.Ref // the row that it is of
}

// NewLateChanges returns LateChanges that are empty.
func NewLateChanges() *LateChanges { return &LateChanges{byID: map[string]lateChange{}} }

// Note remembers that a change of an object by a row may arrive until due.
func (l *LateChanges) Note(id string, by render.Ref, due time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.byID[id] = lateChange{due, by}
}

// due says until when a row's change of an object has to wait for that of another row; zero: it need not.
func (l *LateChanges) due(id string, by render.Ref) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, known := l.byID[id]
	if !known || before.by == by {
		return time.Time{}
	}
	if !time.Now().Before(before.due) {
		delete(l.byID, id)
		return time.Time{}
	}
	return before.due
}

// objectOf names a row's object among those of all steps.
func (s *Step) objectOf(r *Row) render.Ref { return render.Ref{Step: s.Name(), Key: r.Key} }
