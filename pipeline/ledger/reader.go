package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"
)

// Reader answers questions about a ledger; any number may be open while one process writes it.
// It sees what is durable: an outcome from the moment that Settle has returned.
type Reader struct {
	path   string
	points *sql.DB // for questions about one key: few connections, so little memory
	scans  *sql.DB // for iterators, which hold a connection while their caller asks for points
	format int     // of the ledger: that of an earlier kustsync, where nobody has written to it since
	get    *sql.Stmt
	owner  *sql.Stmt
	names  *names
	doubts *doubts
	claims *claims

	mu     sync.Mutex
	marks  map[string]bool
	recent map[string][]string // step: the last keys that were created with an external id, newest first
	looked map[string]bool     // step: recent holds what the entries have
}

// OpenReadOnly opens the ledger at path and writes nothing, not even a missing file: then the
// error is fs.ErrNotExist. A ledger that b does not fit, a newer or a damaged one is a
// *RefusedError. Begun, Doubts and Marked tell what was true when it was opened.
func OpenReadOnly(path string, b Binding) (*Reader, error) {
	if err := checkFiles(path); errors.Is(err, fs.ErrNotExist) {
		return nil, err
	} else if err != nil {
		return nil, refuseOpen(path, err)
	}
	r, err := loadReader(path, readDSN(path), b)
	if isCannotOpen(err) && !exists(path+"-wal") {
		// On a read-only disk the log cannot be made, and without one nobody is writing.
		r, err = loadReader(path, readDSN(path)+"&immutable=1", b)
	}
	if err != nil {
		return nil, refuseOpen(path, err)
	}
	return r, nil
}

func loadReader(path, dsn string, b Binding) (*Reader, error) {
	r, err := newReader(path, dsn)
	if err != nil {
		return nil, err
	}
	if err := r.load(context.Background(), b); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func newReader(path, dsn string) (*Reader, error) {
	r := &Reader{
		path: path, names: &names{}, doubts: newDoubts(), claims: newClaims(),
		marks: map[string]bool{}, recent: map[string][]string{}, looked: map[string]bool{},
	}
	var err error
	if r.points, err = sql.Open(driverName, dsn); err != nil {
		return nil, err
	}
	r.points.SetMaxOpenConns(pointConns)
	r.points.SetMaxIdleConns(pointConns)
	if r.scans, err = sql.Open(driverName, dsn); err != nil {
		return nil, errors.Join(err, r.points.Close())
	}
	r.scans.SetMaxIdleConns(1)
	return r, nil
}

// load checks whose ledger it is and reads what is kept in memory.
func (r *Reader) load(ctx context.Context, b Binding) error {
	if err := checkFormat(ctx, r.points); err != nil {
		return err
	}
	if _, err := checkBinding(ctx, r.points, b); err != nil {
		return err
	}
	var err error
	if r.format, err = formatOf(ctx, r.points); err != nil {
		return err
	}
	if err := r.names.load(ctx, r.points); err != nil {
		return err
	}
	if r.get, err = r.points.PrepareContext(ctx, `SELECT `+columns+` FROM entries WHERE step = ? AND key = ?`); err != nil {
		return err
	}
	if r.owner, err = r.points.PrepareContext(ctx, ownerSQL); err != nil {
		return err
	}
	marks, err := readStrings(ctx, r.points, `SELECT name FROM marks`)
	if err != nil {
		return err
	}
	for _, name := range marks {
		r.marks[name] = true
	}
	r.doubts, err = readDoubts(ctx, r.scans, r.names)
	return err
}

// Close releases the reader.
func (r *Reader) Close() error { return errors.Join(r.points.Close(), r.scans.Close()) }

// Get returns the entry of a key. Whether a request for it is in doubt says Begun.
func (r *Reader) Get(ctx context.Context, step, key string) (Entry, bool, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, false, err
	}
	ctx = context.WithoutCancel(ctx) // microseconds; a context that can end costs the driver as much again
	e, found, err := r.find(ctx, step, key)
	if err != nil {
		return Entry{}, false, r.fault(err)
	}
	return e, found, nil
}

