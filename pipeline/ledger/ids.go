package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// OwnedError says that an id of Kustomer belongs to another key of the same kind of object.
type OwnedError struct {
	Object, KustomerID string
	Step, Key          string // that it belongs to
}

func (e *OwnedError) Error() string {
	return fmt.Sprintf("the %s %s belongs to key %q of step %q; correct the row, or give it the same key", e.Object, e.KustomerID, e.Key, e.Step)
}

const ownerOfIDSQL = `SELECT s.name, e.key FROM entries e INDEXED BY entries_id JOIN names s ON s.id = e.step
	WHERE e.object = ?1 AND e.kustomer_id = ?2 AND e.role = 0 AND e.kustomer_id > ''`

// OwnerOfID returns the step and key that own an id of Kustomer, among objects of one kind: those of the entry with that
// id and the role Owns. It takes microseconds. Ids of requests whose answer nobody has are not in the ledger yet
// (package claims holds those of this run). In a ledger of an earlier format, which only a Reader can have, nothing is
// found.
func (r *Reader) OwnerOfID(ctx context.Context, object, id string) (step, key string, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return "", "", false, err
	}
	if r.ownerID == nil || id == "" {
		return "", "", false, nil
	}
	ctx = context.WithoutCancel(ctx)
	if _, _, err := r.names.find(ctx, r.points, object); err != nil {
		return "", "", false, r.fault(err)
	}
	owner, found, err := r.idOwner(ctx, r.ownerID, object, id)
	return owner.step, owner.key, found, r.fault(err)
}

// idOwner asks the entries which key owns an id. stmt is ownerOfIDSQL, prepared on the connection to ask.
func (r *Reader) idOwner(ctx context.Context, stmt *sql.Stmt, object, id string) (owner rowID, found bool, err error) {
	number, ok := r.names.known(object)
	if !ok {
		return rowID{}, false, nil
	}
	err = stmt.QueryRowContext(ctx, number, id).Scan(&owner.step, &owner.key)
	if errors.Is(err, sql.ErrNoRows) {
		return rowID{}, false, nil
	}
	return owner, err == nil, err
}

// refuseOwned says whose object an entry wanted, after the database refused it.
func (t *txn) refuseOwned(e *Entry) (refusal, failure error) {
	owner, found, err := t.reader.idOwner(t.ctx, t.stmts.ownerID, e.Object, e.KustomerID)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, damageError(fmt.Sprintf("the entry of key %q is refused, and nothing is in its way", e.Key))
	}
	return &OwnedError{e.Object, e.KustomerID, owner.step, owner.key}, nil
}

// Double is a key of an old ledger that has the id of an object that an older key owns.
type Double struct {
	Object, KustomerID string
	Step, Key          string // with the role Doubled
	OwnerStep          string // "" when the owner was dropped since
	OwnerKey           string
}

// Doubles returns the keys with the role Doubled, by step and key. A ledger of format 2 can have them; they are found
// when it is opened for writing the first time, and stay until Drop or Resolve takes them away.
func (r *Reader) Doubles(ctx context.Context) ([]Double, error) {
	if r.format < 3 {
		return nil, nil
	}
	rows, err := r.scans.QueryContext(ctx, `SELECT s.name, d.key, o.name, d.kustomer_id, coalesce(os.name, ''), coalesce(e.key, '')
		FROM entries d INDEXED BY entries_doubled JOIN names s ON s.id = d.step JOIN names o ON o.id = d.object
		LEFT JOIN entries e ON e.object = d.object AND e.kustomer_id = d.kustomer_id AND e.role = 0 AND e.kustomer_id > ''
		LEFT JOIN names os ON os.id = e.step WHERE d.role = 4 ORDER BY 1, 2`)
	if err != nil {
		return nil, r.fault(err)
	}
	defer closeRows(rows)
	var all []Double
	for rows.Next() {
		var d Double
		if err := rows.Scan(&d.Step, &d.Key, &d.Object, &d.KustomerID, &d.OwnerStep, &d.OwnerKey); err != nil {
			return nil, r.fault(err)
		}
		all = append(all, d)
	}
	return all, r.fault(rows.Err())
}

// MarkGone notes that Kustomer answered that it no longer has the object of a key (Entry.Gone), so that the key's next
// row counts as changed and its if_deleted decides. *EntryError when the key has no loaded object.
func (l *Ledger) MarkGone(ctx context.Context, step, key string) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		number, r, found, err := t.stored(step, key)
		if err != nil {
			return nil, err
		}
		if !found || r.kustomerID == "" {
			return &EntryError{step, key, "it has no object that could be gone"}, nil
		}
		r.gone = true
		return nil, t.store(r, number, number, key, key)
	})
}

// stored reads the row of a key.
func (t *txn) stored(step, key string) (number int64, r *row, found bool, err error) {
	number, ok, err := t.reader.names.find(t.ctx, t.conn, step)
	if !ok || err != nil {
		return 0, nil, false, err
	}
	r = &row{}
	err = t.stmts.find.QueryRowContext(t.ctx, number, key).Scan(r.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return number, nil, false, nil
	}
	if err == nil {
		err = r.check(number, key)
	}
	return number, r, err == nil, err
}

// store writes a row that was read under a step and key again, under the same or another step and key.
func (t *txn) store(r *row, fromStep, toStep int64, fromKey, toKey string) error {
	r.sum = r.checksum(toStep, toKey)
	_, err := t.stmts.move.ExecContext(t.ctx, toStep, toKey, r.externalID, r.role, r.gone, r.sum, fromStep, fromKey)
	return err
}
