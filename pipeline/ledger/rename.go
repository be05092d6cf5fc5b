package ledger

import (
	"context"
	"errors"
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
// all happens in one transaction, about 50,000 entries a second, and returns the number of entries. Rows that were rejected
// under the new name, as all of a renamed step are, are no longer known. *StepError when the old step has no entries, a new
// one has loaded some, or a request of either is in doubt.
func (l *Ledger) RenameStep(ctx context.Context, oldName, newName string, also ...StepRename) (entries int, err error) {
	all := append([]StepRename{{oldName, newName}}, also...)
	err = l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		for i, names := range all {
			if refusal, failure := (&renaming{txn: t, StepRename: names}).check(i == 0); refusal != nil || failure != nil {
				return refusal, failure
			}
		}
		for i, names := range all {
			n, err := (&renaming{txn: t, StepRename: names}).do()
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

// renaming is a step that gets another name in a transaction.
type renaming struct {
	*txn
	StepRename
	from, to int64 // the numbers of the names
}

// check says why the step cannot be renamed. One that is not needed may have no entries.
func (r *renaming) check(needed bool) (refusal, failure error) {
	for _, in := range r.reader.open.listLatest() {
		if in.Step == r.Old || in.Step == r.New {
			return &StepError{r.Old, fmt.Sprintf("a request for key %q of step %q is in doubt", in.Key, in.Step)}, nil
		}
	}
	hasOld, err := r.hasEntries(r.Old)
	if err != nil || !hasOld && !needed {
		return nil, err
	}
	hasNew, err := r.hasLoaded(r.New)
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

// hasLoaded reports whether the step has an entry besides those of rows that were rejected and have no object.
func (r *renaming) hasLoaded(step string) (has bool, err error) {
	number, ok, err := r.reader.names.find(r.ctx, r.conn, step)
	if !ok || err != nil {
		return false, err
	}
	rejected, _ := r.reader.names.known(string(Rejected)) // 0 is the number of no name
	err = r.conn.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM entries WHERE step = ? AND (kustomer_id <> '' OR outcome <> ?))`, number, rejected).Scan(&has)
	return has, err
}

func (r *renaming) hasEntries(step string) (has bool, err error) {
	number, ok, err := r.reader.names.find(r.ctx, r.conn, step)
	if !ok || err != nil {
		return false, err
	}
	err = r.conn.QueryRowContext(r.ctx, `SELECT EXISTS (SELECT 1 FROM entries WHERE step = ?)`, number).Scan(&has)
	return has, err
}

// renamePage is how many entries are in memory at once.
const renamePage = 1000

// do moves what the ledger knows of the step, and returns the number of entries. The new name has loaded nothing.
func (r *renaming) do() (entries int, err error) {
	if r.from, err = r.name(r.Old); err != nil {
		return 0, err
	}
	if r.to, err = r.name(r.New); err != nil {
		return 0, err
	}
	if _, err := r.conn.ExecContext(r.ctx, `DELETE FROM entries WHERE step = ?`, r.to); err != nil {
		return 0, err
	}
	for object, explicit := range r.reader.claims.kindsOf(r.Old) {
		if err := r.addKind(object, r.New, explicit); err != nil {
			return 0, err
		}
	}
	for after := ""; ; {
		page, err := readOld(r.ctx, r.conn, `WHERE step = ? AND key > ? ORDER BY key LIMIT ?`, r.from, after, renamePage)
		if err != nil {
			return 0, err
		}
		for i := range page {
			if err := r.entry(&page[i]); err != nil {
				return 0, err
			}
			after = page[i].key
		}
		if entries += len(page); len(page) < renamePage {
			return entries, errors.Join(r.marks(), r.kinds(), r.note())
		}
	}
}

// entry moves an entry. A key with an object has no mark.
func (r *renaming) entry(e *oldEntry) error {
	if err := r.store(&e.row, r.from, r.to, e.key, e.key); err != nil {
		return err
	}
	if e.kustomerID == "" || !r.reader.keyMarks.any(r.New) {
		return nil
	}
	return r.unmarkKey(r.New, e.key)
}

// kinds takes away what is known of the objects of the old name, and the keys that were noted for samples.
func (r *renaming) kinds() error {
	r.reader.claims.dropStep(r.Old)
	r.reader.forgetCreated(r.Old)
	r.reader.forgetCreated(r.New)
	_, err := r.conn.ExecContext(r.ctx, `DELETE FROM kinds WHERE step = ?`, r.from)
	return err
}

// note moves what runs noted of the step.
func (r *renaming) note() error {
	notes := r.reader.notes
	notes.mu.Lock()
	defer notes.mu.Unlock()
	noted, ok := notes.steps[r.Old]
	if !ok {
		return nil
	}
	if _, err := r.conn.ExecContext(r.ctx, `DELETE FROM steps WHERE name = ?`, r.New); err != nil {
		return err
	}
	noted.Name = r.New
	delete(notes.steps, r.Old)
	notes.steps[r.New] = noted
	_, err := r.conn.ExecContext(r.ctx, `UPDATE steps SET name = ? WHERE name = ?`, r.New, r.Old)
	return err
}

// marks moves the marks of keys.
func (r *renaming) marks() error {
	if !r.reader.keyMarks.any(r.Old) {
		return nil
	}
	marks, err := readMarks(r.ctx, r.conn, r.from)
	if err != nil {
		return err
	}
	for _, m := range marks {
		_, err := r.conn.ExecContext(r.ctx, `INSERT INTO key_marks (step, key, mark, run, at, sum) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET mark = excluded.mark, run = excluded.run, at = excluded.at, sum = excluded.sum`,
			r.to, m.digest, string(m.mark), m.run, m.at, markSum(r.to, m.digest, m.mark))
		if err != nil {
			return err
		}
	}
	if _, err := r.conn.ExecContext(r.ctx, `DELETE FROM key_marks WHERE step = ?`, r.from); err != nil {
		return err
	}
	var n int
	if err := r.conn.QueryRowContext(r.ctx, `SELECT count(*) FROM key_marks WHERE step = ?`, r.to).Scan(&n); err != nil {
		return err
	}
	r.reader.keyMarks.set(r.Old, 0)
	r.reader.keyMarks.set(r.New, n)
	return nil
}

// storedMark is a row of the table of marks.
type storedMark struct {
	digest []byte
	mark   KeyMark
	run    string
	at     int64
}

// readMarks reads the marks of a step's keys.
func readMarks(ctx context.Context, q querier, step int64) (all []storedMark, err error) {
	rows, err := q.QueryContext(ctx, `SELECT key, mark, run, at, sum FROM key_marks WHERE step = ?`, step)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	for rows.Next() {
		var m storedMark
		var sum int64
		if err := rows.Scan(&m.digest, &m.mark, &m.run, &m.at, &sum); err != nil {
			return nil, err
		}
		if sum != markSum(step, m.digest, m.mark) {
			return nil, damageError("the mark of a key is not as it was written")
		}
		all = append(all, m)
	}
	return all, rows.Err()
}
