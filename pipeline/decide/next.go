package decide

import (
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// Next is the next action for a row. A driver carries it out and adds the answer to the facts.
type Next interface{ next() }

// ReadEntry asks the ledger for its entry of the key. Answer: LearnEntry.
type ReadEntry struct{}

// Find looks the row's object up, by each of By in turn. Answer: LearnFound or LearnLookupFailed.
type Find struct{ By []string }

// CheckObject reads the object of the row's entry, to see whether it is still there. Answer: LearnThere, LearnMoved,
// LearnMissing or LearnLookupFailed.
type CheckObject struct{ ID string }

// FindSurvivor asks what became of an object that Kustomer no longer has: by the row's external id, by the merges of
// customers, and by those that steps of this pipeline made. Answer: LearnGone, LearnFound or LearnLookupFailed.
type FindSurvivor struct{ ID string }

// CheckParents looks at the objects that the row refers to, since its request was refused. Answer: LearnParent.
type CheckParents struct{}

// FindDoubtful looks for the object that a request in doubt may have made, by its external id. Answer:
// LearnDoubtfulFound or LearnLookupFailed.
type FindDoubtful struct{ ExternalID string }

// CheckControl looks for an object that is known to be there, the control, by the same look-up. Answer:
// LearnControl or LearnLookupFailed.
type CheckControl struct{}

// BecomeCanary asks to be the one row of the step that is sent again first. Answer: LearnCanary.
type BecomeCanary struct{}

// AskJob asks the bulk job of an earlier run what became of the row. Answer: LearnJob.
type AskJob struct{}

// Withdraw takes back the begun record of a request that surely did not happen. Answer: LearnWithdrawn.
type Withdraw struct{}

// PrepareUpdate finds out what of the row's content is to be sent to the object with that id. It reads the object
// where that depends on what the object holds. Answer: LearnPrepared or LearnLookupFailed.
type PrepareUpdate struct {
	Op sinks.Op // Create where the row itself names the object, as rows of steps that change objects do
	ID string
}

// Record makes an outcome durable; the row goes on afterwards. Answer: LearnRecorded.
type Record struct{ Settle }

// Send sends one request; the driver makes its begun record durable first. Answer: LearnAttempt.
type Send struct {
	Op    sinks.Op // Create, Update, or Send for a draft
	ID    string   // of the object to change, or of the draft to send
	Alone bool     // never in a batch
	// Leftover names a draft that may be left over, unsent, of which the user is told; "" for none.
	Leftover string
}

// FindDrafts lists the drafts that an earlier request for the row may have made. Answer: LearnDrafts or
// LearnLookupFailed.
type FindDrafts struct{}

// KeepDraft makes the id of the row's draft durable. Answer: LearnDraftKept.
type KeepDraft struct{ ID string }

// WaitUntil lets the row wait. It holds no goroutine meanwhile.
type WaitUntil struct {
	At    time.Time
	Doubt Doubt // what is known of the row's doubt from now on
	Alone bool  // the row is not sent in a batch any more
}

// Settle ends the row.
type Settle struct{ Settlement }

func (ReadEntry) next()     {}
func (Find) next()          {}
func (CheckObject) next()   {}
func (FindSurvivor) next()  {}
func (CheckParents) next()  {}
func (FindDoubtful) next()  {}
func (CheckControl) next()  {}
func (BecomeCanary) next()  {}
func (AskJob) next()        {}
func (Withdraw) next()      {}
func (PrepareUpdate) next() {}
func (Record) next()        {}
func (Send) next()          {}
func (FindDrafts) next()    {}
func (KeepDraft) next()     {}
func (WaitUntil) next()     {}
func (Settle) next()        {}
