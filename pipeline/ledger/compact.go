package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Compact writes a ledger anew, which is not open: what was dropped from it is then no longer in the file. It needs as much
// room on the disk as the ledger takes, and a second for each 500,000 entries; when it fails or is killed the ledger is as
// it was. The caller holds the Lock.
func Compact(ctx context.Context, path string) (err error) {
	db, err := sql.Open(driverName, writeDSN(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	for _, statement := range [...]string{`VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("write the ledger %s anew: %w", path, err)
		}
	}
	return nil
}
