package ledger

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// Ledger is a ledger open for writing. One goroutine, the writer, puts the changes that wait into one durable
// transaction after another. The methods may be called from any goroutine.
//
// After a write or a sync has failed nothing more is accepted: every call that waits, and every later
// one, gets a *BrokenError.
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
	for _, step := range [...]func(context.Context, querier) error{checkFormat, checkWhole, useLog} {
		if err := step(ctx, conn); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	if err := migrate(ctx, conn, b.Unowned); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	reader, err := newReader(path, readDSN(path))
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	t, err := loadForWriting(ctx, reader, conn, b)
	if err != nil {
		return nil, errors.Join(err, reader.Close(), conn.Close())
	}
	return &Ledger{Reader: reader, db: db, writer: newWriter(path, t)}, nil
}

// loadForWriting reads what the ledger keeps in memory, and binds it.
func loadForWriting(ctx context.Context, reader *Reader, conn *sql.Conn, b Binding) (*txn, error) {
	if err := reader.load(ctx, b); err != nil {
		return nil, err
	}
	if err := reader.claims.loadKinds(ctx, conn, reader.names); err != nil {
		return nil, err
	}
	for _, in := range reader.open.all() {
		if in.ExternalID != "" {
			reader.claims.take(claim{in.Object, in.ExternalID}, in.id())
		}
	}
	t, err := newTxn(ctx, reader, conn)
	if err != nil {
		return nil, err
	}
	bind := []change{{ctx: ctx, do: func(t *txn) (refusal, failure error) { return t.bind(b) }}}
	if err := errors.Join(t.run(bind), bind[0].err); err != nil {
		return nil, errors.Join(err, t.stmts.close())
	}
	return t, nil
}

// Bind binds a ledger that was opened without an OrgID, once the org is known. Another org than
// the ledger's is a *RefusedError.
func (l *Ledger) Bind(ctx context.Context, orgID string) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) { return t.bind(Binding{OrgID: orgID}) })
}

// Begin records that a request is about to be sent. It returns nil when that is durable; all calls that wait
// at the same time share one commit. On any error nothing was recorded: *ClaimedError when the
// external id belongs to another key of the same kind of object, ctx's error when ctx ended before
// the writer took the intent. (Only after a *BrokenError it is not known what the disk holds.)
func (l *Ledger) Begin(ctx context.Context, in Intent) error {
	refusal, failure := l.claimFor(ctx, in)
	if refusal != nil {
		return refusal
	}
	if failure != nil {
		return l.fault(failure)
	}
	open := &openIntent{Intent: in}
	err := l.writer.await(ctx, func(t *txn) (refusal, failure error) { t.begin(open); return nil, nil })
	if err != nil {
		l.releaseAll([]Intent{in})
	}
	return err
}

// claimFor holds the external id of an intent until it is settled or withdrawn.
func (l *Ledger) claimFor(ctx context.Context, in Intent) (refusal, failure error) {
	if in.ExternalID == "" {
		return nil, nil
	}
	return l.claim(ctx, l.owner, claim{in.Object, in.ExternalID}, in.id())
}

func (l *Ledger) releaseAll(intents []Intent) {
	for _, in := range intents {
		if in.ExternalID != "" {
			l.claims.release(claim{in.Object, in.ExternalID})
		}
	}
}

// Withdraw takes back the latest intent of a key, whose request was never sent. When there is none it
// does nothing.
func (l *Ledger) Withdraw(ctx context.Context, step, key string) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) { t.withdraw(rowID{step, key}); return nil, nil })
}

// Settle records the outcome of a row, which answers all intents of its key. It returns when that is
// durable, which takes one or two commits (50 ms at most on a disk that is not overloaded). It takes no context: an
// outcome is recorded however the run ends.
//
// An id never changes or goes away, save by Moves and Drop. Rejected keeps the object, external id, id, hash, role and
// CreatedIn of what was loaded before, whatever e says. Nothing is recorded, and the error says why, for
//   - *ClaimedError: e is loaded with an external id that belongs to another key;
//   - *OwnedError: e has the role Owns, and another key owns its id;
//   - *EntryError: another outcome than Created, Updated, Existed and Rejected; one of the first
//     three without an id, or with another id than before.
func (l *Ledger) Settle(e Entry) error {
	return l.writer.record(change{entry: &e})
}

// StartRun records that a run begins.
func (l *Ledger) StartRun(ctx context.Context, run Run) error { return l.putRun(ctx, run) }

// EndRun records how a run ended. It replaces what StartRun recorded under the same ID.
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

// Close records what is queued and closes the ledger, which then is one file without a log beside it.
// Its error is the *BrokenError when there is one. Every later call gets an error.
func (l *Ledger) Close() error {
	l.closing.Do(func() { l.closed = l.close() })
	return l.closed
}

// close closes the writer's connection last: SQLite then moves the log into the ledger and removes
// it. If that fails, or another process still reads the ledger, the log stays and the next Open uses it.
func (l *Ledger) close() error {
	l.writer.stop()
	return errors.Join(l.Err(), l.Reader.Close(), l.writer.txn.stmts.close(), l.writer.txn.conn.Close(), l.db.Close())
}
