package ledger

import (
	"context"
	"database/sql"
	"errors"
)

// statements are the writer's, prepared once.
type statements struct {
	begin, commit, rollback       *sql.Stmt
	find, update, owner, ownerID  *sql.Stmt
	has                           *sql.Stmt
	addGroup, setGroup, dropGroup *sql.Stmt
	addName, addKind, addMark     *sql.Stmt
	putMeta, putRun, move         *sql.Stmt

	insert *inserter
	all    []*sql.Stmt
}

func prepareStatements(ctx context.Context, conn *sql.Conn) (*statements, error) {
	var s statements
	var err error
	if s.insert, err = newInserter(ctx, conn); err != nil {
		return nil, err
	}
	for _, p := range [...]struct {
		to    **sql.Stmt
		query string
	}{
		{&s.begin, `BEGIN IMMEDIATE`},
		{&s.commit, `COMMIT`},
		{&s.rollback, `ROLLBACK`},
		{&s.find, `SELECT ` + columns + ` FROM entries WHERE step = ? AND key = ?`},
		{&s.has, `SELECT EXISTS (SELECT 1 FROM entries WHERE step = ? AND key = ?)`},
		{&s.update, `UPDATE entries SET (` + columns + `, fields) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CASE WHEN ? THEN fields ELSE ? END) WHERE step = ? AND key = ?`},
		{&s.owner, ownerSQL(formatVersion)},
		{&s.move, `UPDATE entries SET step = ?, key = ?, external_id = ?, role = ?, gone = ?, sum = ? WHERE step = ? AND key = ?`},
		{&s.ownerID, ownerOfIDSQL},
		{&s.addGroup, `INSERT INTO intents (id, body) VALUES (?, ?)`},
		{&s.setGroup, `UPDATE intents SET body = ?2 WHERE id = ?1`},
		{&s.dropGroup, `DELETE FROM intents WHERE id = ?`},
		{&s.addName, `INSERT INTO names (id, name, sum) VALUES (?, ?, ?)`},
		{&s.addKind, `INSERT INTO kinds (object, step, explicit, sum) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET explicit = excluded.explicit, sum = excluded.sum`},
		{&s.addMark, `INSERT INTO marks (name) VALUES (?) ON CONFLICT DO NOTHING`},
		{&s.putMeta, `INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`},
		{&s.putRun, `INSERT INTO runs (id, started_at, ended_at, exit, summary) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET ended_at = excluded.ended_at, exit = excluded.exit, summary = excluded.summary`},
	} {
		stmt, err := conn.PrepareContext(ctx, p.query)
		if err != nil {
			return nil, errors.Join(err, s.close())
		}
		*p.to = stmt
		s.all = append(s.all, stmt)
	}
	return &s, nil
}

// close must come before the connection's: SQLite keeps a connection with statements open.
func (s *statements) close() error {
	errs := []error{s.insert.close()}
	for _, stmt := range s.all {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(errs...)
}
