package ledger

import (
	"context"
	"database/sql"
	_ "embed" // for schema.sql
	"errors"
	"fmt"
)

const (
	formatVersion = 3          // PRAGMA user_version
	applicationID = 0x4b757374 // "Kust", PRAGMA application_id
)

//go:embed schema.sql
var schemaSQL string

// Binding says which pipeline, target and org a ledger belongs to. It is refused under any other binding.
type Binding struct {
	Pipeline string
	Target   string // host, or "sandbox"
	OrgID    string // "" when it is not known yet: see Ledger.Bind

	// Unowned names the steps whose keys own no objects (role OwnsNothing): those that change objects or act on them. It is
	// needed once, when Open brings a ledger of an earlier format up to date, and decides about the entries in it.
	Unowned []string

	// Canonical gives the Target that an older spelling of it in a ledger stands for; nil: names are compared as they are.
	Canonical func(target string) string
}

// createSchema makes an empty file a ledger.
func createSchema(path string) (err error) {
	db, err := sql.Open(driverName, dsn(path, "mode=rw", "synchronous(full)", "fullfsync(1)"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), fmt.Sprintf("BEGIN;\n%s\n%s\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;\nCOMMIT", schemaSQL, schema3SQL, applicationID, formatVersion))
	return errors.Join(err, db.Close())
}

// checkWhole checks every page of a ledger and the order of its keys: 0.4 s a million entries.
func checkWhole(ctx context.Context, q querier) error {
	var verdict string
	if err := q.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return damageError(verdict)
	}
	return nil
}

// useLog turns the write-ahead log on, so that readers and the writer do not wait for each other.
func useLog(ctx context.Context, q querier) error {
	var mode string
	if err := q.QueryRowContext(ctx, `PRAGMA journal_mode = wal`).Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("its disk cannot hold a shared log, SQLite's mode is %q", mode)
	}
	return nil
}

func formatOf(ctx context.Context, q querier) (version int, err error) {
	err = q.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version)
	return version, err
}

// checkFormat refuses a file that is no ledger, and a ledger of a later kustsync.
func checkFormat(ctx context.Context, q querier) error {
	var app int
	if err := q.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&app); err != nil {
		return err
	}
	version, err := formatOf(ctx, q)
	if err != nil {
		return err
	}
	switch {
	case app != applicationID || version < 1:
		return &RefusedError{Reason: "it is no ledger of kustsync", Hint: adoptHint}
	case version > formatVersion:
		return &RefusedError{
			Reason: fmt.Sprintf("a newer kustsync wrote it (format %d, this one knows %d)", version, formatVersion),
			Hint:   "use that version",
		}
	}
	return nil
}

// isOtherSpelling reports whether what the ledger has of a part of the binding is the target under another spelling.
func (b *Binding) isOtherSpelling(part, had string) bool {
	return part == "target" && b.Canonical != nil && had != b.Target && b.Canonical(had) == b.Target
}

// checkBinding refuses a ledger of another pipeline, target or org. It returns what the ledger does
// not know yet of b, or spells in another way, by the name in the table meta.
func checkBinding(ctx context.Context, q querier, b Binding) (map[string]string, error) {
	missing := map[string]string{}
	for _, part := range [...]struct{ name, want string }{{"pipeline", b.Pipeline}, {"target", b.Target}, {"org", b.OrgID}} {
		var have string
		err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = ?`, part.name).Scan(&have)
		respelled := err == nil && b.isOtherSpelling(part.name, have)
		switch {
		case part.want == "":
		case errors.Is(err, sql.ErrNoRows):
			missing[part.name] = part.want
			err = nil
		case respelled:
			missing[part.name] = part.want
		case err == nil && have != part.want:
			return nil, &RefusedError{
				Reason: fmt.Sprintf("it belongs to %s %q, and this run is for %q", part.name, have, part.want),
				Hint:   "use another --state-dir, or the pipeline, host and key that it was made with",
			}
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
	}
	return missing, nil
}
