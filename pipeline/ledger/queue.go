package ledger

import (
	"context"
	"sync"
	"time"
)

// job is one thing to record: the entry of an outcome, or what do does. A refusal concerns this job alone;
// a failure breaks the ledger.
type job struct {
	entry *Entry
	do    func(*txn) (refusal, failure error)
	ctx   context.Context // of do, which is not called once it is done
	err   error           // how it went, once its round is told
}

// run does what is to be done.
func (j *job) run(t *txn) (failure error) {
	if j.do == nil {
		return nil
	}
	if j.err = j.ctx.Err(); j.err == nil {
		j.err, failure = j.do(t)
	}
	return failure
}

// round is jobs that share a transaction, and hear together how it went.
type round struct {
	jobs []job
	told chan struct{} // closed then
}

// queue is where jobs wait for the writer, in rounds. Any goroutine joins; one takes.
type queue struct {
	mu     sync.Mutex
	change sync.Cond // rounds or closed has changed
	rounds []*round  // in the order of their jobs; all but the last are as large as they may be
	closed bool
	enough int           // so many jobs in the first round end a gathering
	full   chan struct{} // told when they wait; has room for one
}

func newQueue() *queue {
	q := &queue{full: make(chan struct{}, 1)}
	q.change.L = &q.mu
	return q
}

// join adds a job and returns its round and its number in there; nil when the queue is closed.
func (q *queue) join(j job) (*round, int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, 0
	}
	last := len(q.rounds) - 1
	if last < 0 || len(q.rounds[last].jobs) == groupLimit {
		q.rounds = append(q.rounds, &round{make([]job, 0, groupLimit), make(chan struct{})})
		last++
		q.change.Signal()
	}
	r := q.rounds[last]
	r.jobs = append(r.jobs, j)
	if len(r.jobs) == q.enough && last == 0 {
		q.tellFull()
	}
	return r, len(r.jobs) - 1
}

// gather waits until n jobs wait, for d at most. Only the one who takes may call it.
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

// ready reports whether nothing is left to gather. If not, full is told once n jobs wait.
func (q *queue) ready(n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.full: // of an earlier gathering
	default:
	}
	q.enough = n
	return q.closed || len(q.rounds) > 0 && len(q.rounds[0].jobs) >= n
}

// tellFull ends a gathering, with the lock held.
func (q *queue) tellFull() {
	select {
	case q.full <- struct{}{}:
	default:
	}
}

// take waits for jobs and returns the round that came first; nil when the queue is closed and empty.
func (q *queue) take() *round {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.rounds) == 0 && !q.closed {
		q.change.Wait()
	}
	if len(q.rounds) == 0 {
		return nil
	}
	first := q.rounds[0]
	q.rounds = q.rounds[1:]
	return first
}

// close lets nothing more in.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.change.Signal()
	q.tellFull()
}
