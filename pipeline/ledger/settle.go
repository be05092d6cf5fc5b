package ledger

import (
	"database/sql"
	"errors"
)

// addition is an entry that is checked and waits to be added to the table.
type addition struct {
	change   *change
	step     int64
	answered int64
}

// settleAll writes the entries of all outcomes among the changes.
func (t *txn) settleAll(changes []change) error {
	for i := range changes {
		if c := &changes[i]; c.entry != nil {
			if err := t.settle(c); err != nil {
				return err
			}
		}
	}
	return t.addEntries()
}

// settle checks an outcome and appends its entry to pending.
func (t *txn) settle(c *change) (failure error) {
	e, last := c.entry, openIntent{}
	if in := t.reader.open.latest(e.id()); in != nil {
		last = *in
	}
	if *e, c.err = merge(Entry{}, false, *e); c.err != nil {
		return nil
	}
	if c.err, failure = t.claim(e, last.Intent); c.err != nil || failure != nil {
		return failure
	}
	step, err := t.name(e.Step)
	if err != nil {
		return err
	}
	r := &t.row
	if err := t.fill(r, step, e, last.group); err != nil {
		return err
	}
	t.stmts.insert.put(r, e.Fields, step, e.Key)
	if t.pending = append(t.pending, addition{c, step, last.group}); len(t.pending) < insertMany {
		return nil
	}
	return t.addEntries()
}

// claim makes sure that a loaded entry shares its external id with no other. An entry whose open intent has the same
// external id holds the claim already.
func (t *txn) claim(e *Entry, last Intent) (refusal, failure error) {
	if !e.Loaded() || e.ExternalID == "" || !e.Role.claims() {
		return nil, nil
	}
	cl := claim{e.Object, e.ExternalID}
	if cl != (claim{last.Object, last.ExternalID}) {
		if refusal, failure = t.reader.claim(t.ctx, t.stmts.owner, cl, e.id()); refusal != nil || failure != nil {
			return refusal, failure
		}
		t.freed = append(t.freed, cl)
	}
	return nil, t.addKind(e.Object, e.Step, e.ExternalID != e.Key)
}

// addKind notes that a step holds objects of a kind. explicit: one has an external id that is not its key.
func (t *txn) addKind(objectName, stepName string, explicit bool) error {
	if !t.reader.claims.addKind(objectName, stepName, explicit) {
		return nil
	}
	object, err := t.name(objectName)
	if err != nil {
		return err
	}
	step, err := t.name(stepName)
	if err != nil {
		return err
	}
	_, err = t.stmts.addKind.ExecContext(t.ctx, object, step, explicit, kindSum(object, step, explicit))
	return err
}

// addEntries writes the pending entries: insertMany with one statement when all their keys are new, as most are.
func (t *txn) addEntries() (err error) {
	insert, all := t.stmts.insert, false
	if len(t.pending) == insertMany {
		if all, err = insert.addAll(t.ctx); err != nil {
			return err
		}
	}
	for n, a := range t.pending {
		added := all
		if !all {
			if added, err = insert.add(t.ctx, n); err != nil {
				return err
			}
		}
		if !added {
			if a.change.err, err = t.replace(a); err != nil {
				return err
			}
		}
		if a.change.err == nil {
			if err := t.answer(a.change.entry); err != nil {
				return err
			}
		}
	}
	t.pending = t.pending[:0]
	insert.clear()
	return nil
}

// replace merges an entry into the one that its key already has.
func (t *txn) replace(a addition) (refusal, failure error) {
	var before row
	e := a.change.entry
	err := t.stmts.find.QueryRowContext(t.ctx, a.step, e.Key).Scan(before.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return t.refuseOwned(e)
	}
	if err != nil {
		return nil, err
	}
	if err := before.check(a.step, e.Key); err != nil {
		return nil, err
	}
	old, err := before.entry(t.ctx, t.conn, t.reader.names, e.Step, e.Key)
	if err != nil {
		return nil, err
	}
	merged, err := merge(old, true, *e)
	if err != nil {
		return err, nil
	}
	r := &t.row
	if err := t.fill(r, a.step, &merged, max(a.answered, before.answered)); err != nil {
		return nil, err
	}
	_, err = t.stmts.update.ExecContext(t.ctx, append(r.values(), e.Outcome == Rejected, blob(e.Fields), a.step, e.Key)...)
	if isConstraint(err) {
		return t.refuseOwned(&merged)
	}
	return nil, err
}

// answer closes the intents that an outcome answers. An object that was created with an external id is remembered for
// Sample. A key that is loaded again has no mark any more.
func (t *txn) answer(e *Entry) error {
	for in := t.reader.open.answer(e.id()); in != nil; in = in.earlier {
		t.close(in, false)
	}
	if e.Outcome == Created && e.ExternalID != "" {
		t.reader.noteCreated(e.Step, e.Key)
	}
	if e.Loaded() && t.reader.keyMarks.any(e.Step) {
		return t.unmarkKey(e.Step, e.Key)
	}
	return nil
}

// fill sets r to what the table holds of an entry. r refers to the entry's hash.
func (t *txn) fill(r *row, step int64, e *Entry, answered int64) error {
	*r = row{
		externalID: sql.NullString{String: e.ExternalID, Valid: e.ExternalID != e.Key},
		kustomerID: e.KustomerID, answered: answered, line: e.Place.Line, attempts: e.Attempts,
		httpStatus: e.HTTPStatus, message: e.Error, updatedAt: e.UpdatedAt.UnixMilli(),
		scratch: r.scratch, createdIn: sql.NullInt64{Valid: true}, role: int64(e.Role), gone: e.Gone,
	}
	if e.Hash != (Hash{}) {
		r.hash = e.Hash[:]
	}
	for _, n := range [...]struct {
		to   *int64
		name string
	}{{&r.object, e.Object}, {&r.outcome, string(e.Outcome)}, {&r.source, e.Place.Source}, {&r.run, e.RunID}} {
		number, err := t.name(n.name)
		if err != nil {
			return err
		}
		*n.to = number
	}
	if e.CreatedIn != "" {
		number, err := t.name(e.CreatedIn)
		if err != nil {
			return err
		}
		r.createdIn.Int64 = number
	}
	r.sum = r.checksum(step, e.Key)
	return nil
}
