package ledger

import (
	"context"
	"database/sql"
)

// txn is a transaction of the writer; the next one uses the same txn and its buffers. What the Reader holds in
// memory changes with it, before the commit: only the writer decides by that, and it stops after a failed commit.
// Claims are released after the commit, when others can see in the entries what replaces them.
type txn struct {
	ctx    context.Context // never ends: what is queued is recorded however the run ends
	path   string
	conn   *sql.Conn
	stmts  *statements
	reader *Reader

	begun   []Intent       // one by one, in this transaction; they share a group
	number  int64          // of that group, once it has an intent
	batches []group        // begun in this transaction, each as a group of its own
	stale   map[int64]bool // groups with intents that are answered or withdrawn; true: write what is left of it
	freed   []claim        // to be released after the commit
	pending []addition     // entries to be added, insertMany at most

	row  row    // buffer of fill
	body []byte // buffer of encode
}

func newTxn(ctx context.Context, reader *Reader, conn *sql.Conn) (*txn, error) {
	stmts, err := prepareStatements(ctx, conn)
	if err != nil {
		return nil, err
	}
	return &txn{ctx: context.WithoutCancel(ctx), path: reader.path, conn: conn, stmts: stmts, reader: reader}, nil
}

// start empties the buffers and begins a transaction of the database.
func (t *txn) start() error {
	t.begun, t.batches, t.freed, t.pending = t.begun[:0], t.batches[:0], t.freed[:0], t.pending[:0]
	clear(t.stale)
	_, err := t.stmts.begin.ExecContext(t.ctx)
	return err
}

func (t *txn) commit() error {
	_, err := t.stmts.commit.ExecContext(t.ctx)
	return err
}

// rollback ends a transaction that failed. Its own error would tell nothing new.
func (t *txn) rollback() { _, _ = t.stmts.rollback.ExecContext(t.ctx) }

// releaseClaims gives back, after the commit, the claims of intents that are no longer open.
func (t *txn) releaseClaims() { t.reader.claims.release(t.freed...) }

// begin adds an intent to the group of this transaction.
func (t *txn) begin(in *openIntent) {
	if len(t.begun) == 0 {
		t.number = t.newGroup()
	}
	in.group = t.number
	t.begun = append(t.begun, in.Intent)
	t.reader.open.add(in)
}

// newGroup numbers a group of intents. The one that was last may have no open intents by now, and then goes.
func (t *txn) newGroup() int64 {
	t.markStale(t.reader.open.newest, false)
	t.reader.open.newest++
	return t.reader.open.newest
}

// withdraw takes the latest intent of a key back.
func (t *txn) withdraw(id rowID) {
	if in := t.reader.open.withdraw(id); in != nil {
		t.close(in, true)
	}
}

// close notes that an intent is no longer open. Its group is deleted with the last of its intents; what is left of it
// is written again only when nothing else, no entry, says that the intent is void.
func (t *txn) close(in *openIntent, rewrite bool) {
	t.markStale(in.group, rewrite)
	if in.ExternalID != "" {
		t.freed = append(t.freed, claim{in.Object, in.ExternalID})
	}
}

func (t *txn) markStale(number int64, rewrite bool) {
	if t.stale == nil {
		t.stale = map[int64]bool{}
	}
	t.stale[number] = t.stale[number] || rewrite
}

// writeGroups writes the groups that began in this transaction, and deletes or rewrites those that are stale.
func (t *txn) writeGroups() error {
	if len(t.begun) > 0 {
		t.batches = append(t.batches, group{t.number, t.begun})
	}
	for _, g := range t.batches {
		if _, err := t.stmts.addGroup.ExecContext(t.ctx, g.number, t.encode(g)); err != nil {
			return err
		}
	}
	for number, rewrite := range t.stale {
		var err error
		switch open := t.reader.open.has(number); {
		case !open && number != t.reader.open.newest:
			_, err = t.stmts.dropGroup.ExecContext(t.ctx, number)
		case !open || rewrite:
			_, err = t.stmts.setGroup.ExecContext(t.ctx, number, t.encode(group{number, t.reader.open.ofGroup(number)}))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// encode returns the body of a group's row, which is valid until encode is called again.
func (t *txn) encode(g group) []byte {
	t.body = appendGroup(t.body[:0], g)
	return t.body
}

// bind records what the ledger does not know yet of its binding, and refuses another one.
func (t *txn) bind(b Binding) (refusal, failure error) {
	missing, err := checkBinding(t.ctx, t.conn, b)
	if refused := asRefusal(t.path, err); refused != nil {
		return refused, nil
	}
	if err != nil {
		return nil, err
	}
	for name, value := range missing {
		if _, err := t.stmts.putMeta.ExecContext(t.ctx, name, value); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (t *txn) putRun(run Run) error {
	var ended sql.NullInt64
	if !run.EndedAt.IsZero() {
		ended = sql.NullInt64{Int64: run.EndedAt.UnixMilli(), Valid: true}
	}
	_, err := t.stmts.putRun.ExecContext(t.ctx, run.ID, run.StartedAt.UnixMilli(), ended, run.Exit, run.Summary)
	return err
}

func (t *txn) mark(name string) error {
	if _, err := t.stmts.addMark.ExecContext(t.ctx, name); err != nil {
		return err
	}
	t.reader.mark(name)
	return nil
}

// name returns the number of a text that repeats in entries.
func (t *txn) name(s string) (int64, error) { return t.reader.names.add(t.ctx, t.stmts.addName, s) }
