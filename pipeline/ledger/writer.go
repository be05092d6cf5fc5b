package ledger

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"
)

const (
	// groupLimit bounds what shares a commit: more saves little and makes the first wait longer.
	groupLimit = 256
	// gatherTime, for each of those who were just told, lets them come back and share the next commit,
	// which costs as much for one row as for many. It ends with gatherEnough of them, or with
	// gatherLimit, which is little beside the time of a request.
	gatherTime   = 40 * time.Microsecond
	gatherEnough = 240
	gatherLimit  = 5 * time.Millisecond
	// settleLimit bounds the outcomes that wait for a commit.
	settleLimit = 4096
)

var errClosed = errors.New("the ledger is closed")

// job is one thing to record. Exactly one of wait and done, or neither, hears how it went.
type job struct {
	do   func(*txn) (refusal, failure error) // a refusal concerns this job alone; a failure breaks the ledger
	wait chan error                          // has room for one
	done func(error)
	err  error
}

// writer is the one goroutine that writes, and the one that calls done.
type writer struct {
	path  string
	conn  *sql.Conn
	stmts *statements
	state *Reader // what is held in memory

	// Room that is used again, by one transaction after the other.
	row   row
	body  []byte
	group []Intent
	freed []claim

	jobs    *queue[*job]
	settled *queue[*job] // durable, done is to be called
	running sync.WaitGroup

	mu     sync.Mutex
	broken *BrokenError
	failed chan struct{}
}

func (w *writer) start() {
	w.running.Go(func() {
		defer w.settled.close()
		for jobs := w.jobs.take(groupLimit); len(jobs) > 0; jobs = w.jobs.take(groupLimit) {
			w.report(jobs, w.commit(jobs))
			w.jobs.gather(gatherEnough, min(time.Duration(len(jobs))*gatherTime, gatherLimit))
		}
	})
	w.running.Go(func() {
		for jobs := w.settled.take(groupLimit); len(jobs) > 0; jobs = w.settled.take(groupLimit) {
			for _, j := range jobs {
				j.done(j.err)
			}
		}
	})
}

// stop records what is queued and ends both goroutines.
func (w *writer) stop() {
	w.jobs.close()
	w.running.Wait()
}

// commit makes a group of jobs durable in one transaction. After a failure it never tries again:
// what a disk holds after a failed sync is not known.
func (w *writer) commit(jobs []*job) error {
	if err := w.err(); err != nil {
		return err
	}
	t := txn{ctx: context.Background(), w: w, state: w.state, group: w.group[:0], freed: w.freed[:0]} // what is queued is recorded however the run ends
	if err := t.run(jobs); err != nil {
		_, _ = w.stmts.rollback.ExecContext(t.ctx)
		return w.breakWith(err)
	}
	t.release()
	w.group, w.freed = t.group, t.freed
	return nil
}

// encode returns the body of a row of the intents table, until it is called again.
func (w *writer) encode(group int64, intents []Intent) []byte {
	w.body = appendIntents(w.body[:0], group, intents)
	return w.body
}

// report tells the jobs how it went: err, or each its own refusal.
func (w *writer) report(jobs []*job, err error) {
	for _, j := range jobs {
		if err != nil {
			j.err = err
		}
		switch {
		case j.wait != nil:
			j.wait <- j.err
		case j.done != nil:
			w.settled.put(j, 0)
		}
	}
}

func (w *writer) breakWith(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = &BrokenError{Path: w.path, Err: err}
	close(w.failed)
	return w.broken
}

func (w *writer) err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == nil {
		return nil
	}
	return w.broken
}

// await queues a job and waits for it. A context that ends takes the job out of the line; a job
// already taken up is waited for.
func (w *writer) await(ctx context.Context, do func(*txn) (refusal, failure error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j := &job{do: do, wait: make(chan error, 1)}
	if !w.jobs.put(j, 0) {
		return errClosed
	}
	select {
	case err := <-j.wait:
		return err
	case <-ctx.Done():
		if w.jobs.drop(j) {
			return ctx.Err()
		}
		return <-j.wait
	}
}
