package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	sqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	insertSQL  = `INSERT INTO entries (` + columns + `, fields, step, key) VALUES `
	insertRow  = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	insertArgs = 20 // in insertRow
	// insertMany is how many rows one statement adds, which costs a fifth less than one statement for each.
	insertMany = 16
)

// inserter adds entries. It calls the driver directly, because database/sql takes nearly as long for a row as
// SQLite does.
type inserter struct {
	conn      *sql.Conn
	one, many driver.StmtExecContext
	args      []driver.NamedValue // of the gathered entries
}

func newInserter(ctx context.Context, conn *sql.Conn) (*inserter, error) {
	i := &inserter{conn: conn}
	err := conn.Raw(func(c any) (err error) {
		if i.one, err = prepareDirect(ctx, c, insertSQL+insertRow+` ON CONFLICT DO NOTHING`); err != nil {
			return err
		}
		i.many, err = prepareDirect(ctx, c, insertSQL+strings.Repeat(insertRow+`, `, insertMany-1)+insertRow)
		if err != nil {
			return errors.Join(err, i.one.(driver.Stmt).Close())
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("preparing to add entries: %w", err)
	}
	return i, nil
}

func prepareDirect(ctx context.Context, conn any, query string) (driver.StmtExecContext, error) {
	prepared, err := conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	direct, ok := prepared.(driver.StmtExecContext)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver has no statements of its own"), prepared.Close())
	}
	return direct, nil
}

// put gathers an entry for addAll or add.
func (i *inserter) put(r *row, fields string, step int64, key string) {
	var externalID, hash driver.Value // nil: NULL
	if r.externalID.Valid {
		externalID = r.externalID.String
	}
	if r.hash != nil {
		hash = r.hash
	}
	for _, v := range [insertArgs]driver.Value{r.object, externalID, r.outcome, r.kustomerID, hash, r.answered, r.createdIn.Int64,
		r.role, r.gone, r.sum, r.source,
		int64(r.line), int64(r.attempts), int64(r.httpStatus), r.message, r.run, r.updatedAt, blob(fields), step, key} {
		i.args = append(i.args, driver.NamedValue{Value: v})
	}
}

// addAll adds the gathered entries, which are insertMany, and reports whether it did: it adds none when a key has an
// entry already or another key owns an object, nor when two of them have one key or one object.
func (i *inserter) addAll(ctx context.Context) (added bool, err error) {
	_, err = i.exec(ctx, i.many, i.args)
	if isConstraint(err) {
		return false, nil
	}
	return err == nil, err
}

// isConstraint reports whether SQLite refused a row that another one excludes.
func isConstraint(err error) bool {
	var fault *sqlite.Error
	return errors.As(err, &fault) && fault.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}

// add adds the nth of the gathered entries, and reports whether it did: not when its key has an entry
// already, or another key owns its object.
func (i *inserter) add(ctx context.Context, n int) (added bool, err error) {
	rows, err := i.exec(ctx, i.one, i.args[n*insertArgs:(n+1)*insertArgs])
	return rows == 1, err
}

func (i *inserter) exec(ctx context.Context, stmt driver.StmtExecContext, args []driver.NamedValue) (rows int64, err error) {
	for n := range args {
		args[n].Ordinal = n + 1
	}
	err = i.conn.Raw(func(any) error {
		result, err := stmt.ExecContext(ctx, args)
		if err != nil {
			return err
		}
		rows, err = result.RowsAffected()
		return err
	})
	return rows, err
}

// clear forgets the gathered entries.
func (i *inserter) clear() { i.args = i.args[:0] }

func (i *inserter) close() error {
	return i.conn.Raw(func(any) error {
		return errors.Join(i.one.(driver.Stmt).Close(), i.many.(driver.Stmt).Close())
	})
}
