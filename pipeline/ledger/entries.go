package ledger

import (
	"context"
	"iter"
	"maps"
	"slices"
)

// Filter picks entries; the zero value picks all.
type Filter struct {
	Step    string
	Key     string
	Outcome Outcome
}

func (f Filter) matches(e Entry) bool {
	return (f.Step == "" || f.Step == e.Step) && (f.Key == "" || f.Key == e.Key) && (f.Outcome == "" || f.Outcome == e.Outcome)
}

// Entries yields entries by step and key. A key with an intent that no outcome answers is yielded
// as InDoubt, whatever its entry says. A non-nil error is the last thing yielded.
func (r *Reader) Entries(ctx context.Context, f Filter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		err := r.entries(ctx, f, func(e Entry) bool { return !f.matches(e) || yield(e, nil) })
		if err != nil {
			yield(Entry{}, r.fault(err))
		}
	}
}

func (r *Reader) entries(ctx context.Context, f Filter, yield func(Entry) bool) error {
	tx, err := r.scans.BeginTx(ctx, nil) // one snapshot of intents and entries
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	open, err := readOpenIntents(ctx, tx, r.names, r.format)
	if err != nil {
		return err
	}
	pending := open.listLatest()
	steps, err := readSteps(ctx, tx, pending)
	if err != nil {
		return err
	}
	for _, step := range steps {
		if f.Step != "" && f.Step != step {
			continue
		}
		m := merger{pending: ofStep(pending, step), yield: yield}
		if err := r.stepEntries(ctx, tx, step, f.Key, m.add); err != nil {
			return err
		}
		if m.flush(); m.stopped {
			return nil
		}
	}
	return nil
}

// readSteps returns the names of all steps that have entries or open intents, sorted.
func readSteps(ctx context.Context, q querier, pending []Intent) ([]string, error) {
	list, err := readStrings(ctx, q, `WITH RECURSIVE s(id) AS (
		SELECT min(step) FROM entries UNION ALL SELECT (SELECT min(step) FROM entries WHERE step > s.id) FROM s WHERE s.id IS NOT NULL)
		SELECT name FROM s JOIN names USING (id)`)
	if err != nil {
		return nil, err
	}
	steps := map[string]bool{}
	for _, s := range list {
		steps[s] = true
	}
	for _, in := range pending {
		steps[in.Step] = true
	}
	return slices.Sorted(maps.Keys(steps)), nil
}

func ofStep(all []Intent, step string) []Intent {
	return slices.DeleteFunc(slices.Clone(all), func(in Intent) bool { return in.Step != step })
}

// stepEntries yields the stored entries of a step by key, until yield returns false.
func (r *Reader) stepEntries(ctx context.Context, q querier, step, key string, yield func(Entry) bool) error {
	stepID, ok, err := r.names.find(ctx, r.points, step)
	if !ok || err != nil {
		return err
	}
	query, args := `SELECT key, `+columnsOf(r.format)+` FROM entries WHERE step = ? ORDER BY key`, []any{stepID}
	if key != "" {
		query, args = `SELECT key, `+columnsOf(r.format)+` FROM entries WHERE step = ? AND key = ?`, append(args, key)
	}
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer closeRows(rows)
	var found row
	fields := append([]any{&key}, found.fields()...)
	for rows.Next() {
		if err := rows.Scan(fields...); err != nil {
			return err
		}
		if err := found.check(stepID, key); err != nil {
			return err
		}
		e, err := found.entry(ctx, r.points, r.names, step, key)
		if err != nil || !yield(e) {
			return err
		}
	}
	return rows.Err()
}

// merger merges the open intents of a step into its entries; both are sorted by key.
type merger struct {
	pending []Intent
	yield   func(Entry) bool
	stopped bool
}

func (m *merger) add(e Entry) bool {
	for len(m.pending) > 0 && m.pending[0].Key < e.Key && !m.stopped {
		m.doubt(Entry{})
	}
	switch {
	case m.stopped:
	case len(m.pending) > 0 && m.pending[0].Key == e.Key:
		m.doubt(e)
	default:
		m.stopped = !m.yield(e)
	}
	return !m.stopped
}

// flush yields the intents behind the last entry.
func (m *merger) flush() {
	for len(m.pending) > 0 && !m.stopped {
		m.doubt(Entry{})
	}
}

// doubt yields the next intent as an entry in doubt; old is the entry of its key, if there is one.
func (m *merger) doubt(old Entry) {
	m.stopped = !m.yield(inDoubt(m.pending[0], old))
	m.pending = m.pending[1:]
}

// inDoubt returns an intent as an entry in doubt, with what the ledger knows of the object that was loaded before.
func inDoubt(in Intent, old Entry) Entry {
	return Entry{
		Step: in.Step, Key: in.Key, Object: in.Object, ExternalID: in.ExternalID, Outcome: InDoubt,
		KustomerID: old.KustomerID, Hash: old.Hash, Place: in.Place, Attempts: in.Attempt, RunID: in.RunID, UpdatedAt: in.At,
		CreatedIn: old.CreatedIn, Role: old.Role, Gone: old.Gone,
	}
}
