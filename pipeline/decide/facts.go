package decide

import (
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// IfExists says what happens to a row whose object Kustomer already has.
type IfExists int

// The values of if_exists in a pipeline file.
const (
	SkipExisting IfExists = iota
	UpdateExisting
	FailExisting
)

// IfMerged says what happens to a row whose object was merged into another one.
type IfMerged int

// The values of if_merged in a pipeline file.
const (
	RejectMerged IfMerged = iota
	UseMerged             // the other object's id is noted for ref, and that object is never changed
)

// IfDeleted says what happens to a row whose object was deleted.
type IfDeleted int

// The values of if_deleted in a pipeline file.
const (
	RejectDeleted IfDeleted = iota
	Recreate                // it is made once more
	SkipDeleted             // the row is skipped in every run
)

// Traits is what the rules must know of a step. It is the same for all of its rows.
type Traits struct {
	Sink            string     // its name, for messages
	Kind            sinks.Kind // makes, changes or acts
	ExternalIDField string     // the field and look-up by which objects are found again; "" when there is none
	Match           []string   // look-ups, in order
	NotMatched      []string   // look-ups that the sink has and that match does not name
	IfExists        IfExists
	IfMerged        IfMerged
	IfDeleted       IfDeleted
	HasParents      bool // its templates refer to objects of other steps
	FirstCounts     bool // a second row of a key that is owned is unchanged, also with other content
	LookFirst       bool // every object is looked up before it is created
	Updates         bool // a row whose content differs from what was loaded is sent again
	Once            bool // what may have happened must not be sent again, since no look-up tells whether it did
	Destructive     bool // it deletes or merges
	Delivers        bool // what it sends reaches people
	Finalizes       bool // a row with the final value is written again at the end of the run

	// Unique: Kustomer refuses a second object with the same external id. UniqueInJob: a bulk job does so
	// too. UniqueDocumented: its documents say so.
	Unique, UniqueInJob, UniqueDocumented bool
	// Lag is how long look-ups may miss a new object; 0 is unknown, or not at all.
	Lag time.Duration
}

// refusesDuplicates reports whether Kustomer refuses a second object with one external id; job: also one that a
// bulk job makes.
func (t *Traits) refusesDuplicates(job bool) bool {
	if job {
		return t.UniqueInJob
	}
	return t.Unique
}

// Run is what the rules must know of the run. It is the same for all rows.
type Run struct {
	Adopt           bool      // every key is looked up first, and what is found is taken over
	Batches         bool      // requests may share a batch
	Retries         int       // how often a request is sent again
	Locked          time.Time // when the lock was taken: the quiet time of an earlier run's doubts begins
	InDoubtWait     time.Duration
	BulkInDoubtWait time.Duration
}

// Facts is all that is known of one row. It grows with every answer. The parts that most rows never need are
// pointers, nil until something was asked.
type Facts struct {
	Traits *Traits
	Run    *Run

	// Of the row.
	Now        time.Time // when the next action is asked for; the driver sets it
	Stopping   bool      // the run is to end: nothing more is sent; the driver sets it
	Hash       ledger.Hash
	ExternalID string
	TargetID   string  // the object that the row itself names; "" when it names none
	Final      bool    // it has the value that is written again at the end of the run
	Unresolved bool    // its content hangs on what only a run finds out
	Forgotten  bool    // a person dropped the key, or its look-up found what it must not have: it is looked up before it is sent
	Parent     *Parent // an object that the row refers to and that is not as it was; nil: none is known to be so
	// NotAllowed rejects a row that must not be sent: a message to somebody outside recipient_allow, or too late; a change
	// that cannot be undone.
	NotAllowed *Settlement

	// OtherCounts: another row of the key decides what is loaded for it, whatever becomes of that row. The caller sets it.
	OtherCounts bool

	// What the ledger and the step's index know of the key.
	Owner     *Owner // another row of this run owns the key; nil: this row does
	HasEntry  bool   // the ledger may have an entry, which was not read yet
	Unchanged bool   // the index knows that Kustomer has this content
	// ParentRemade: an object that the row refers to was made once more after the row's own was loaded.
	ParentRemade bool
	Entry        *ledger.Entry
	Begun        *ledger.Intent // a request of an earlier run whose answer nobody has

	// What this run asked, and what was answered. Take forgets what an action makes void.
	Match    *Lookup  // Find
	Doubtful *Lookup  // FindDoubtful
	Control  *Control // CheckControl
	Canary   Canary   // BecomeCanary
	Job      *Job     // AskJob
	Drafts   *Drafts  // FindDrafts
	Failed   error    // why a look-up failed
	There    bool     // CheckObject: Kustomer has the object of the entry
	Gone     *Gone    // FindSurvivor
	// ParentsChecked: CheckParents was answered, in Parent.
	ParentsChecked bool
	Moves          bool      // the row's object is another one than the ledger knows
	Prepared       *Prepared // PrepareUpdate
	// NextUpdate is the object that is brought up to date next: it was recorded, or its update was withdrawn.
	NextUpdate string

	// What this run sent.
	Attempt  Attempt // the last request, and its answer
	UpdateID string  // the object that an update is prepared for
	UpdateOp sinks.Op
	Tries    int           // requests of this run
	Attempts int           // requests of all runs
	Open     int           // requests that were begun, and neither settled nor withdrawn
	InBatch  bool          // the last request was an item of a batch
	InJob    bool          // that batch became a job, which says nothing of this row
	JobDone  bool          // that job was worked off
	Alone    bool          // the row is not sent in a batch any more
	Unsure   bool          // an update like this one may have happened before
	Backoff  time.Duration // drawn at random for the last request: the least wait before it is sent again
	Draft    string        // the id of the row's draft, which is durable
	Doubt    *Doubt        // a request that may have happened; nil when there is none
}

// Owner is another row of this run that owns the key.
type Owner struct {
	Place ledger.Place
	Same  bool // it has the same content
}

// Lookup is the answer to a look-up.
type Lookup struct {
	Found      bool
	ID         string
	ExternalID string // "" when the object carries none
	Status     int    // HTTP status, for reports
	// Equal: the object has the row's content, as far as the step maps it.
	Equal bool
	// Differs: it shows other content than the row's.
	Differs bool
	// Merged: it was found by the row's external id and has another one as its own: the row's object was merged into it.
	Merged bool
	// Deleted: nothing was found but an object with that id, which was deleted.
	Deleted bool
}

// Gone is an object that Kustomer no longer has, and what became of it (decisions.md 1.6).
type Gone struct {
	ID       string
	Survivor string // it was merged into this object; "" when nothing says so
	// SurvivorExternalID is the external id of the survivor, and SurvivorOwner the step and key that own it; "" where not known.
	SurvivorExternalID, SurvivorOwner string

	OwnMerge bool // a step of this pipeline merged it
	Unclear  bool // the key may not read merges, so that it may have been merged
	Untold   bool // nothing tells whether it was merged
	Back     bool // it is there after all
}

// Parent is an object that a row refers to and that is not as it was.
type Parent struct {
	Step, Key, ID string
	Gone          bool   // Kustomer no longer has it
	Survivor      string // it was merged into this object
	Alias         bool   // ID is that of the object that it was merged into
	// What its step says of such objects.
	IfMerged  IfMerged
	IfDeleted IfDeleted
}

// Control says whether a look-up finds an object that is known to be there.
type Control struct {
	Known bool // an object is known that can be looked for
	Hit   bool // the look-up finds it
	// Of a control that is not found: its id, when it was recorded, and whether this run made an object.
	ID        string
	UpdatedAt time.Time
	OwnRun    bool
}

// Canary says whether a row may be sent again although no control is known.
type Canary int

// The answers to BecomeCanary.
const (
	CanaryNotAsked Canary = iota
	CanaryGo              // it is the canary
	CanaryWait            // another row is, or an object was made meanwhile: look again
	CanaryUnclear         // nobody knows what became of an earlier canary
)

// Job is what the bulk job of an earlier run says of the row.
type Job struct {
	Told      bool         // it says something
	WorkedOff bool         // it was worked off; of a job that does not tell
	Failed    *sinks.Error // the row was not loaded
	ID        string       // of its object
	Status    int
}

// Drafts are the drafts that an earlier request for the row may have made.
type Drafts struct{ IDs []string }

// Prepared says what of a row's content is to be sent to an object.
type Prepared struct {
	State PreparedState
	// LateUntil: another row's change of the object may arrive until then; zero when there is none.
	LateUntil time.Time
	// Known: the ledger knows the object as loaded from this row, with this outcome.
	Known ledger.Outcome
}

// PreparedState says how far an update is prepared.
type PreparedState int

// The states of Prepared.
const (
	NothingNew PreparedState = iota // the object has the content, or the step does not overwrite what it has
	UpdateReady
)

// Doubt says since when, and why, it is unknown whether a request has happened.
type Doubt struct {
	Due        time.Time   // end of the quiet time
	ID         string      // of the object that was to be updated; "" for a create
	ExternalID string      // of the object that may have been created
	Hash       ledger.Hash // of what was sent; zero when several contents were
	Status     int         // HTTP status of the last answer, for reports
	Reason     string
	// WaitedForControl: the row waited once more, since its miss could not be held against anything, or what
	// it was held against was young.
	WaitedForControl bool
}

// Answer says what became of a request.
type Answer int

// The answers to a request.
const (
	NotAnswered Answer = iota
	Applied            // Kustomer has the object
	Lost               // it may have happened
	Duplicate          // refused, perhaps because the object exists
	Refused            // refused for good
	Missing            // refused, since the object that it changes is not there
	Unreached          // it surely did not happen: it could not be sent
	NotSent            // it surely did not happen: the run ends
	Claimed            // it was not sent: its external id belongs to another key
	GivenBack          // it was not sent: no batch takes it, and it is to be sent by itself
	Shared             // it was not sent: another step has made the object for the same key
)

// Attempt is a request of this run and what came back.
type Attempt struct {
	Op      sinks.Op
	Answer  Answer
	ID      string // of the object, when Applied
	Status  int    // HTTP status, for reports
	Same    bool   // nothing was written: the object was as the request wants it
	Changed bool   // it changed an object that was there
	Error   *sinks.Error
	Message string // of Claimed and Shared
}
