// Package ledger is the durable record of what became of every row.
package ledger

import (
	"cmp"
	"time"
)

// Outcome is what became of a row.
type Outcome string

// The outcomes (contract.md, section 3). Planned exists in dry runs only and is never stored.
const (
	Created      Outcome = "created"
	Updated      Outcome = "updated"
	Existed      Outcome = "existed"
	Unchanged    Outcome = "unchanged"
	Skipped      Outcome = "skipped"
	Rejected     Outcome = "rejected"
	InDoubt      Outcome = "in_doubt"
	NotAttempted Outcome = "not_attempted"
	Planned      Outcome = "planned"
)

// Outcomes lists every outcome in the order in which tables and summaries show them.
var Outcomes = [...]Outcome{Created, Updated, Existed, Unchanged, Skipped, Rejected, InDoubt, NotAttempted, Planned}

// Hash is the SHA-256 of a payload.
type Hash [32]byte

// Place says where a row is in its source: a file that a user can open, and a line, such as "people.csv", 41.
type Place struct {
	Source string // file, with "!sheet" behind it for a workbook
	Line   int
}

// Intent says that a request is about to be sent. It is durable before the request leaves.
type Intent struct {
	Step, Key  string
	Object     string // kind of object: "customer"
	ExternalID string // "" for objects that have none
	Hash       Hash   // of the payload to be sent
	KustomerID string // of the object that an update changes; "" for a create
	Place      Place
	Attempt    int // 1 for the first request for this row, counted over all runs
	RunID      string
	At         time.Time

	// Ref names a row that is sent in a batch within that batch, and Job is Kustomer's name of the job that
	// handles the batch, once that is known. For a message that is delivered, Ref tells the request that sends
	// its draft, KustomerID, from the requests before.
	Ref string
	Job string
}

// Entry is what the ledger knows of one object: the last outcome, the id once Kustomer gave one,
// and the hash of the payload that Kustomer has. An id never changes, unless Moves is set, and never
// goes away: an object whose update was rejected keeps the id and the hash of what was loaded before.
type Entry struct {
	Step, Key  string
	Object     string
	ExternalID string
	Outcome    Outcome // created, updated, existed or rejected; a reader also shows in_doubt
	KustomerID string
	Hash       Hash // zero when nothing was loaded
	Place      Place
	Attempts   int
	HTTPStatus int
	Error      string
	RunID      string
	UpdatedAt  time.Time

	// Fields says which fields Kustomer has, in an encoding of the caller's; "" when that is not known.
	// A rejected entry keeps what was there. Only Reader.Fields and Reader.Objects read them.
	Fields string
	// Moves allows KustomerID to differ from the one before: the row changes an object, and names another
	// object now; or the object was made once more.
	Moves bool

	// CreatedIn is the run that created the object KustomerID; "" when no run is known to have. It survives updates and
	// rejections, and goes with the id. Settle finds it out by itself, whatever
	// the caller says: an object is created in the run whose outcome for it is Created.
	CreatedIn string
	Role      Role // what the key has to do with the object; the caller's Settle says it, Rejected keeps what was there
	// Gone says that Kustomer answered that it no longer has the object: the row counts as changed. See
	// Ledger.MarkGone; every outcome but Rejected takes it away.
	Gone bool
}

// HashUnknown reports whether Kustomer has the object, and nobody knows with which content: it was found with other
// content than the row's and left alone, a person told its id, or what a step wrote has gone stale. Settle with a zero
// Hash makes an entry so.
func (e Entry) HashUnknown() bool { return e.Loaded() && e.Hash == Hash{} }

// Role is what a key has to do with the object whose id its entry has. The numbers are stored.
type Role uint8

// The roles.
const (
	// Owns: the object is the key's. No other key may own the same id among objects of one kind, nor the same
	// external id.
	Owns Role = 0
	// OwnsNothing: the step changes objects or acts on them, and makes none. Any number of keys may have one id.
	OwnsNothing Role = 1
	// Alias: the object was merged into another, whose id this is. It is for ref alone, and owns neither id nor
	// external id.
	Alias Role = 2
	// Shares: a row with the same key and external id in another step owns the object.
	Shares Role = 3
	// Doubled: a ledger of format 2 had an older key with the same id, which owns it. The entry keeps its external id.
	// Only the ledger gives this role.
	Doubled Role = 4
)

// claims reports whether an entry of the role has its external id to itself.
func (r Role) claims() bool { return r != Alias && r != Shares }

// Loaded reports whether Kustomer is known to have the object.
func (e Entry) Loaded() bool { return e.KustomerID != "" }

// Run is one run of a pipeline, for `kustsync status`.
type Run struct {
	ID        string
	StartedAt time.Time
	EndedAt   time.Time // zero while the run lasts, and when it was killed
	Exit      int
	Summary   []byte // the summary of `run --json`
}

// rowID names the object of a row: its step and its key.
type rowID struct{ step, key string }

func compareIDs(a, b rowID) int {
	return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.key, b.key))
}

func (in *Intent) id() rowID { return rowID{in.Step, in.Key} }
func (e *Entry) id() rowID   { return rowID{e.Step, e.Key} }
