package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Known is what the engine keeps in memory of an entry.
type Known struct {
	Key     string
	Outcome Outcome
	Loaded  bool // Kustomer is known to have the object
	Hash    Hash // of the payload that Kustomer has; zero when not Loaded
	Fields  bool // Reader.Fields tells which fields it has
}

// Known yields every entry of a step, in the order of keys, about a million a second. A non-nil
// error is the last thing yielded.
func (r *Reader) Known(ctx context.Context, step string) iter.Seq2[Known, error] {
	return func(yield func(Known, error) bool) {
		if err := r.known(ctx, step, func(k Known) bool { return yield(k, nil) }); err != nil {
			yield(Known{}, r.fault(err))
		}
	}
}

func (r *Reader) known(ctx context.Context, step string, yield func(Known) bool) error {
	stepID, ok, err := r.names.find(ctx, r.points, step)
	if !ok || err != nil {
		return err
	}
	rows, err := r.scans.QueryContext(ctx, `SELECT key, `+r.hasFields()+`, `+deciding+` FROM entries WHERE step = ? ORDER BY key`, stepID)
	if err != nil {
		return err
	}
	defer closeRows(rows)
	var key string
	var hasFields bool
	var found row
	fields := append([]any{&key, &hasFields}, found.decidingFields()...)
	for rows.Next() {
		if err := rows.Scan(fields...); err != nil {
			return err
		}
		if err := found.check(stepID, key); err != nil {
			return err
		}
		outcome, err := r.names.get(ctx, r.points, found.outcome)
		if err != nil {
			return err
		}
		if !yield(Known{key, Outcome(outcome), found.kustomerID != "", toHash(found.hash), hasFields}) {
			return nil
		}
	}
	return rows.Err()
}

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
// as InDoubt, whatever its entry says otherwise. A non-nil error is the last thing yielded.
func (r *Reader) Entries(ctx context.Context, f Filter) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		err := r.entries(ctx, f, func(e Entry) bool { return !f.matches(e) || yield(e, nil) })
		if err != nil {
			yield(Entry{}, r.fault(err))
		}
	}
}

func (r *Reader) entries(ctx context.Context, f Filter, yield func(Entry) bool) error {
	tx, err := r.scans.BeginTx(ctx, nil) // doubts and entries of one moment
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	doubts, err := readDoubts(ctx, tx, r.names)
	if err != nil {
		return err
	}
	pending := doubts.list()
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

// readSteps returns the names of all steps with entries or doubts, sorted.
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

// stepEntries passes the stored entries of a step on, by key, until yield says no.
func (r *Reader) stepEntries(ctx context.Context, q querier, step, key string, yield func(Entry) bool) error {
	stepID, ok, err := r.names.find(ctx, r.points, step)
	if !ok || err != nil {
		return err
	}
	query, args := `SELECT key, `+columns+` FROM entries WHERE step = ? ORDER BY key`, []any{stepID}
	if key != "" {
		query, args = `SELECT key, `+columns+` FROM entries WHERE step = ? AND key = ?`, append(args, key)
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

// merger lays the doubts of a step over its entries, both by key.
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

func (m *merger) flush() {
	for len(m.pending) > 0 && !m.stopped {
		m.doubt(Entry{})
	}
}

// doubt yields the next intent as an entry; old is the entry of its key, if there is one.
func (m *merger) doubt(old Entry) {
	m.stopped = !m.yield(inDoubt(m.pending[0], old))
	m.pending = m.pending[1:]
}

// inDoubt shows an intent as an entry, with what old knows of an earlier load.
func inDoubt(in Intent, old Entry) Entry {
	return Entry{
		Step: in.Step, Key: in.Key, Object: in.Object, ExternalID: in.ExternalID, Outcome: InDoubt,
		KustomerID: old.KustomerID, Hash: old.Hash, Place: in.Place, Attempts: in.Attempt, RunID: in.RunID, UpdatedAt: in.At,
	}
}

// Counts returns the number of entries by step and outcome, as Entries shows them.
func (r *Reader) Counts(ctx context.Context) (map[string]map[Outcome]int, error) {
	counts, err := r.counts(ctx)
	if err != nil {
		return nil, r.fault(err)
	}
	return counts, nil
}

func (r *Reader) counts(ctx context.Context) (map[string]map[Outcome]int, error) {
	tx, err := r.scans.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	counts, err := countStored(ctx, tx)
	if err != nil {
		return nil, err
	}
	doubts, err := readDoubts(ctx, tx, r.names)
	if err != nil {
		return nil, err
	}
	for _, in := range doubts.list() {
		outcome, err := storedOutcome(ctx, tx, in)
		if err != nil {
			return nil, err
		}
		if outcome != "" {
			if counts[in.Step][outcome]--; counts[in.Step][outcome] == 0 {
				delete(counts[in.Step], outcome)
			}
		}
		addCount(counts, in.Step, InDoubt, 1)
	}
	return counts, nil
}

func countStored(ctx context.Context, q querier) (map[string]map[Outcome]int, error) {
	rows, err := q.QueryContext(ctx, `SELECT s.name, o.name, n FROM (SELECT step, outcome, count(*) AS n FROM entries GROUP BY step, outcome) e
		JOIN names s ON s.id = e.step JOIN names o ON o.id = e.outcome`)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	counts := map[string]map[Outcome]int{}
	for rows.Next() {
		var step, outcome string
		var n int
		if err := rows.Scan(&step, &outcome, &n); err != nil {
			return nil, err
		}
		addCount(counts, step, Outcome(outcome), n)
	}
	return counts, rows.Err()
}

func addCount(counts map[string]map[Outcome]int, step string, o Outcome, n int) {
	if counts[step] == nil {
		counts[step] = map[Outcome]int{}
	}
	counts[step][o] += n
}

// storedOutcome returns the outcome of the entry of an intent's key, "" when there is none.
func storedOutcome(ctx context.Context, q querier, in Intent) (Outcome, error) {
	var s string
	err := q.QueryRowContext(ctx, `SELECT o.name FROM entries e JOIN names o ON o.id = e.outcome
		WHERE e.step = (SELECT id FROM names WHERE name = ?) AND e.key = ?`, in.Step, in.Key).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("count doubts: %w", err)
	}
	return Outcome(s), nil
}
