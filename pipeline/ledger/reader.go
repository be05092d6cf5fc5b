package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

// Reader answers questions about a ledger; any number may be open while one process writes it.
// It sees what is durable: an outcome from the moment that Settle has returned.
type Reader struct {
	path   string
	points *sql.DB // for questions about one key: pointConns connections, to use little memory
	scans  *sql.DB // for iterators, which hold a connection while their caller asks about single keys
	format int     // of the ledger; lower than formatVersion when only an earlier kustsync has written to it
	get    *sql.Stmt
	owner  *sql.Stmt
	names  *names
	open   *openIntents
	claims *claims
	notes  *notes

	ownerID  *sql.Stmt // nil in a ledger of an earlier format
	keyMarks keyMarks

	mu     sync.Mutex
	marks  map[string]bool
	recent map[string][]string // step: the last keys that were created with an external id, newest first
	looked map[string]bool     // step: lookForCreated was called
}

// OpenReadOnly opens the ledger at path and writes nothing, not even a missing file: then the
// error is fs.ErrNotExist. A ledger that b does not fit, a newer or a damaged one is a
// *RefusedError. Begun, Doubts and Marked return what was true when it was opened.
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
		path: path, names: &names{}, open: newOpenIntents(), claims: newClaims(), notes: newNotes(),
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
	if r.get, err = r.points.PrepareContext(ctx, `SELECT `+columnsOf(r.format)+` FROM entries WHERE step = ? AND key = ?`); err != nil {
		return err
	}
	if r.owner, err = r.points.PrepareContext(ctx, ownerSQL(r.format)); err != nil {
		return err
	}
	if err := r.loadFormat3(ctx); err != nil {
		return err
	}
	marks, err := readStrings(ctx, r.points, `SELECT name FROM marks`)
	if err != nil {
		return err
	}
	for _, name := range marks {
		r.marks[name] = true
	}
	r.open, err = readOpenIntents(ctx, r.scans, r.names, r.format)
	return err
}

// loadFormat3 reads what format 3 added.
func (r *Reader) loadFormat3(ctx context.Context) (err error) {
	if r.format < 3 {
		return nil
	}
	if r.ownerID, err = r.points.PrepareContext(ctx, ownerOfIDSQL); err != nil {
		return err
	}
	return errors.Join(r.notes.load(ctx, r.points), r.loadKeyMarks(ctx))
}

// Close releases the reader.
func (r *Reader) Close() error { return errors.Join(r.points.Close(), r.scans.Close()) }

// Get returns the entry of a key. Begun tells whether a request for it is in doubt.
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

// Begun returns the latest intent of a key that no outcome answers. Either this run waits for the answer to its
// request, or an earlier run left it behind, which is what "in doubt" means.
func (r *Reader) Begun(step, key string) (Intent, bool) {
	return r.open.copyLatest(rowID{step, key})
}

// Doubts returns every intent that no outcome answers, the latest of each key, by step and key.
func (r *Reader) Doubts() []Intent { return r.open.listLatest() }

// Marked reports whether Mark has set the flag.
func (r *Reader) Marked(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.marks[name]
}

// MarksWith returns the flags of a ledger that Mark has set and that begin with prefix, sorted.
func MarksWith(r *Reader, prefix string) (names []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name := range r.marks {
		if strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (r *Reader) mark(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks[name] = true
}

// fault turns the error of a read into one that a user can act on: a *RefusedError for a damaged ledger. nil stays nil.
func (r *Reader) fault(err error) error {
	if err == nil {
		return nil
	}
	if refused := asRefusal(r.path, err); refused != nil {
		return refused
	}
	return fmt.Errorf("read the ledger %s: %w", r.path, err)
}
