package decide

import (
	"fmt"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// Stage is where a row was stopped.
type Stage string

// The stages, as rejects files name them.
const (
	StageSource Stage = "source" // the row could not be read
	StageMap    Stage = "map"    // it was read and could not be rendered or fitted: nothing was sent
	StageLedger Stage = "ledger" // its key or external id belongs to another row
	StageParent Stage = "parent" // the object that it refers to is not there
	StageSend   Stage = "send"   // Kustomer refused it
)

// Settlement is what became of a row.
type Settlement struct {
	Outcome    ledger.Outcome
	ID         string // Kustomer's id of the object, when known
	ExternalID string // of the object, where it is not the row's

	// Why it is rejected, in doubt or not attempted.
	Stage   Stage
	Field   string // field of the sink at fault
	Status  int    // HTTP status, for reports
	Message string // holds no row values
	Value   string // the value at fault, shown only when the user asks for values

	Changed   bool // it is unchanged for kustsync, but its content differs from what was loaded
	Same      bool // Kustomer has this content, though nothing was sent
	Ambiguous bool // several objects of Kustomer could be the row's

	Moves     bool        // the object may be another one than the ledger knows
	As        ledger.Role // what the key has to do with the object: Alias or Shares; else the step says it
	Gone      bool        // Kustomer no longer has the object that the ledger knows
	LookFirst bool        // the key is looked up before it is sent again

	Hash     ledger.Hash    // of what Kustomer has, when Record is set
	Record   bool           // the ledger keeps it
	RecordAs ledger.Outcome // what the ledger calls the outcome, where it has another word
}

// Settled reports whether rows behind this one in a lane may go on.
func (s *Settlement) Settled() bool {
	return s.Outcome != ledger.InDoubt && s.Outcome != ledger.NotAttempted
}

// RunEnded is the message of rows that the run did not come to. It needs no words: the error that ended the run
// says why.
const RunEnded = ""

// noID stands in the ledger for the id of something that was done and has none.
const noID = "-"

// Reject settles a row that cannot be loaded as it is.
func Reject(stage Stage, field, message string) Settlement {
	return Settlement{Outcome: ledger.Rejected, Stage: stage, Field: field, Message: message, Record: true}
}

// NotAttempted settles a row that this run did not come to.
func NotAttempted(message string) Settlement {
	return Settlement{Outcome: ledger.NotAttempted, Message: message}
}

// Unrecorded keeps a settlement out of the ledger.
func (s Settlement) Unrecorded() Settlement {
	s.Record = false
	return s
}

// Pending settles a row that waits for a later run: in doubt when a request for it may have happened.
func (f *Facts) Pending(message string) Settlement {
	if f.Open > 0 {
		return inDoubt(f, message)
	}
	return NotAttempted(message)
}

// KeepOut keeps a rejection out of the ledger where it would hide a request that may have happened.
func (f *Facts) KeepOut(s Settlement) Settlement {
	if f.Open > 0 {
		return s.Unrecorded()
	}
	return s
}

// inDoubt settles a row of which it is unknown whether Kustomer has its object.
func inDoubt(f *Facts, message string) Settlement {
	s := Settlement{Outcome: ledger.InDoubt, Stage: StageSend, Message: message}
	if f.Doubt != nil {
		s.Status = f.Doubt.Status
	}
	return s
}

// inDoubtAgain settles a row that was sent as often as it may be.
func inDoubtAgain(f *Facts) Settlement {
	return inDoubt(f, fmt.Sprintf("%s, %d times over; the next run looks again", f.Doubt.Reason, f.Tries))
}

// loaded settles a row whose object Kustomer has.
func loaded(f *Facts, o ledger.Outcome, id string, status int) Settlement {
	return Settlement{Outcome: o, ID: id, Status: status, Hash: f.Hash, Record: true, Moves: f.Moves}
}

// refused settles a row that Kustomer does not take.
func refused(failed *sinks.Error) Settlement {
	s := Reject(StageSend, failed.Field, failed.Error())
	s.Status = failed.Status
	return s
}

// claimed settles a row whose external id belongs to another key.
func claimed(f *Facts, message string) Settlement {
	return f.KeepOut(Reject(StageLedger, f.Traits.ExternalIDField, message))
}

// unseeable says why a row in doubt cannot be looked up.
func unseeable(f *Facts) string {
	if f.Traits.Once {
		return fmt.Sprintf("it may have happened, and nothing tells what %s has done", f.Traits.Sink)
	}
	return "it carries no external id to look it up by"
}

// Unseeable is the message of a row in doubt that only a person can settle.
func (f *Facts) Unseeable() string {
	return unseeable(f) + "; look in Kustomer, then use kustsync resolve"
}

func settle(s Settlement) Next { return Settle{s} }
