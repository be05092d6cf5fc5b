package pipeline

import (
	"container/heap"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// quiet is how long a request whose outcome is unknown may still be carried out (reliability.md
// 0.1). Objects that Kustomer keeps unique need no such time: a second one is refused.
func (r *stepRun) quiet(t *task) time.Duration {
	if !r.step.Spec.Unique {
		return r.plan.File.Run.InDoubtWait
	}
	if t.tries > 1 {
		return jitter(t.tries)
	}
	return 0
}

// takeUp goes on with a row whose request an earlier run began and did not settle.
func (r *stepRun) takeUp(ctx context.Context, t *task, intent ledger.Intent) (ending, error) {
	t.attempts = intent.Attempt
	if intent.KustomerID != "" {
		return r.update(ctx, t, intent.KustomerID)
	}
	if r.opts.DryRun {
		return ending{outcome: ledger.Planned}, nil
	}
	t.doubt = &doubt{
		due: r.opts.Locked.Add(r.quiet(t)), externalID: intent.ExternalID, hash: intent.Hash,
		reason: "an earlier run ended before Kustomer's answer was recorded",
	}
	return r.settleDoubt(ctx, t)
}

// settleDoubt finds out whether an object is there whose create may have happened, once its quiet
// time is over; if it is not, the create is sent again.
func (r *stepRun) settleDoubt(ctx context.Context, t *task) (ending, error) {
	d := t.doubt
	switch {
	case d.externalID == "":
		return inDoubt(t, "it carries no external id to look it up by; look in Kustomer, then use kustsync resolve"), nil
	case ctx.Err() != nil:
		return inDoubt(t, d.reason), nil
	case time.Now().Before(d.due):
		return ending{parked: true}, nil
	}
	found, ok, err := r.find(ctx, externalIDField, d.externalID)
	if err != nil {
		return r.unseen(t, err)
	}
	if ok {
		return r.adopt(ctx, t, found.ID, found.Status)
	}
	if end, err := r.believe(ctx, t); end != nil || err != nil {
		return valueOr(end, inDoubt(t, d.reason)), err
	}
	if t.tries > r.plan.File.Run.Retries {
		return inDoubt(t, fmt.Sprintf("%s, %d times over; the next run looks again", d.reason, t.tries)), nil
	}
	return r.create(ctx, t)
}

// adopt takes the object that a request in doubt has made.
func (r *stepRun) adopt(ctx context.Context, t *task, id string, status int) (ending, error) {
	end := loaded(t, ledger.Created, id, status)
	if t.doubt.hash == t.hash {
		return end, nil
	}
	end.hash = t.doubt.hash // the row has changed since that request
	if r.step.Config.IfExists != config.Update || r.step.Spec.Update == nil {
		end.changed = true
		return end, nil
	}
	if err := r.record(t, end); err != nil {
		return inDoubt(t, t.doubt.reason), err
	}
	t.doubt = nil
	return r.update(ctx, t, id)
}

// believe checks a miss: it counts only if the same look-up finds an object that the ledger knows as
// created, where it knows one. Nil: the miss is true.
func (r *stepRun) believe(ctx context.Context, t *task) (*ending, error) {
	sample, ok, err := r.read.Sample(ctx, r.step.Name(), t.key)
	if err != nil {
		end, err := r.unread(err)
		return &end, err
	}
	if !ok {
		return nil, nil
	}
	found, ok, err := r.find(ctx, externalIDField, sample.ExternalID)
	if err != nil {
		end, err := r.unseen(t, err)
		return &end, err
	}
	if ok && found.ID == sample.KustomerID {
		return nil, nil
	}
	end := inDoubt(t, fmt.Sprintf("the look-up does not find %s either, which was created before, so its answer is not believed; "+
		"check that the key may read, then run again", sample.KustomerID))
	return &end, nil
}

// doubts holds rows until their quiet time is over.
type doubts struct {
	mu     sync.Mutex
	byDue  dueHeap
	closed bool
	wake   chan struct{} // a row was added, or close was called
	room   chan struct{} // one place for each row
}

// maxDoubts bounds the rows that wait in memory; a row beyond them waits in its place of the window.
const maxDoubts = 10_000

func newDoubts() *doubts {
	return &doubts{wake: make(chan struct{}, 1), room: make(chan struct{}, maxDoubts)}
}

func (d *doubts) add(t *task) {
	d.room <- struct{}{}
	d.mu.Lock()
	heap.Push(&d.byDue, t)
	d.mu.Unlock()
	d.signal()
}

// close says that no row will be added any more.
func (d *doubts) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.signal()
}

func (d *doubts) len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.byDue)
}

func (d *doubts) signal() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// next returns the first row whose quiet time is over, or any row once ctx is done; nil after close.
func (d *doubts) next(ctx context.Context) *task {
	for {
		t, wait, over := d.pop(ctx.Err() != nil)
		if t != nil || over {
			return t
		}
		timer := time.NewTimer(wait)
		done := ctx.Done()
		if ctx.Err() != nil {
			done = nil
		}
		select {
		case <-timer.C:
		case <-d.wake:
		case <-done:
		}
		timer.Stop()
	}
}

func (d *doubts) pop(all bool) (t *task, wait time.Duration, over bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.byDue) == 0 {
		return nil, time.Hour, d.closed
	}
	if wait = time.Until(d.byDue[0].doubt.due); wait > 0 && !all {
		return nil, wait, false
	}
	<-d.room
	return heap.Pop(&d.byDue).(*task), 0, false
}

// resume goes on with rows whose quiet time is over, until the step has no more.
func (r *stepRun) resume(ctx context.Context) {
	for t := r.doubts.next(ctx); t != nil; t = r.doubts.next(ctx) {
		r.group.Go(func() error { return r.work(ctx, t) })
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.deps.Observer.Waiting(r.step.Name(), 0)
}

// tellWaiting says how many rows in doubt the step waits for once it has read its source.
func (r *stepRun) tellWaiting() {
	if n := r.doubts.len(); n > 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.deps.Observer.Waiting(r.step.Name(), n)
	}
}

// dueHeap orders tasks by the end of their quiet time.
type dueHeap []*task

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].doubt.due.Before(h[j].doubt.due) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) { *h = append(*h, x.(*task)) }

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	*h = (*h)[:last]
	return t
}

// Waits between attempts: full jitter, doubling from half a second to twenty (reliability.md 2.6).
const (
	firstBackoff = 500 * time.Millisecond
	lastBackoff  = 20 * time.Second
)

// jitter is how long to wait after the n-th attempt.
func jitter(n int) time.Duration {
	limit := min(firstBackoff<<min(max(n-1, 0), 10), lastBackoff)
	return rand.N(limit)
}

// sleep waits, and reports whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
