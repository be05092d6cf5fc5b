package ledger

import "database/sql"

// addition is an entry on its way into the table.
type addition struct {
	job      *job
	step     int64
	answered int64
}

// settleAll writes the entries of outcomes.
func (t *txn) settleAll(jobs []job) error {
	for i := range jobs {
		if j := &jobs[i]; j.entry != nil {
			if err := t.settle(j); err != nil {
				return err
			}
		}
	}
	return t.addEntries()
}

// settle checks an outcome, and puts its entry among those that are on their way.
func (t *txn) settle(j *job) (failure error) {
	e, last := j.entry, begun{}
	if b := t.state.doubts.top(e.id()); b != nil {
		last = *b
	}
	if *e, j.err = merge(Entry{}, false, *e); j.err != nil {
		return nil
	}
	if j.err, failure = t.claim(e, last.Intent); j.err != nil || failure != nil {
		return failure
	}
	step, err := t.name(e.Step)
	if err != nil {
		return err
	}
	r := &t.w.row
	if err := t.fill(r, step, e, last.group); err != nil {
		return err
	}
	t.w.stmts.insert.put(r, e.Fields, step, e.Key)
	if t.added = append(t.added, addition{j, step, last.group}); len(t.added) < insertMany {
		return nil
	}
	return t.addEntries()
}

// claim makes sure that a loaded entry shares its external id with no other. An entry whose begun
// intent has the same external id holds the claim already.
func (t *txn) claim(e *Entry, last Intent) (refusal, failure error) {
	if !e.Loaded() || e.ExternalID == "" {
		return nil, nil
	}
	cl, k := claim{e.Object, e.ExternalID}, e.id()
	if cl != (claim{last.Object, last.ExternalID}) {
		if refusal, failure = t.state.claim(t.ctx, t.w.stmts.owner, cl, k); refusal != nil || failure != nil {
			return refusal, failure
		}
		t.freed = append(t.freed, cl)
	}
	return nil, t.addKind(e)
}

func (t *txn) addKind(e *Entry) error {
	explicit := e.ExternalID != e.Key
	if !t.state.claims.addKind(e.Object, e.Step, explicit) {
		return nil
	}
	object, err := t.name(e.Object)
	if err != nil {
		return err
	}
	step, err := t.name(e.Step)
	if err != nil {
		return err
	}
	_, err = t.w.stmts.addKind.ExecContext(t.ctx, object, step, explicit, kindSum(object, step, explicit))
	return err
}

// addEntries writes the entries that are on their way: many with one statement where their keys are all new,
// as most are.
func (t *txn) addEntries() (err error) {
	insert, all := t.w.stmts.insert, false
	if len(t.added) == insertMany {
		if all, err = insert.addAll(t.ctx); err != nil {
			return err
		}
	}
	for n, a := range t.added {
		added := all
		if !all {
			if added, err = insert.add(t.ctx, n); err != nil {
				return err
			}
		}
		if !added {
			if a.job.err, err = t.replace(a); err != nil {
				return err
			}
		}
		if a.job.err == nil {
			t.answer(a.job.entry)
		}
	}
	t.added = t.added[:0]
	insert.clear()
	return nil
}

// replace lays an entry over the one that is there.
func (t *txn) replace(a addition) (refusal, failure error) {
	var before row
	e := a.job.entry
	if err := t.w.stmts.find.QueryRowContext(t.ctx, a.step, e.Key).Scan(before.fields()...); err != nil {
		return nil, err
	}
	if err := before.check(a.step, e.Key); err != nil {
		return nil, err
	}
	old, err := before.entry(t.ctx, t.w.conn, t.state.names, e.Step, e.Key)
	if err != nil {
		return nil, err
	}
	merged, err := merge(old, true, *e)
	if err != nil {
		return err, nil
	}
	r := &t.w.row
	if err := t.fill(r, a.step, &merged, max(a.answered, before.answered)); err != nil {
		return nil, err
	}
	_, err = t.w.stmts.update.ExecContext(t.ctx, append(r.values(), e.Outcome == Rejected, blob(e.Fields), a.step, e.Key)...)
	return nil, err
}

// answer closes what an outcome answers, and remembers it where look-ups can be tried on it.
func (t *txn) answer(e *Entry) {
	for b := t.state.doubts.answer(e.id()); b != nil; b = b.earlier {
		t.drop(b, false)
	}
	if e.Outcome == Created && e.ExternalID != "" {
		t.state.noteCreated(e.Step, e.Key)
	}
}

// fill turns an entry into what the table holds, for as long as the entry lasts.
func (t *txn) fill(r *row, step int64, e *Entry, answered int64) error {
	*r = row{
		externalID: sql.NullString{String: e.ExternalID, Valid: e.ExternalID != e.Key},
		kustomerID: e.KustomerID, answered: answered, line: e.Place.Line, attempts: e.Attempts,
		httpStatus: e.HTTPStatus, message: e.Error, updatedAt: e.UpdatedAt.UnixMilli(),
		scratch: r.scratch,
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
	r.sum = r.checksum(step, e.Key)
	return nil
}

func (t *txn) name(s string) (int64, error) { return t.state.names.add(t.ctx, t.w.stmts.addName, s) }
