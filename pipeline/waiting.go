package pipeline

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/drive"
)

// waitingRows holds rows until their quiet time is over. They hold no goroutine.
type waitingRows struct {
	mu     sync.Mutex
	byDue  dueHeap
	bytes  int // of their payloads
	closed bool
	wake   chan struct{} // a row was added, or close was called
	room   *sync.Cond    // a row was taken out
}

// So many rows, and bytes of their payloads, may wait in memory before no more rows are read. Rows that are under way
// then never wait for room, or none would be left to look at the ones that wait here.
const (
	maxWaitingRows  = 10_000
	maxWaitingBytes = 16 << 20
)

func newWaitingRows() *waitingRows {
	w := &waitingRows{wake: make(chan struct{}, 1)}
	w.room = sync.NewCond(&w.mu)
	return w
}

func (w *waitingRows) add(r *row) {
	w.mu.Lock()
	heap.Push(&w.byDue, r)
	w.bytes += r.Bytes
	w.mu.Unlock()
	w.signal()
}

// waitForRoom returns once there is room for more rows, or ctx is done.
func (w *waitingRows) waitForRoom(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.hasRoom() {
		drive.WaitCond(ctx, w.room, w.hasRoom)
	}
}

func (w *waitingRows) hasRoom() bool {
	return len(w.byDue) < maxWaitingRows && w.bytes < maxWaitingBytes
}

// close says that no row will be added any more.
func (w *waitingRows) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.signal()
}

func (w *waitingRows) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.byDue)
}

func (w *waitingRows) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// next returns the first row whose quiet time is over, or any row once ctx is done; nil after close.
func (w *waitingRows) next(ctx context.Context) *row {
	for {
		r, wait, over := w.pop(ctx.Err() != nil)
		if r != nil || over {
			return r
		}
		timer := time.NewTimer(wait)
		done := ctx.Done()
		if ctx.Err() != nil {
			done = nil
		}
		select {
		case <-timer.C:
		case <-w.wake:
		case <-done:
		}
		timer.Stop()
	}
}

func (w *waitingRows) pop(all bool) (r *row, wait time.Duration, over bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.byDue) == 0 {
		return nil, time.Hour, w.closed
	}
	if wait = time.Until(w.byDue[0].Due); wait > 0 && !all {
		return nil, wait, false
	}
	r = heap.Pop(&w.byDue).(*row)
	w.bytes -= r.Bytes
	w.room.Broadcast()
	return r, 0, false
}

// resumeWaiting goes on with rows whose quiet time is over, until the step has no more rows at all.
func (s *runningStep) resumeWaiting(ctx context.Context) {
	for r := s.waiting.next(ctx); r != nil; r = s.waiting.next(ctx) {
		s.workers.ready <- r
	}
	close(s.workers.ready)
	s.tellWaiting(s.step.Name(), 0)
}

// dueHeap orders rows by the end of their quiet time.
type dueHeap []*row

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].Due.Before(h[j].Due) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) { *h = append(*h, x.(*row)) }

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	*h = (*h)[:last]
	return r
}
