package ledger

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"
)

// row is an entry as the table holds it. The fields up to answered are what a run decides by; sum is a checksum of
// them, with step and key, against a disk that changes them. The others are only shown.
type row struct {
	object     int64
	externalID sql.NullString // not valid: the key
	outcome    int64
	kustomerID string
	hash       []byte // nil: nothing was loaded
	answered   int64
	createdIn  sql.NullInt64 // 0: no run; not valid: as format 2 says it (see entry)
	role       int64
	gone       bool
	sum        int64

	source     int64
	line       int
	attempts   int
	httpStatus int
	message    string
	run        int64
	updatedAt  int64 // milliseconds since 1970

	scratch []byte // of checksum, kept from row to row of a scan
}

const (
	deciding = `object, external_id, outcome, kustomer_id, hash, answered, created_in, role, gone, sum`
	shown    = `source, line, attempts, http_status, error, run, updated_at`
	columns  = deciding + `, ` + shown
)

// decidingOf is deciding for a ledger of a format. Format 2 has no column created_in, role and gone.
func decidingOf(format int) string {
	if format < 3 {
		return `object, external_id, outcome, kustomer_id, hash, answered, NULL, 0, 0, sum`
	}
	return deciding
}

// columnsOf is columns for a ledger of a format.
func columnsOf(format int) string { return decidingOf(format) + `, ` + shown }

// decidingFields are pointers to the deciding columns, for Scan.
func (r *row) decidingFields() []any {
	return []any{&r.object, &r.externalID, &r.outcome, &r.kustomerID, &r.hash, &r.answered, &r.createdIn, &r.role, &r.gone, &r.sum}
}

// fields are pointers to all columns, for Scan.
func (r *row) fields() []any {
	return append(r.decidingFields(), &r.source, &r.line, &r.attempts, &r.httpStatus, &r.message, &r.run, &r.updatedAt)
}

// values are the values of all columns, for Exec.
func (r *row) values() []any {
	return []any{r.object, r.externalID, r.outcome, r.kustomerID, r.hash, r.answered, r.createdIn, r.role, r.gone, r.sum,
		r.source, r.line, r.attempts, r.httpStatus, r.message, r.run, r.updatedAt}
}

// checksum returns what sum must be.
func (r *row) checksum(step int64, key string) int64 {
	b := r.scratch[:0]
	for _, n := range [...]int64{step, r.object, r.outcome, r.answered} {
		b = binary.AppendVarint(b, n)
	}
	external := "k"
	if r.externalID.Valid {
		external = "x" + r.externalID.String
	}
	for _, s := range [...]string{key, external, r.kustomerID} {
		b = appendString(b, s)
	}
	b = append(b, r.hash...)
	if r.createdIn.Valid || r.role != 0 || r.gone { // not in an entry that an earlier format wrote
		b = binary.AppendVarint(b, r.role)
		if r.gone {
			b = append(b, 'g')
		}
		if r.createdIn.Valid {
			b = binary.AppendVarint(append(b, 'c'), r.createdIn.Int64)
		}
	}
	r.scratch = b
	return int64(crc32.Checksum(b, castagnoli))
}

// check returns an error when the row is not as it was written.
func (r *row) check(step int64, key string) error {
	if r.sum != r.checksum(step, key) || (len(r.hash) != 0 && len(r.hash) != len(Hash{})) {
		return damageError(fmt.Sprintf("the entry of key %q is not as it was written", key))
	}
	return nil
}

// entry turns the row into an Entry: its numbers become names.
func (r *row) entry(ctx context.Context, q querier, n *names, step, key string) (Entry, error) {
	e := Entry{
		Step: step, Key: key, ExternalID: key, KustomerID: r.kustomerID, Hash: toHash(r.hash),
		Place: Place{Line: r.line}, Attempts: r.attempts, HTTPStatus: r.httpStatus, Error: r.message,
		UpdatedAt: time.UnixMilli(r.updatedAt).UTC(), Role: Role(r.role), Gone: r.gone,
	}
	if r.externalID.Valid {
		e.ExternalID = r.externalID.String
	}
	var outcome string
	for _, f := range [...]struct {
		to *string
		id int64
	}{{&e.Object, r.object}, {&outcome, r.outcome}, {&e.Place.Source, r.source}, {&e.RunID, r.run}} {
		s, err := n.get(ctx, q, f.id)
		if err != nil {
			return Entry{}, err
		}
		*f.to = s
	}
	e.Outcome = Outcome(outcome)
	var err error
	switch {
	case r.createdIn.Int64 > 0:
		e.CreatedIn, err = n.get(ctx, q, r.createdIn.Int64)
	case !r.createdIn.Valid && e.Outcome == Created:
		e.CreatedIn = e.RunID
	}
	return e, err
}

func toHash(b []byte) (h Hash) {
	copy(h[:], b)
	return h
}
