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
	gatherEnough = 160
	gatherLimit  = 5 * time.Millisecond
)

var errClosed = errors.New("the ledger is closed")

// writer is the one goroutine that writes.
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
	added []addition

	jobs    *queue
	running sync.WaitGroup

	mu     sync.Mutex
	broken *BrokenError
	failed chan struct{}
}

func (w *writer) start() {
	w.running.Go(func() {
		for r := w.jobs.take(); r != nil; r = w.jobs.take() {
			w.report(r, w.commit(r.jobs))
			w.jobs.gather(gatherEnough, min(time.Duration(len(r.jobs))*gatherTime, gatherLimit))
		}
	})
}

// stop records what is queued and ends the goroutine.
func (w *writer) stop() {
	w.jobs.close()
	w.running.Wait()
}

// commit makes a group of jobs durable in one transaction. After a failure it never tries again:
// what a disk holds after a failed sync is not known.
func (w *writer) commit(jobs []job) error {
	if err := w.err(); err != nil {
		return err
	}
	t := txn{ctx: context.Background(), w: w, state: w.state, group: w.group[:0], freed: w.freed[:0], added: w.added[:0]} // what is queued is recorded however the run ends
	if err := t.run(jobs); err != nil {
		_, _ = w.stmts.rollback.ExecContext(t.ctx)
		return w.breakWith(err)
	}
	w.state.claims.release(t.freed...)
	w.group, w.freed, w.added = t.group, t.freed, t.added
	return nil
}

// encode returns the body of a row of the intents table, until it is called again.
func (w *writer) encode(group int64, intents []Intent) []byte {
	w.body = appendIntents(w.body[:0], group, intents)
	return w.body
}

// report tells a round how it went: err, or each its own refusal.
func (w *writer) report(r *round, err error) {
	if err != nil {
		for i := range r.jobs {
			r.jobs[i].err = err
		}
	}
	close(r.told)
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

// await queues what is to be done and waits for it. Where ctx is done before its turn, its error is
// returned and nothing is recorded.
func (w *writer) await(ctx context.Context, do func(*txn) (refusal, failure error)) error {
	return w.record(job{do: do, ctx: ctx})
}

// record queues a job and waits for it.
func (w *writer) record(j job) error {
	r, i := w.jobs.join(j)
	if r == nil {
		return errClosed
	}
	<-r.told
	return r.jobs[i].err
}
