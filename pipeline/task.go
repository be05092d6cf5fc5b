//go:build oldengine

package pipeline

import (
	"context"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// task is one row on its way through a step.
type task struct {
	render.Row
	before *before // what the ledger knows of an object that is to be brought up to date
	owns   bool    // the row owns its key: no other row of the run decides what is loaded for it

	then func(context.Context) (ending, error) // with what it goes on that was away, or parked

	// In lanes.
	lanes   []lane
	few     [2]lane // room for lanes
	next    []*task // rows that wait for this one
	behind  int     // rows that this one waits for
	blocked bool    // a row before it could not be settled

	// Once a request was sent.
	tries    int    // requests of this run
	attempts int    // requests of all runs
	open     int    // requests that were begun, and neither settled nor withdrawn
	doubt    *doubt // a request that may have happened
	ref      string // names the row in its batch
	rode     bool   // its last request was a batch, which may wait long before it is worked off
	inJob    bool   // that batch became a job, though nothing is known of this row
	worked   bool   // and the job was worked off
	single   bool   // it goes by itself
	counted  bool   // among the deliveries of this run
}

// before is what the ledger knows of an object.
type before struct {
	outcome ledger.Outcome
	fields  string // Entry.Fields
}

// doubt says since when, and why, it is unknown whether a request of a task has happened.
type doubt struct {
	due        time.Time   // end of the quiet time
	id         string      // of the object that was to be updated; "" for a create
	externalID string      // of the object that may have been created
	hash       ledger.Hash // of what was sent; zero when several contents were
	status     int
	reason     string
	patient    bool // it was waited for look-ups that lag behind
}

// ending is what became of a task.
type ending struct {
	outcome    ledger.Outcome
	id         string
	externalID string // of the object, where it is not the row's
	stage      Stage
	field      string
	status     int
	message    string
	value      string
	changed    bool
	same       bool           // Kustomer has this content, though nothing was sent
	hash       ledger.Hash    // of what Kustomer has, when record is set
	record     bool           // the ledger keeps it
	recordAs   ledger.Outcome // what the ledger calls the outcome, where it has another word
	parked     bool           // not an ending: the task goes on after its quiet time
	away       bool           // not an ending: somebody else has the task, and makes it ready again

	// Of a survey.
	action  Action             // where the outcome does not say it
	changes []sinks.Difference // of an update
	unknown bool               // Kustomer has the object, and the ledger did not know
	sends   bool               // a run sends a request, though nothing changes by it
	asks    int                // requests that it takes besides: look-ups, reads, a create that is refused
}

// settled reports whether rows behind this one in a lane may go on.
func (e ending) settled() bool {
	return e.outcome != ledger.InDoubt && e.outcome != ledger.NotAttempted
}

// rejected ends a task whose row cannot be loaded as it is.
func rejected(stage Stage, field, message string) ending {
	return ending{outcome: ledger.Rejected, stage: stage, field: field, message: message, record: true}
}

// runEnded is the message of rows that the run did not come to, and needs no words: the error that
// ended the run says why.
const runEnded = ""

// notAttempted ends a task that this run did not come to.
func notAttempted(message string) ending {
	return ending{outcome: ledger.NotAttempted, message: message}
}

// pending ends a row that waits for a later run: in doubt when a request for it may have happened.
func (r *stepRun) pending(t *task, message string) ending {
	if t.open > 0 {
		return inDoubt(t, message)
	}
	return notAttempted(message)
}

// inDoubt ends a task of which it is unknown whether Kustomer has its object.
func inDoubt(t *task, message string) ending {
	end := ending{outcome: ledger.InDoubt, stage: StageSend, message: message}
	if t.doubt != nil {
		end.status = t.doubt.status
	}
	return end
}

// unrecorded keeps a rejection out of the ledger.
func (e ending) unrecorded() ending {
	e.record = false
	return e
}
