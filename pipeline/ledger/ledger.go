package ledger

import (
	"context"
	"errors"
	"iter"
)

var errUnfinished = errors.New("the ledger is being written")

// Binding says whose ledger it is. A ledger is refused under any other binding.
type Binding struct {
	Pipeline string
	Target   string // host, or "sandbox"
	OrgID    string // "" when it is not known yet: see Ledger.Bind
}

// Reader answers questions about a ledger; any number may be open while one process writes it.
// It sees what is durable: an outcome from the moment that its done was called.
type Reader struct{}

// OpenReadOnly opens the ledger at path and writes nothing, not even a missing file: then the
// error is os.ErrNotExist. A ledger that b does not fit, a newer or a damaged one is a *RefusedError.
func OpenReadOnly(path string, b Binding) (*Reader, error) { return nil, errUnfinished }

// Close releases the reader.
func (r *Reader) Close() error { return nil }

// Get returns the entry of a key. Whether a request for it is in doubt says Begun.
func (r *Reader) Get(ctx context.Context, step, key string) (Entry, bool, error) {
	return Entry{}, false, errUnfinished
}

// Begun returns the latest intent of a key that no outcome answers: begun by this run and on its
// way, or left behind by an earlier one, which is what "in doubt" means.
func (r *Reader) Begun(step, key string) (Intent, bool) { return Intent{}, false }

// Doubts returns every intent that no outcome answers, the latest of each key, by step and key.
func (r *Reader) Doubts() []Intent { return nil }

// Known is what the engine keeps in memory of an entry.
type Known struct {
	Key     string
	Outcome Outcome
	Loaded  bool // Kustomer is known to have the object
	Hash    Hash // of the payload that Kustomer has; zero when not Loaded
}

// Known yields every entry of a step, in the order of keys. A non-nil error is the last thing yielded.
func (r *Reader) Known(ctx context.Context, step string) iter.Seq2[Known, error] {
	return func(func(Known, error) bool) {}
}

// Owner returns the key that an external id belongs to, among objects of one kind: the entry that
// was loaded with it, or the intent that was begun with it.
func (r *Reader) Owner(ctx context.Context, object, externalID string) (step, key string, found bool, err error) {
	return "", "", false, errUnfinished
}

// Sample returns an entry of the step, other than that of key except, that kustsync itself created
// and that carries an external id: a look-up that works must find it. Recent ones come first.
func (r *Reader) Sample(ctx context.Context, step, except string) (Entry, bool, error) {
	return Entry{}, false, errUnfinished
}

// Filter picks entries; the zero value picks all.
type Filter struct {
	Step    string
	Key     string
	Outcome Outcome
}

// Entries yields entries by step and key. A key with an intent that no outcome answers is yielded
// as InDoubt, whatever its entry says otherwise. A non-nil error is the last thing yielded.
func (r *Reader) Entries(ctx context.Context, f Filter) iter.Seq2[Entry, error] {
	return func(func(Entry, error) bool) {}
}

// Counts returns the number of entries by step and outcome, as Entries shows them.
func (r *Reader) Counts(ctx context.Context) (map[string]map[Outcome]int, error) {
	return nil, errUnfinished
}

// Runs returns the latest n runs, the newest first.
func (r *Reader) Runs(ctx context.Context, n int) ([]Run, error) { return nil, errUnfinished }

// Marked reports whether Mark has set the flag.
func (r *Reader) Marked(name string) bool { return false }

// Ledger is a ledger open for writing. One writer goroutine gathers what waits into one durable
// transaction after the other. Its methods may be called from any goroutine.
//
// After a write or sync has failed nothing more is accepted: every call and every done that
// waits, and all later ones, get a *BrokenError.
type Ledger struct{ *Reader }

// Open opens the ledger at path for writing, or creates it, with folders 0700 and files 0600.
// A ledger that b does not fit, a newer or a damaged one is a *RefusedError. The caller holds the Lock.
func Open(path string, b Binding) (*Ledger, error) { return nil, errUnfinished }

// Bind binds a ledger that was opened without an OrgID, once the org is known. Another org than
// the ledger's is a *RefusedError.
func (l *Ledger) Bind(ctx context.Context, orgID string) error { return errUnfinished }

// Begin records that a request is about to be sent. It returns nil when that is durable, sharing the
// commit with all who wait at that time. On any error nothing was recorded: *ClaimedError when the
// external id belongs to another key of the same kind of object, ctx's error when ctx ended before
// the intent was taken up.
func (l *Ledger) Begin(ctx context.Context, in Intent) error { return errUnfinished }

// Withdraw takes back the latest intent of a key, whose request was never sent.
func (l *Ledger) Withdraw(ctx context.Context, step, key string) error { return errUnfinished }

// Settle queues the outcome of a row, which answers all intents of its key, and returns; it blocks
// only while thousands of outcomes wait. done is called, from another goroutine and in the order
// of the calls, when the outcome is durable, which takes a commit or two (50 ms at most on a disk
// that keeps up). No context: an outcome is recorded however the run ends. done may be nil.
//
// An id never changes or goes away. Rejected keeps the object, external id, id and hash that were
// loaded before, whatever e says. InDoubt records an attempt's status and error, keeps the rest as
// Rejected does, and answers no intent. done gets an error, and nothing is recorded, for
//   - *ClaimedError: e is loaded with an external id that belongs to another key;
//   - *EntryError: an outcome that is never stored, Created, Updated or Existed without an id or
//     with another id than before, InDoubt without an intent.
func (l *Ledger) Settle(e Entry, done func(error)) {
	if done != nil {
		done(errUnfinished)
	}
}

// StartRun records that a run begins.
func (l *Ledger) StartRun(ctx context.Context, run Run) error { return errUnfinished }

// EndRun records how the run with that ID ended.
func (l *Ledger) EndRun(ctx context.Context, run Run) error { return errUnfinished }

// Mark sets a small durable flag, such as "checked:conversation".
func (l *Ledger) Mark(ctx context.Context, name string) error { return errUnfinished }

// Failed is closed when the ledger breaks.
func (l *Ledger) Failed() <-chan struct{} { return nil }

// Err returns the *BrokenError, or nil while all is well.
func (l *Ledger) Err() error { return nil }

// Close records what is queued, calls what is still to be called, and marks the ledger as closed in good order.
func (l *Ledger) Close() error { return nil }
