package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// insertSQL adds an entry, unless its key has one.
const insertSQL = `INSERT INTO entries (` + columns + `, fields, step, key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

// inserter adds entries. It talks to the driver, since database/sql takes nearly as long for a row as
// SQLite does.
type inserter struct {
	conn *sql.Conn
	stmt driver.StmtExecContext
	args []driver.NamedValue // of the row at hand
}

func newInserter(ctx context.Context, conn *sql.Conn) (*inserter, error) {
	i := &inserter{conn: conn}
	err := conn.Raw(func(c any) error {
		prepared, err := c.(driver.ConnPrepareContext).PrepareContext(ctx, insertSQL)
		if err != nil {
			return err
		}
		direct, ok := prepared.(driver.StmtExecContext)
		if !ok {
			return errors.Join(errors.New("the SQLite driver has no statements of its own"), prepared.Close())
		}
		i.stmt = direct
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("preparing to add entries: %w", err)
	}
	return i, nil
}

// add reports whether the entry was added: not when its key has one.
func (i *inserter) add(ctx context.Context, r *row, fields string, step int64, key string) (added bool, err error) {
	i.args = i.args[:0]
	var externalID, hash driver.Value // nil: NULL
	if r.externalID.Valid {
		externalID = r.externalID.String
	}
	if r.hash != nil {
		hash = r.hash
	}
	for _, v := range [...]driver.Value{r.object, externalID, r.outcome, r.kustomerID, hash, r.answered, r.sum, r.source,
		int64(r.line), int64(r.attempts), int64(r.httpStatus), r.message, r.run, r.updatedAt, blob(fields), step, key} {
		i.args = append(i.args, driver.NamedValue{Ordinal: len(i.args) + 1, Value: v})
	}
	err = i.conn.Raw(func(any) error {
		result, err := i.stmt.ExecContext(ctx, i.args)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		added = n == 1
		return err
	})
	return added, err
}

func (i *inserter) close() error {
	return i.conn.Raw(func(any) error { return i.stmt.(driver.Stmt).Close() })
}
