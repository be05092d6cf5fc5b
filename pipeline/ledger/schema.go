package ledger

import (
	"context"
	"database/sql"
	_ "embed" // for schema.sql
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	driverName    = "sqlite"
	formatVersion = 2          // PRAGMA user_version
	applicationID = 0x4b757374 // "Kust", PRAGMA application_id
	pointConns    = 4
)

//go:embed schema.sql
var schemaSQL string

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// closeRows ends a query early; what went wrong in it was told by rows.Err.
func closeRows(rows *sql.Rows) { _ = rows.Close() }

// writeDSN opens for the one writer. FULL syncs the log at every commit, and fullfsync makes that
// a real sync on macOS. The log is checkpointed at 16 MiB and cut back to that after a long read.
func writeDSN(path string) string {
	return dsn(path, "mode=rw", "busy_timeout(10000)", "synchronous(full)", "fullfsync(1)",
		"checkpoint_fullfsync(1)", "wal_autocheckpoint(4000)", "journal_size_limit(16384000)", "cache_size(-16000)",
		"foreign_keys(0)", "temp_store(memory)", "trusted_schema(0)")
}

func readDSN(path string) string {
	return dsn(path, "mode=ro", "busy_timeout(10000)", "query_only(1)", "temp_store(memory)", "trusted_schema(0)")
}

func dsn(path, mode string, pragmas ...string) string {
	slashed := filepath.ToSlash(path)
	if filepath.VolumeName(path) != "" {
		slashed = "/" + slashed
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: slashed}
	if !strings.HasPrefix(slashed, "/") {
		u.Path, u.Opaque = "", (&url.URL{Path: slashed}).EscapedPath()
	}
	return u.String() + "?" + mode + "&_pragma=" + strings.Join(pragmas, "&_pragma=")
}

// createSchema makes an empty file a ledger.
func createSchema(path string) (err error) {
	db, err := sql.Open(driverName, dsn(path, "mode=rw", "synchronous(full)", "fullfsync(1)"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), fmt.Sprintf("BEGIN;\n%s\nPRAGMA application_id = %d;\nPRAGMA user_version = %d;\nCOMMIT", schemaSQL, applicationID, formatVersion))
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

// checkFormat refuses what is no ledger, or one of a later kustsync.
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

// migrate brings a ledger of an earlier format up to date, in one transaction.
func migrate(ctx context.Context, q querier) error {
	version, err := formatOf(ctx, q)
	if version != 1 || err != nil {
		return err
	}
	for _, stmt := range [...]string{`BEGIN IMMEDIATE`, `ALTER TABLE entries ADD COLUMN fields BLOB`, `PRAGMA user_version = 2`, `COMMIT`} {
		rows, err := q.QueryContext(ctx, stmt)
		if err == nil {
			for rows.Next() { //nolint:revive // a statement runs to its end when its rows are read
			}
			err = errors.Join(rows.Err(), rows.Close())
		}
		if err != nil {
			return fmt.Errorf("bringing the ledger from format %d to %d: %w", version, formatVersion, err)
		}
	}
	return nil
}

// checkBinding refuses a ledger that belongs to something else. It returns what the ledger does
// not know yet.
func checkBinding(ctx context.Context, q querier, b Binding) (map[string]string, error) {
	missing := map[string]string{}
	for _, part := range [...]struct{ name, want string }{{"pipeline", b.Pipeline}, {"target", b.Target}, {"org", b.OrgID}} {
		var have string
		err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = ?`, part.name).Scan(&have)
		switch {
		case part.want == "":
		case errors.Is(err, sql.ErrNoRows):
			missing[part.name] = part.want
			err = nil
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

const adoptHint = "move it away, with the -wal and -shm files beside it, and run with --adopt, which looks every key up and takes over what Kustomer has"

// damageError says what is wrong with the contents of a ledger.
type damageError string

func (e damageError) Error() string { return string(e) }

// isCannotOpen reports whether SQLite could not open or make a file.
func isCannotOpen(err error) bool {
	var fault *sqlite.Error
	return errors.As(err, &fault) && fault.Code()&0xff == sqlite3.SQLITE_CANTOPEN
}

// asRefusal returns the refusal that err stands for: damage, or a *RefusedError without its path.
func asRefusal(path string, err error) *RefusedError {
	var refused *RefusedError
	if errors.As(err, &refused) {
		return &RefusedError{Path: path, Reason: refused.Reason, Hint: refused.Hint, Err: refused.Err}
	}
	var damaged damageError
	var fault *sqlite.Error
	isFault := errors.As(err, &fault)
	if errors.As(err, &damaged) || isFault && (fault.Code()&0xff == sqlite3.SQLITE_CORRUPT || fault.Code()&0xff == sqlite3.SQLITE_NOTADB) {
		return &RefusedError{Path: path, Reason: fmt.Sprintf("it is damaged (%v)", err), Hint: adoptHint, Err: err}
	}
	return nil
}

// refuseOpen makes a *RefusedError of whatever went wrong at opening.
func refuseOpen(path string, err error) error {
	if refused := asRefusal(path, err); refused != nil {
		return refused
	}
	var fault *sqlite.Error
	if errors.As(err, &fault) && fault.Code()&0xff == sqlite3.SQLITE_ERROR { // a table or a column is not there
		return refuseOpen(path, damageError(err.Error()))
	}
	return &RefusedError{
		Path: path, Reason: fmt.Sprintf("it cannot be opened (%v)", err),
		Hint: "check that its folder is on a local disk with room, where you may write", Err: err,
	}
}
