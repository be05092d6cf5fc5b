package ledger

import (
	"context"
	"database/sql"
	_ "embed" // for schema3.sql
	"errors"
	"fmt"
)

//go:embed schema3.sql
var schema3SQL string

// migrate brings a ledger of an earlier format up to date, in one transaction: killed at any time, it has the old format
// or the new one. unowned are the steps that make no objects (Binding.Unowned). A million entries take seconds, since
// only entries of those steps, and keys that share an object, are written again.
//
// Format 1 had no column fields. Format 2 had nothing of schema3.sql and no columns created_in, role and gone. An entry
// that it wrote was created in its run when its outcome is created; of other outcomes it kept no trace, so no run is known.
func migrate(ctx context.Context, conn *sql.Conn, unowned []string) error {
	version, err := formatOf(ctx, conn)
	if version >= formatVersion || err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	if err = migrateFrom(ctx, conn, version, unowned); err == nil {
		_, err = conn.ExecContext(ctx, `COMMIT`)
	}
	if err != nil {
		_, _ = conn.ExecContext(ctx, `ROLLBACK`) // its own error would tell nothing new
		return fmt.Errorf("bringing the ledger from format %d to %d: %w", version, formatVersion, err)
	}
	return nil
}

func migrateFrom(ctx context.Context, conn *sql.Conn, version int, unowned []string) error {
	if version < 2 {
		if _, err := conn.ExecContext(ctx, `ALTER TABLE entries ADD COLUMN fields BLOB`); err != nil {
			return err
		}
	}
	if _, err := conn.ExecContext(ctx, `DROP VIEW IF EXISTS ledger;
		ALTER TABLE entries ADD COLUMN created_in INTEGER;
		ALTER TABLE entries ADD COLUMN role INTEGER NOT NULL DEFAULT 0;
		ALTER TABLE entries ADD COLUMN gone INTEGER NOT NULL DEFAULT 0`); err != nil {
		return err
	}
	for _, step := range unowned {
		if err := disown(ctx, conn, step); err != nil {
			return err
		}
	}
	if err := markDoubles(ctx, conn); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, schema3SQL); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, formatVersion))
	return err
}

// disownPage is how many entries disown holds in memory.
const disownPage = 1000

// disown gives the entries of a step the role OwnsNothing.
func disown(ctx context.Context, conn *sql.Conn, step string) error {
	var number int64
	err := conn.QueryRowContext(ctx, `SELECT id FROM names WHERE name = ?`, step).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	for after := ""; err == nil; {
		var page []oldEntry
		if page, err = readOld(ctx, conn, `WHERE step = ? AND key > ? ORDER BY key LIMIT ?`, number, after, disownPage); err != nil || len(page) == 0 {
			return err
		}
		err = giveRole(ctx, conn, page, func(*oldEntry) Role { return OwnsNothing })
		after = page[len(page)-1].key
	}
	return err
}

// markDoubles gives the role Doubled to the keys that have an object which an older key has. A key without an external id
// is of a step that changes objects, and that the pipeline file no longer has: it owns nothing.
func markDoubles(ctx context.Context, conn *sql.Conn) error {
	all, err := readOld(ctx, conn, `WHERE role = 0 AND kustomer_id > '' AND (object, kustomer_id) IN (
		SELECT object, kustomer_id FROM entries WHERE role = 0 AND kustomer_id > '' GROUP BY object, kustomer_id HAVING count(*) > 1)
		ORDER BY object, kustomer_id, coalesce(external_id, key) = '', updated_at, step, key`)
	if err != nil {
		return err
	}
	var object int64
	var id string
	return giveRole(ctx, conn, all, func(e *oldEntry) Role {
		first := e.object != object || e.kustomerID != id
		object, id = e.object, e.kustomerID
		switch {
		case first:
			return Owns
		case e.externalID.Valid && e.externalID.String == "":
			return OwnsNothing
		}
		return Doubled
	})
}

// oldEntry is an entry that an earlier format wrote.
type oldEntry struct {
	step int64
	key  string
	row
}

// readOld reads the entries that an SQL condition picks.
func readOld(ctx context.Context, conn *sql.Conn, where string, args ...any) ([]oldEntry, error) {
	rows, err := conn.QueryContext(ctx, `SELECT step, key, `+deciding+` FROM entries `+where, args...)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	var all []oldEntry
	for rows.Next() {
		var e oldEntry
		if err := rows.Scan(append([]any{&e.step, &e.key}, e.decidingFields()...)...); err != nil {
			return nil, err
		}
		if err := e.check(e.step, e.key); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// giveRole writes the roles of entries.
func giveRole(ctx context.Context, conn *sql.Conn, all []oldEntry, role func(*oldEntry) Role) error {
	set, err := conn.PrepareContext(ctx, `UPDATE entries SET role = ?, sum = ? WHERE step = ? AND key = ?`)
	if err != nil {
		return err
	}
	for i := range all {
		e := &all[i]
		if e.role = int64(role(e)); e.role == int64(Owns) {
			continue
		}
		if _, err := set.ExecContext(ctx, e.role, e.checksum(e.step, e.key), e.step, e.key); err != nil {
			return errors.Join(err, set.Close())
		}
	}
	return set.Close()
}
