package ledger

import (
	"context"
	"database/sql"
	"time"
)

// Runs returns the latest n runs, the newest first.
func (r *Reader) Runs(ctx context.Context, n int) ([]Run, error) {
	rows, err := r.scans.QueryContext(ctx, `SELECT id, started_at, ended_at, exit, summary FROM runs ORDER BY started_at DESC, rowid DESC LIMIT ?`, n)
	if err != nil {
		return nil, r.fault(err)
	}
	defer closeRows(rows)
	var runs []Run
	for rows.Next() {
		var run Run
		var started int64
		var ended, exit sql.NullInt64
		if err := rows.Scan(&run.ID, &started, &ended, &exit, &run.Summary); err != nil {
			return nil, r.fault(err)
		}
		run.StartedAt, run.Exit = time.UnixMilli(started).UTC(), int(exit.Int64)
		if ended.Valid {
			run.EndedAt = time.UnixMilli(ended.Int64).UTC()
		}
		runs = append(runs, run)
	}
	if err := rows.Err(); err != nil {
		return nil, r.fault(err)
	}
	return runs, nil
}
