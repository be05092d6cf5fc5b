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
}

// run is the whole transaction. It says in the jobs which of them were refused.
func (t *txn) run(jobs []job) error {
	if _, err := t.w.stmts.begin.ExecContext(t.ctx); err != nil {
		return err
	}
	for i := range jobs {
		j := &jobs[i]
		if j.err = j.ctx.Err(); j.err != nil {
			continue
		}
		var failure error
		if j.err, failure = j.do(t); failure != nil {
			return failure
		}
	}
	if err := t.writeGroups(); err != nil {
		return err
	}
	_, err := t.w.stmts.commit.ExecContext(t.ctx)
	return err
}

func (t *txn) release() {
	for _, c := range t.freed {
		t.state.claims.release(c)
	}
}

// begin adds an intent to the group of this transaction.
func (t *txn) begin(in Intent) {
	if len(t.group) == 0 {
		t.number = t.newGroup()
	}
	t.group = append(t.group, in)
	t.state.doubts.add(in, t.number)
}

// newGroup numbers a record of intents. The one that was last may be empty by now, and then goes.
func (t *txn) newGroup() int64 {
	t.markStale(t.state.doubts.last, false)
	t.state.doubts.last++
	return t.state.doubts.last
}

// withdraw takes the last intent of a key back.
func (t *txn) withdraw(k id) {
	if b, ok := t.state.doubts.withdraw(k); ok {
		t.drop(b, true)
	}
}

// drop notes that an intent is no longer open. Its record goes with the last of its group; it is
// rewritten only where nothing else, no entry, says that the intent is void.
func (t *txn) drop(b begun, rewrite bool) {
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

// settle writes the entry of an outcome.
func (t *txn) settle(e Entry) (refusal, failure error) {
	k := id{e.Step, e.Key}
	last, _ := t.state.doubts.latest(k)
	merged, err := merge(Entry{}, false, e)
	if err != nil {
		return err, nil
	}
	if refusal, failure = t.claim(merged, last.Intent); refusal != nil || failure != nil {
		return refusal, failure
	}
	if refusal, failure = t.put(merged, last.group); refusal != nil || failure != nil {
		return refusal, failure
	}
	for _, b := range t.state.doubts.answer(k) {
		t.drop(b, false)
	}
	t.note(merged)
	return nil, nil
}

// claim makes sure that a loaded entry shares its external id with no other. An entry whose begun
// intent has the same external id holds the claim already.
func (t *txn) claim(e Entry, last Intent) (refusal, failure error) {
	if !e.Loaded() || e.ExternalID == "" {
		return nil, nil
	}
	cl, k := claim{e.Object, e.ExternalID}, id{e.Step, e.Key}
	if cl != (claim{last.Object, last.ExternalID}) {
		if refusal, failure = t.state.claim(t.ctx, t.w.stmts.owner, cl, k); refusal != nil || failure != nil {
			return refusal, failure
		}
		t.freed = append(t.freed, cl)
	}
	return nil, t.addKind(e)
}

func (t *txn) addKind(e Entry) error {
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

// put inserts the entry, or lays it over the one that is there. Most keys are new: those cost one
// statement.
func (t *txn) put(e Entry, answered int64) (refusal, failure error) {
	step, err := t.name(e.Step)
	if err != nil {
		return nil, err
	}
	r := &t.w.row
	if err := t.fill(r, step, e, answered); err != nil {
		return nil, err
	}
	if added, err := t.w.stmts.insert.add(t.ctx, r, e.Fields, step, e.Key); added || err != nil {
		return nil, err
	}
	return t.replace(step, e, answered)
}

func (t *txn) replace(step int64, e Entry, answered int64) (refusal, failure error) {
	var before row
	if err := t.w.stmts.find.QueryRowContext(t.ctx, step, e.Key).Scan(before.fields()...); err != nil {
		return nil, err
	}
	if err := before.check(step, e.Key); err != nil {
		return nil, err
	}
	old, err := before.entry(t.ctx, t.w.conn, t.state.names, e.Step, e.Key)
	if err != nil {
		return nil, err
	}
	merged, err := merge(old, true, e)
	if err != nil {
		return err, nil
	}
	r := &t.w.row
	if err := t.fill(r, step, merged, max(answered, before.answered)); err != nil {
		return nil, err
	}
	_, err = t.w.stmts.update.ExecContext(t.ctx, append(r.values(), e.Outcome == Rejected, blob(e.Fields), step, e.Key)...)
	return nil, err
}

// fill turns an entry into what the table holds.
func (t *txn) fill(r *row, step int64, e Entry, answered int64) error {
	*r = row{
		externalID: sql.NullString{String: e.ExternalID, Valid: e.ExternalID != e.Key},
		kustomerID: e.KustomerID, answered: answered, line: e.Place.Line, attempts: e.Attempts,
		httpStatus: e.HTTPStatus, message: e.Error, updatedAt: e.UpdatedAt.UnixMilli(),
		hash: r.hash[:0], scratch: r.scratch,
	}
	if e.Hash == (Hash{}) {
		r.hash = nil
	} else {
		r.hash = append(r.hash, e.Hash[:]...)
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

// note remembers an entry that look-ups can be tried on.
func (t *txn) note(e Entry) {
	if e.Outcome == Created && e.ExternalID != "" {
		t.state.noteCreated(e.Step, e.Key)
	}
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
