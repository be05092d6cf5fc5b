package ledger

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"
)

const (
	driverName = "sqlite"
	pointConns = 4 // connections of a Reader for questions about one key
)

// querier is a pool, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// closeRows ends a query early. Its errors are those that rows.Err returned.
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

// readStrings returns the only column of a query's rows.
func readStrings(ctx context.Context, q querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer closeRows(rows)
	var texts []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		texts = append(texts, s)
	}
	return texts, rows.Err()
}

// blob is a text as a BLOB column holds it: NULL where it is empty.
func blob(text string) any {
	if text == "" {
		return nil
	}
	return []byte(text)
}
