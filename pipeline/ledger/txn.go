package ledger

import (
	"context"
	"database/sql"
)

// txn is one transaction of the writer. What is held in memory changes with it, before the commit:
// only the writer decides by that, and a failed commit is the last. Claims are given back after the
// commit, when others can see in the entries what replaces them.
type txn struct {
	ctx    context.Context
	w      *writer
	state  *Reader        // what is held in memory
	group  []Intent       // begun in this transaction, one by one
	number int64          // of group, once it has an intent
	fresh  []batch        // begun in this transaction, each as a record of its own
	stale  map[int64]bool // groups whose record has intents that are answered or withdrawn
	freed  []claim
	added  []addition // on their way into the table, insertMany at most
}

// run is the whole transaction. It says in the jobs which of them were refused. Nobody was told of any of
// them yet, so that every order is right: the outcomes go first, together.
func (t *txn) run(jobs []job) error {
	if _, err := t.w.stmts.begin.ExecContext(t.ctx); err != nil {
		return err
	}
	if err := t.settleAll(jobs); err != nil {
		return err
	}
	for i := range jobs {
		if err := jobs[i].run(t); err != nil {
			return err
		}
	}
	if err := t.writeGroups(); err != nil {
		return err
	}
	_, err := t.w.stmts.commit.ExecContext(t.ctx)
	return err
}

// begin adds an intent to the group of this transaction.
func (t *txn) begin(b *begun) {
	if len(t.group) == 0 {
		t.number = t.newGroup()
	}
	b.group = t.number
	t.group = append(t.group, b.Intent)
	t.state.doubts.add(b)
}

// newGroup numbers a record of intents. The one that was last may be empty by now, and then goes.
func (t *txn) newGroup() int64 {
	t.markStale(t.state.doubts.last, false)
	t.state.doubts.last++
	return t.state.doubts.last
}

// withdraw takes the last intent of a key back.
func (t *txn) withdraw(k id) {
	if b := t.state.doubts.withdraw(k); b != nil {
		t.drop(b, true)
	}
}

// drop notes that an intent is no longer open. Its record goes with the last of its group; it is
// rewritten only where nothing else, no entry, says that the intent is void.
func (t *txn) drop(b *begun, rewrite bool) {
	t.markStale(b.group, rewrite)
	if b.ExternalID != "" {
		t.freed = append(t.freed, claim{b.Object, b.ExternalID})
	}
}

// writeGroups writes the record of what this transaction began, and clears those of others.
func (t *txn) writeGroups() error {
	if len(t.group) > 0 {
		t.fresh = append(t.fresh, batch{t.number, t.group})
	}
	for _, f := range t.fresh {
		if _, err := t.w.stmts.addGroup.ExecContext(t.ctx, f.number, t.w.encode(f.number, f.intents)); err != nil {
			return err
		}
	}
	for group, rewrite := range t.stale {
		var err error
		switch open := t.state.doubts.isOpen(group); {
		case !open && group != t.state.doubts.last:
			_, err = t.w.stmts.dropGroup.ExecContext(t.ctx, group)
		case !open || rewrite:
			_, err = t.w.stmts.setGroup.ExecContext(t.ctx, group, t.w.encode(group, t.state.doubts.group(group)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) markStale(group int64, rewrite bool) {
	if t.stale == nil {
		t.stale = map[int64]bool{}
	}
	t.stale[group] = t.stale[group] || rewrite
}

// bind writes what the ledger does not know yet of whose it is.
func (t *txn) bind(b Binding) (refusal, failure error) {
	missing, err := checkBinding(t.ctx, t.w.conn, b)
	if refused := asRefusal(t.w.path, err); refused != nil {
		return refused, nil
	}
	if err != nil {
		return nil, err
	}
	for name, value := range missing {
		if _, err := t.w.stmts.putMeta.ExecContext(t.ctx, name, value); err != nil {
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
	_, err := t.w.stmts.putRun.ExecContext(t.ctx, run.ID, run.StartedAt.UnixMilli(), ended, run.Exit, run.Summary)
	return err
}

func (t *txn) mark(name string) error {
	if _, err := t.w.stmts.addMark.ExecContext(t.ctx, name); err != nil {
		return err
	}
	t.state.mark(name)
	return nil
}
