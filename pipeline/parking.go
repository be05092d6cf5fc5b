//go:build oldengine

package pipeline

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// doubts holds rows until their quiet time is over.
type doubts struct {
	mu     sync.Mutex
	byDue  dueHeap
	bytes  int // of their payloads
	closed bool
	wake   chan struct{} // a row was added, or close was called
	room   *sync.Cond    // a row was taken out
}

// So many rows, and bytes of their payloads, may wait in memory before no more rows are read. Rows that
// are under way then never wait for room, or none would be left to look at the ones that wait here.
const (
	maxDoubts     = 10_000
	maxDoubtBytes = 16 << 20
)

func newDoubts() *doubts {
	d := &doubts{wake: make(chan struct{}, 1)}
	d.room = sync.NewCond(&d.mu)
	return d
}

func (d *doubts) add(t *task) {
	d.mu.Lock()
	heap.Push(&d.byDue, t)
	d.bytes += t.Bytes
	d.mu.Unlock()
	d.signal()
}

// waitForRoom returns once there is room for more rows, or ctx is done.
func (d *doubts) waitForRoom(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.hasRoom() {
		waitCond(ctx, d.room, d.hasRoom)
	}
}

func (d *doubts) hasRoom() bool { return len(d.byDue) < maxDoubts && d.bytes < maxDoubtBytes }

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
	t = heap.Pop(&d.byDue).(*task)
	d.bytes -= t.Bytes
	d.room.Broadcast()
	return t, 0, false
}

// resume goes on with rows whose quiet time is over, until the step has no more rows at all.
func (r *stepRun) resume(ctx context.Context) {
	for t := r.doubts.next(ctx); t != nil; t = r.doubts.next(ctx) {
		r.ready <- t
	}
	close(r.ready)
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
