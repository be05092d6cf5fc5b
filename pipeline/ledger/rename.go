package ledger

import (
	"context"
	"fmt"
)

// StepError says why a step was not renamed. Nothing has changed.
type StepError struct {
	Step   string
	Reason string // "it has no entries"
}

func (e *StepError) Error() string {
	return fmt.Sprintf("the step %q was not renamed: %s", e.Step, e.Reason)
}

// StepRename is the old and the new name of a step.
type StepRename struct{ Old, New string }

// RenameStep gives everything that the ledger knows of a step another name: entries, marks of keys and what runs noted.
// What Kustomer has does not change. also names steps that go with it, as a finalizer does, where they have entries. It
// all happens in one transaction, about 50,000 entries a second, and returns the number of entries. *StepError when the
// old step has no entries, a new one has some, or a request of either is in doubt.
func (l *Ledger) RenameStep(ctx context.Context, oldName, newName string, also ...StepRename) (entries int, err error) {
	all := append([]StepRename{{oldName, newName}}, also...)
	err = l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		for i, r := range all {
			if refusal, failure := t.checkRename(r, i == 0); refusal != nil || failure != nil {
				return refusal, failure
			}
		}
		for i, r := range all {
			n, err := t.renameStep(r)
			if err != nil {
				return nil, err
			}
			if i == 0 {
				entries = n
			}
		}
		t.rewriteGroups()
		return nil, nil
	})
	return entries, err
}

// checkRename says why a step cannot be renamed.
func (t *txn) checkRename(r StepRename, needed bool) (refusal, failure error) {
	for _, in := range t.reader.open.listLatest() {
		if in.Step == r.Old || in.Step == r.New {
			return &StepError{r.Old, fmt.Sprintf("a request for key %q of step %q is in doubt", in.Key, in.Step)}, nil
		}
	}
	hasOld, err := t.hasEntries(r.Old)
	if err != nil || !hasOld && !needed {
		return nil, err
	}
	hasNew, err := t.hasEntries(r.New)
	switch {
	case err != nil:
		return nil, err
	case !hasOld:
		return &StepError{r.Old, "it has no entries"}, nil
	case hasNew:
		return &StepError{r.Old, fmt.Sprintf("%q has entries of its own", r.New)}, nil
	}
	return nil, nil
}

func (t *txn) hasEntries(step string) (has bool, err error) {
	number, ok, err := t.reader.names.find(t.ctx, t.conn, step)
	if !ok || err != nil {
		return false, err
	}
	err = t.conn.QueryRowContext(t.ctx, `SELECT EXISTS (SELECT 1 FROM entries WHERE step = ?)`, number).Scan(&has)
	return has, err
}

// renamePage is how many entries renameStep holds in memory.
const renamePage = 1000

// renameStep moves what the ledger knows of a step to another, which has no entries.
func (t *txn) renameStep(r StepRename) (entries int, err error) {
	from, err := t.name(r.Old)
	if err != nil {
		return 0, err
	}
	to, err := t.name(r.New)
	if err != nil {
		return 0, err
	}
	for object, explicit := range t.reader.claims.kindsOf(r.Old) {
		if err := t.addKind(object, r.New, explicit); err != nil {
			return 0, err
		}
	}
	for after := ""; ; {
		page, err := readOld(t.ctx, t.conn, `WHERE step = ? AND key > ? ORDER BY key LIMIT ?`, from, after, renamePage)
		if err != nil {
			return 0, err
		}
		for i := range page {
			e := &page[i]
			if err := t.store(&e.row, from, to, e.key, e.key); err != nil {
				return 0, err
			}
			if err := t.unmarkLoaded(&e.row, r.New, e.key); err != nil {
				return 0, err
			}
			after = e.key
		}
		if entries += len(page); len(page) < renamePage {
			return entries, t.renameNotes(r, from, to)
		}
	}
}

// unmarkLoaded takes the mark of a key away whose entry has an object.
func (t *txn) unmarkLoaded(e *row, step, key string) error {
	if e.kustomerID == "" || !t.reader.keyMarks.any(step) {
		return nil
	}
	return t.unmarkKey(step, key)
}

// renameNotes moves what is known of a step beside its entries.
func (t *txn) renameNotes(r StepRename, from, to int64) error {
	if err := t.renameMarks(r, from, to); err != nil {
		return err
	}
	if _, err := t.conn.ExecContext(t.ctx, `DELETE FROM kinds WHERE step = ?`, from); err != nil {
		return err
	}
	t.reader.claims.dropStep(r.Old)
	t.reader.forgetCreated(r.Old)
	t.reader.forgetCreated(r.New)
	notes := t.reader.notes
	notes.mu.Lock()
	defer notes.mu.Unlock()
	noted, ok := notes.steps[r.Old]
	if !ok {
		return nil
	}
	if _, err := t.conn.ExecContext(t.ctx, `DELETE FROM steps WHERE name = ?`, r.New); err != nil {
		return err
	}
	noted.Name = r.New
	delete(notes.steps, r.Old)
	notes.steps[r.New] = noted
	_, err := t.conn.ExecContext(t.ctx, `UPDATE steps SET name = ? WHERE name = ?`, r.New, r.Old)
	return err
}

// renameMarks moves the marks of keys from one step to another.
func (t *txn) renameMarks(r StepRename, from, to int64) error {
	if !t.reader.keyMarks.any(r.Old) {
		return nil
	}
	marks, err := t.marksOf(from)
	if err != nil {
		return err
	}
	for _, m := range marks {
		if m.sum != markSum(from, m.digest, m.mark) {
			return damageError("the mark of a key is not as it was written")
		}
		_, err := t.conn.ExecContext(t.ctx, `INSERT INTO key_marks (step, key, mark, run, at, sum) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET mark = excluded.mark, run = excluded.run, at = excluded.at, sum = excluded.sum`,
			to, m.digest, string(m.mark), m.run, m.at, markSum(to, m.digest, m.mark))
		if err != nil {
			return err
		}
	}
	if _, err := t.conn.ExecContext(t.ctx, `DELETE FROM key_marks WHERE step = ?`, from); err != nil {
		return err
	}
	var n int
	if err := t.conn.QueryRowContext(t.ctx, `SELECT count(*) FROM key_marks WHERE step = ?`, to).Scan(&n); err != nil {
		return err
	}
	t.reader.keyMarks.set(r.Old, 0)
	t.reader.keyMarks.set(r.New, n)
	return nil
}

// storedMark is a row of the table of marks.
type storedMark struct {
	digest []byte
	mark   KeyMark
	run    string
	at     int64
	sum    int64
}

func (t *txn) marksOf(step int64) (all []storedMark, err error) {
	rows, err := t.conn.QueryContext(t.ctx, `SELECT key, mark, run, at, sum FROM key_marks WHERE step = ?`, step)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	for rows.Next() {
		var m storedMark
		if err := rows.Scan(&m.digest, &m.mark, &m.run, &m.at, &m.sum); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, rows.Err()
}