func (r *Reader) find(ctx context.Context, step, key string) (Entry, bool, error) {
	stepID, ok, err := r.names.find(ctx, r.points, step)
	if !ok || err != nil {
		return Entry{}, false, err
	}
	var found row
	err = r.get.QueryRowContext(ctx, stepID, key).Scan(found.fields()...)
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, false, nil
	}
	if err == nil {
		err = found.check(stepID, key)
	}
	if err != nil {
		return Entry{}, false, err
	}
	e, err := found.entry(ctx, r.points, r.names, step, key)
	return e, err == nil, err
}

// Begun returns the latest intent of a key that no outcome answers: begun by this run and on its
// way, or left behind by an earlier one, which is what "in doubt" means.
func (r *Reader) Begun(step, key string) (Intent, bool) {
	return r.doubts.latest(id{step, key})
}

// Doubts returns every intent that no outcome answers, the latest of each key, by step and key.
func (r *Reader) Doubts() []Intent { return r.doubts.list() }

// Owner returns the key that an external id belongs to, among objects of one kind: the entry that
// was loaded with it, or the intent that was begun with it.
func (r *Reader) Owner(ctx context.Context, object, externalID string) (step, key string, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return "", "", false, err
	}
	if k, ok := r.claims.holder(claim{object, externalID}); ok {
		return k.step, k.key, true, nil
	}
	ctx = context.WithoutCancel(ctx)
	if _, _, err := r.names.find(ctx, r.points, object); err != nil {
		return "", "", false, r.fault(err)
	}
	k, found, err := r.loadedOwner(ctx, r.owner, claim{object, externalID})
	if err != nil {
		return "", "", false, r.fault(err)
	}
	return k.step, k.key, found, nil
}

// Sample returns an entry of the step, other than that of key except, that kustsync itself created
// and that carries an external id: a look-up that works must find it. Recent ones come first.
func (r *Reader) Sample(ctx context.Context, step, except string) (Entry, bool, error) {
	if e, ok, err := r.sampleOf(ctx, r.recentKeys(step), step, except); ok || err != nil {
		return e, ok, err
	}
	if err := r.lookForCreated(ctx, step); err != nil {
		return Entry{}, false, r.fault(err)
	}
	return r.sampleOf(ctx, r.recentKeys(step), step, except)
}

func (r *Reader) sampleOf(ctx context.Context, keys []string, step, except string) (Entry, bool, error) {
	for _, key := range keys {
		if key == except {
			continue
		}
		e, found, err := r.Get(ctx, step, key)
		if err != nil || (found && e.Outcome == Created) {
			return e, err == nil, err
		}
	}
	return Entry{}, false, nil
}

func (r *Reader) recentKeys(step string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.recent[step])
}

// noteCreated remembers two keys, so that one is left when the other is excepted.
func (r *Reader) noteCreated(step, key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch keys := r.recent[step]; {
	case len(keys) > 0 && keys[0] == key:
	case len(keys) < 2:
		r.recent[step] = append([]string{key}, keys...)
	default:
		keys[0], keys[1] = key, keys[0]
	}
}

// lookForCreated notes the last two created keys of a step, behind those noted since. It is a pass
// over the step, so it is made once.
func (r *Reader) lookForCreated(ctx context.Context, step string) error {
	r.mu.Lock()
	looked := r.looked[step]
	r.mu.Unlock()
	stepID, known, err := r.names.find(ctx, r.points, step)
	if looked || !known || err != nil {
		return err
	}
	created, known, err := r.names.find(ctx, r.points, string(Created))
	if !known || err != nil {
		return err
	}
	keys, err := readStrings(ctx, r.scans, `SELECT key FROM entries WHERE step = ? AND outcome = ?
		AND (external_id IS NULL OR external_id > '') ORDER BY updated_at DESC, key LIMIT 2`, stepID, created)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.looked[step] = true
	r.recent[step] = append(r.recent[step], keys...)
	return nil
}

// readStrings reads a column of texts.
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

// Marked reports whether Mark has set the flag.
func (r *Reader) Marked(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.marks[name]
}

func (r *Reader) mark(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks[name] = true
}

// fault makes an error of a read fit to be seen.
func (r *Reader) fault(err error) error {
	if refused := asRefusal(r.path, err); refused != nil {
		return refused
	}
	return fmt.Errorf("read the ledger %s: %w", r.path, err)
}
