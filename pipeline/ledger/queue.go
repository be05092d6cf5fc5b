package ledger

import (
	"context"
	"sync"
	"time"
)

// change is one thing to record: the entry of an outcome, or what do does. A refusal concerns this change alone;
// a failure breaks the ledger.
type change struct {
	entry *Entry
	do    func(*txn) (refusal, failure error)
	ctx   context.Context // of do, which is not called once it has ended
	err   error           // how it went, to be read once its round is done
}

// run calls do, if there is one.
func (c *change) run(t *txn) (failure error) {
	if c.do == nil {
		return nil
	}
	if c.err = c.ctx.Err(); c.err == nil {
		c.err, failure = c.do(t)
	}
	return failure
}

// roundLimit is how many changes may share a transaction: more saves little and makes the first wait longer.
const roundLimit = 256

// round is changes that share a transaction.
type round struct {
	changes []change
	done    chan struct{} // closed when the transaction has ended
}

// queue is where changes wait for the writer, in rounds. Any goroutine may join; one takes.
type queue struct {
	mu     sync.Mutex
	news   sync.Cond // rounds or closed has changed
	rounds []*round  // in the order of their changes; all but the last have roundLimit of them
	closed bool
	enough int           // gather ends when so many changes are in the first round
	full   chan struct{} // receives a value then; has room for one
}

func newQueue() *queue {
	q := &queue{full: make(chan struct{}, 1)}
	q.news.L = &q.mu
	return q
}

// join adds a change and returns its round and its index there; nil when the queue is closed.
func (q *queue) join(c change) (*round, int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, 0
	}
	last := len(q.rounds) - 1
	if last < 0 || len(q.rounds[last].changes) == roundLimit {
		q.rounds = append(q.rounds, &round{make([]change, 0, roundLimit), make(chan struct{})})
		last++
		q.news.Signal()
	}
	r := q.rounds[last]
	r.changes = append(r.changes, c)
	if len(r.changes) == q.enough && last == 0 {
		q.signalFull()
	}
	return r, len(r.changes) - 1
}

// gather waits until n changes are in the first round, for d at most. Only the goroutine that takes may call it.
func (q *queue) gather(n int, d time.Duration) {
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

// ready reports whether gather need not wait. If it must, full receives a value once n changes are there.
func (q *queue) ready(n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.full: // left by an earlier gather, which the timer ended
	default:
	}
	q.enough = n
	return q.closed || len(q.rounds) > 0 && len(q.rounds[0].changes) >= n
}

// signalFull ends a gather. The caller holds the lock.
func (q *queue) signalFull() {
	select {
	case q.full <- struct{}{}:
	default:
	}
}

// take waits for changes and returns the oldest round; nil when the queue is closed and empty.
func (q *queue) take() *round {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.rounds) == 0 && !q.closed {
		q.news.Wait()
	}
	if len(q.rounds) == 0 {
		return nil
	}
	first := q.rounds[0]
	q.rounds = q.rounds[1:]
	return first
}

// close makes every later join fail. What waits is still taken.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.news.Signal()
	q.signalFull()
}
