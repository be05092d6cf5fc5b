package ledger

import (
	"context"
	"database/sql"
	"errors"
	"iter"
)

// Fields returns the Entry.Fields of a key; "" where there are none.
func (r *Reader) Fields(ctx context.Context, step, key string) (string, error) {
	stepID, ok, err := r.names.find(ctx, r.points, step)
	if !ok || err != nil || r.format < 2 {
		return "", r.faultOf(err)
	}
	var fields []byte
	err = r.points.QueryRowContext(context.WithoutCancel(ctx), `SELECT fields FROM entries WHERE step = ? AND key = ?`, stepID, key).Scan(&fields)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return string(fields), r.faultOf(err)
}

func (r *Reader) faultOf(err error) error {
	if err == nil {
		return nil
	}
	return r.fault(err)
}

// blob is a text as the table holds it: NULL where it is empty.
func blob(text string) any {
	if text == "" {
		return nil
	}
	return []byte(text)
}

// hasFields is an expression that tells whether an entry has fields.
func (r *Reader) hasFields() string {
	if r.format < 2 {
		return `0`
	}
	return `fields IS NOT NULL`
}

// Object is a loaded entry as a pass over a step sees it.
type Object struct {
	Key        string
	KustomerID string
	Fields     string // "" where they are not known
}

// objectPage is how many entries are read at once: no read lasts as long as the pass, since the log grows
// meanwhile.
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

// objects reads the next entries behind a key.
func (r *Reader) objects(ctx context.Context, step, after string) ([]Object, error) {
	stepID, ok, err := r.names.find(ctx, r.points, step)
	if !ok || err != nil {
		return nil, err
	}
	fields := `fields`
	if r.format < 2 {
		fields = `NULL`
	}
	rows, err := r.scans.QueryContext(ctx, `SELECT key, `+fields+`, `+deciding+` FROM entries WHERE step = ? AND key > ? ORDER BY key LIMIT ?`, stepID, after, objectPage)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	var page []Object
	for rows.Next() {
		var o Object
		var found row
		var marks []byte
		if err := rows.Scan(append([]any{&o.Key, &marks}, found.decidingFields()...)...); err != nil {
			return nil, err
		}
		if err := found.check(stepID, o.Key); err != nil {
			return nil, err
		}
		o.KustomerID, o.Fields = found.kustomerID, string(marks)
		page = append(page, o)
	}
	return page, rows.Err()
}
