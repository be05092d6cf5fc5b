package ledger

import (
	"context"
	"database/sql"
	"errors"
	"iter"
)

// Known is what the engine keeps in memory of an entry.
type Known struct {
	Key     string
	Outcome Outcome
	Loaded  bool // Kustomer is known to have the object
	Hash    Hash // of the payload that Kustomer has; zero when not Loaded
	Fields  bool // Reader.Fields tells which fields it has
	Gone    bool // Entry.Gone
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
	rows, err := r.scans.QueryContext(ctx, `SELECT key, `+r.hasFields()+`, `+decidingOf(r.format)+` FROM entries WHERE step = ? ORDER BY key`, stepID)
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
		if !yield(Known{key, Outcome(outcome), found.kustomerID != "", toHash(found.hash), hasFields, found.gone}) {
			return nil
		}
	}
	return rows.Err()
}

// Fields returns the Entry.Fields of a key; "" when there are none.
func (r *Reader) Fields(ctx context.Context, step, key string) (string, error) {
	stepID, ok, err := r.names.find(ctx, r.points, step)
	if !ok || err != nil || r.format < 2 {
		return "", r.fault(err)
	}
	var fields []byte
	err = r.points.QueryRowContext(context.WithoutCancel(ctx), `SELECT fields FROM entries WHERE step = ? AND key = ?`, stepID, key).Scan(&fields)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return string(fields), r.fault(err)
}

// hasFields is an SQL expression for whether an entry has fields. A ledger of format 1 has no such column.
func (r *Reader) hasFields() string {
	if r.format < 2 {
		return `0`
	}
	return `fields IS NOT NULL`
}

// Object is a loaded entry as Objects yields it.
type Object struct {
	Key        string
	KustomerID string
	Fields     string // Entry.Fields; "" when they are not known
}

// objectPage is how many entries Objects reads at once. A read that lasted as long as the whole pass would keep SQLite
// from shortening its log.
const objectPage = 500

// Objects yields the loaded entries of a step by key, while others may write to it. A non-nil error is the
// last thing yielded.
func (r *Reader) Objects(ctx context.Context, step string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for after := ""; ; {
			page, err := r.objects(ctx, step, after)
			if err != nil {
				yield(Object{}, r.fault(err))
				return
			}
			for _, o := range page {
				if o.KustomerID != "" && !yield(o, nil) {
					return
				}
			}
			if len(page) < objectPage {
				return
			}
			after = page[len(page)-1].Key
		}
	}
}

// objects reads the next objectPage entries after a key.
func (r *Reader) objects(ctx context.Context, step, after string) ([]Object, error) {
	stepID, ok, err := r.names.find(ctx, r.points, step)
	if !ok || err != nil {
		return nil, err
	}
	column := `fields`
	if r.format < 2 {
		column = `NULL`
	}
	rows, err := r.scans.QueryContext(ctx, `SELECT key, `+column+`, `+decidingOf(r.format)+` FROM entries WHERE step = ? AND key > ? ORDER BY key LIMIT ?`, stepID, after, objectPage)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	var page []Object
	for rows.Next() {
		var o Object
		var found row
		var fields []byte
		if err := rows.Scan(append([]any{&o.Key, &fields}, found.decidingFields()...)...); err != nil {
			return nil, err
		}
		if err := found.check(stepID, o.Key); err != nil {
			return nil, err
		}
		o.KustomerID, o.Fields = found.kustomerID, string(fields)
		page = append(page, o)
	}
	return page, rows.Err()
}
