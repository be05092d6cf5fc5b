package ledger

import (
	"slices"
	"sync"
	"time"
)

// queue is a line of things that any goroutine joins and one serves in groups.
type queue[T comparable] struct {
	mu     sync.Mutex
	change sync.Cond // items or closed has changed
	items  []T
	closed bool
	enough int           // so many items end a gathering
	full   chan struct{} // told when they wait; has room for one
}

func newQueue[T comparable]() *queue[T] {
	q := &queue[T]{full: make(chan struct{}, 1)}
	q.change.L = &q.mu
	return q
}

// put adds an item, once fewer than limit wait (0: at once). It reports false when the queue is closed.
func (q *queue[T]) put(item T, limit int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for limit > 0 && len(q.items) >= limit && !q.closed {
		q.change.Wait()
	}
	if q.closed {
		return false
	}
	if q.items = append(q.items, item); len(q.items) == 1 {
		q.change.Broadcast()
	}
	if len(q.items) == q.enough {
		q.tellFull()
	}
	return true
}

// gather waits until n items wait, for d at most. Only the one who takes may call it.
func (q *queue[T]) gather(n int, d time.Duration) {
	if q.ready(n) {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-q.full:
	case <-timer.C:
	}
}

// ready reports whether nothing is left to gather. If not, full is told once n items wait.
func (q *queue[T]) ready(n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.full: // of an earlier gathering
	default:
	}
	q.enough = n
	return len(q.items) >= n || q.closed
}

// tellFull ends a gathering, with the lock held.
func (q *queue[T]) tellFull() {
	select {
	case q.full <- struct{}{}:
	default:
	}
}

// take waits for items and returns up to n of them; none when the queue is closed and empty.
func (q *queue[T]) take(n int) []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.closed {
		q.change.Wait()
	}
	taken := slices.Clone(q.items[:min(n, len(q.items))])
	q.items = append(q.items[:0], q.items[len(taken):]...)
	q.change.Broadcast()
	return taken
}

// drop takes an item out of the line, and reports whether it still stood there.
func (q *queue[T]) drop(item T) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.items, item)
	if i >= 0 {
		q.items = slices.Delete(q.items, i, i+1)
		q.change.Broadcast()
	}
	return i >= 0
}

// close lets nothing more in.
func (q *queue[T]) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.change.Broadcast()
	q.tellFull()
}
