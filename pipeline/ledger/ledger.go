package ledger

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// Binding says whose ledger it is. A ledger is refused under any other binding.
type Binding struct {
	Pipeline string
	Target   string // host, or "sandbox"
	OrgID    string // "" when it is not known yet: see Ledger.Bind
}

// Ledger is a ledger open for writing. One writer goroutine gathers what waits into one durable
// transaction after the other. Its methods may be called from any goroutine.
//
// After a write or sync has failed nothing more is accepted: every call that waits, and all later
// ones, get a *BrokenError.
type Ledger struct {
	*Reader
	db     *sql.DB
	writer *writer

	closing sync.Once
	closed  error
}

// Open opens the ledger at path for writing, or creates it, with folders 0700 and files 0600.
// A ledger that b does not fit, a newer or a damaged one, or one that cannot be written, is a
// *RefusedError. The caller holds the Lock.
func Open(path string, b Binding) (*Ledger, error) {
	if err := makeFile(path, createSchema); err != nil {
		return nil, refuseOpen(path, err)
	}
	ctx := context.Background()
	db, err := sql.Open(driverName, writeDSN(path))
	if err != nil {
		return nil, refuseOpen(path, err)
	}
	db.SetMaxOpenConns(1)
	l, err := open(ctx, path, db, b)
	if err != nil {
		return nil, errors.Join(refuseOpen(path, err), db.Close())
	}
	l.writer.start()
	return l, nil
}

func open(ctx context.Context, path string, db *sql.DB, b Binding) (*Ledger, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	for _, step := range [...]func(context.Context, querier) error{checkFormat, checkWhole, useLog, migrate} {
		if err := step(ctx, conn); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	reader, err := newReader(path, readDSN(path))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	w, err := newWriter(ctx, conn, reader, b)
	if err != nil {
		return nil, errors.Join(err, reader.Close(), conn.Close())
	}
	return &Ledger{Reader: reader, db: db, writer: w}, nil
}

func newWriter(ctx context.Context, conn *sql.Conn, state *Reader, b Binding) (*writer, error) {
	if err := state.load(ctx, b); err != nil {
		return nil, err
	}
	if err := state.claims.loadKinds(ctx, conn, state.names); err != nil {
		return nil, err
	}
	for _, in := range state.doubts.all() {
		if in.ExternalID != "" {
			state.claims.take(claim{in.Object, in.ExternalID}, in.id())
		}
	}
	w := &writer{
		path: state.path, conn: conn, state: state,
		jobs: newQueue(), failed: make(chan struct{}),
	}
	var err error
	if w.stmts, err = prepareStatements(ctx, conn); err != nil {
		return nil, err
	}
	bind := []job{{ctx: ctx, do: func(t *txn) (refusal, failure error) { return t.bind(b) }}}
	if err := errors.Join((&txn{ctx: ctx, w: w, state: state}).run(bind), bind[0].err); err != nil {
		return nil, errors.Join(err, w.stmts.close())
	}
	return w, nil
}

// Bind binds a ledger that was opened without an OrgID, once the org is known. Another org than
// the ledger's is a *RefusedError.
func (l *Ledger) Bind(ctx context.Context, orgID string) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) { return t.bind(Binding{OrgID: orgID}) })
}

// Begin records that a request is about to be sent. It returns nil when that is durable, sharing the
// commit with all who wait at that time. On any error nothing was recorded: *ClaimedError when the
// external id belongs to another key of the same kind of object, ctx's error when ctx ended before
// the intent was taken up. (A *BrokenError alone leaves open what the disk holds.)
func (l *Ledger) Begin(ctx context.Context, in Intent) error {
	refusal, failure := l.claimFor(ctx, in)
	if refusal != nil {
		return refusal
	}
	if failure != nil {
		return l.fault(failure)
	}
	b := &begun{Intent: in}
	err := l.writer.await(ctx, func(t *txn) (refusal, failure error) { t.begin(b); return nil, nil })
	if err != nil {
		l.releaseAll([]Intent{in})
	}
	return err
}

// Withdraw takes back the latest intent of a key, whose request was never sent. Without one it
// does nothing.
func (l *Ledger) Withdraw(ctx context.Context, step, key string) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) { t.withdraw(id{step, key}); return nil, nil })
}

// Settle records the outcome of a row, which answers all intents of its key. It returns when that is
// durable, which takes a commit or two (50 ms at most on a disk that keeps up). No context: an outcome is
// recorded however the run ends.
//
// An id never changes or goes away. Rejected keeps the object, external id, id and hash that were
// loaded before, whatever e says. Nothing is recorded, and the error says why, for
//   - *ClaimedError: e is loaded with an external id that belongs to another key;
//   - *EntryError: another outcome than Created, Updated, Existed and Rejected; one of the first
//     three without an id, or with another id than before.
func (l *Ledger) Settle(e Entry) error {
	return l.writer.record(job{entry: &e})
}

// StartRun records that a run begins.
func (l *Ledger) StartRun(ctx context.Context, run Run) error { return l.putRun(ctx, run) }

// EndRun records how a run ended, in place of what StartRun recorded under its ID.
func (l *Ledger) EndRun(ctx context.Context, run Run) error { return l.putRun(ctx, run) }

func (l *Ledger) putRun(ctx context.Context, run Run) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) { return nil, t.putRun(run) })
}

// Mark sets a small durable flag, such as "checked:conversation".
func (l *Ledger) Mark(ctx context.Context, name string) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) { return nil, t.mark(name) })
}

// Failed is closed when the ledger breaks.
func (l *Ledger) Failed() <-chan struct{} { return l.writer.failed }

// Err returns the *BrokenError, or nil while all is well.
func (l *Ledger) Err() error { return l.writer.err() }

// Close records what is queued, and leaves one whole file behind.
// Its error is the *BrokenError when there is one. What comes later gets an error.
func (l *Ledger) Close() error {
	l.closing.Do(func() { l.closed = l.close() })
	return l.closed
}

// close closes the writer's connection last: then SQLite moves the log into the ledger and removes
// it. Should that fail, or a reader of another process be there, the next Open finds the log.
func (l *Ledger) close() error {
	l.writer.stop()
	return errors.Join(l.Err(), l.Reader.Close(), l.writer.stmts.close(), l.writer.conn.Close(), l.db.Close())
}
