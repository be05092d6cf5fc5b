package ledger

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// gatherTime is how long the writer waits after a commit, for each change that was in it: a caller that was
	// answered often comes back with its next change, and a commit costs as much for one change as for many. The
	// wait ends when gatherEnough changes are there, and after gatherLimit, which is little beside the time of a
	// request.
	gatherTime   = 40 * time.Microsecond
	gatherEnough = 160
	gatherLimit  = 5 * time.Millisecond
)

var errClosed = errors.New("the ledger is closed")

// writer is the one goroutine that writes.
type writer struct {
	path    string
	queue   *queue
	txn     *txn // used again for each transaction
	running sync.WaitGroup

	mu     sync.Mutex
	broken *BrokenError
	failed chan struct{} // closed when broken is set
}

func newWriter(path string, t *txn) *writer {
	return &writer{path: path, queue: newQueue(), txn: t, failed: make(chan struct{})}
}

func (w *writer) start() {
	w.running.Go(func() {
		for r := w.queue.take(); r != nil; r = w.queue.take() {
			w.finish(r, w.commit(r.changes))
			w.queue.gather(gatherEnough, min(time.Duration(len(r.changes))*gatherTime, gatherLimit))
		}
	})
}

// stop records what is queued and ends the goroutine.
func (w *writer) stop() {
	w.queue.close()
	w.running.Wait()
}

// commit makes a round of changes durable in one transaction. After a failure it never tries again: what a disk
// holds after a failed sync is not known.
func (w *writer) commit(changes []change) error {
	if err := w.err(); err != nil {
		return err
	}
	if err := w.txn.run(changes); err != nil {
		w.txn.rollback()
		return w.breakWith(err)
	}
	w.txn.releaseClaims()
	return nil
}

// run is the whole transaction. It notes in the changes which of them were refused. Nobody has been answered yet, so
// any order is right: the outcomes go first, together.
func (t *txn) run(changes []change) error {
	if err := t.start(); err != nil {
		return err
	}
	if err := t.settleAll(changes); err != nil {
		return err
	}
	for i := range changes {
		if err := changes[i].run(t); err != nil {
			return err
		}
	}
	if err := t.writeGroups(); err != nil {
		return err
	}
	return t.commit()
}

// finish answers all who wait for a round: with err, or each with its own refusal.
func (w *writer) finish(r *round, err error) {
	if err != nil {
		for i := range r.changes {
			r.changes[i].err = err
		}
	}
	close(r.done)
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

// await queues a function of the transaction and waits until what it did is durable. When ctx ends before its turn,
// ctx's error is returned and nothing is recorded.
func (w *writer) await(ctx context.Context, do func(*txn) (refusal, failure error)) error {
	return w.record(change{do: do, ctx: ctx})
}

// record queues a change and waits until it is durable.
func (w *writer) record(c change) error {
	r, i := w.queue.join(c)
	if r == nil {
		return errClosed
	}
	<-r.done
	return r.changes[i].err
}
