// Package drive does what package decide decides about rows: Load carries everything out, DryRun says what a load
// would send, Survey asks Kustomer besides what that would change.
package drive

import (
	"context"
	"time"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/claims"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// Driver takes a row as far as it can go now.
type Driver interface {
	// Drive returns when the row is settled, has to wait, or is with a batch or a job. An error ends the run.
	Drive(ctx context.Context, r *Row) (Progress, error)
}

// State says how far a row has come.
type State int

// The states of a row that was driven.
const (
	Settled State = iota
	Waiting       // until Row.Due; it is to be driven again then
	Batched       // a batch, a job or a row that found the same object has it, and Step.Wake gives it back; nobody may touch it until then
)

// Progress is how far a row has come, and how it has ended where it is Settled.
type Progress struct {
	State State
	End   Ending
}

// Row is one row on its way through a step.
type Row struct {
	render.Row
	Facts decide.Facts
	Owner any       // what the caller knows the row by
	Due   time.Time // when a row that waits goes on

	update     map[string]any // what of the payload an update sends
	before     *before        // what the ledger knows of an object that is to be brought up to date
	batched    *batched       // of a row that was in a batch
	claimed    string         // the object that its look-up found, until it has ended
	seen       *seenObject    // what a look-up has shown of an object; nil: nothing
	foundID    string         // of a survey: the object that the ledger does not know
	ownsKey    bool
	counted    bool // it counts among the deliveries of this run
	delivering bool // its delivery is under way
}

// batched is a row's request in a batch, and what became of it.
type batched struct {
	batch.Item
	result batch.Result
}

// seenObject is what an answer has shown of an object.
type seenObject struct {
	id       string
	contents map[string]any
}

// contentsOf is what a look-up has shown of the object with that id; nil when none did.
func (r *Row) contentsOf(id string) map[string]any {
	if r.seen == nil || r.seen.id != id {
		return nil
	}
	return r.seen.contents
}

// before is what the ledger knows of an object.
type before struct {
	outcome ledger.Outcome
	fields  string // Entry.Fields
}

// Run is what the steps of a run share.
type Run struct {
	ID     string
	Start  time.Time      // what now gives in templates
	Ledger *ledger.Ledger // nil in a dry run
	Reader *ledger.Reader // nil where there is no ledger to read
	Sink   sinks.Sink
	Places Places
	// AllowDestructive: rows may delete, merge or redact.
	AllowDestructive bool
	// Begun are places for requests that are begun, or about to be: those of Places, and as many again, whose begun records
	// share the next commit. After a kill no more are in doubt.
	Begun   Places
	Late    *LateChanges
	Finals  Finals
	Founds  *Founds
	Parents *Parents
	Merges  *OwnMerges
	IDs     *claims.Claims // objects that look-ups found for rows that are not settled
	Claims  *Claims        // of a dry run
	Unknown *Unknown       // of a survey
	Rules   decide.Run
}

// Step is what drivers need of one step of a run. All fields but Batches and Jobs must be set.
type Step struct {
	*program.Step
	Program *program.Program
	Run     *Run
	Traits  *decide.Traits
	Index   *index.Index
	Batches *batch.Batcher  // nil: rows are sent one by one
	Jobs    *batch.Jobs     // nil: no job of an earlier run can be asked
	Sending context.Context // of requests: it outlives a graceful stop
	Halt    func(error)     // ends the step before anything more is sent
	Info    func(string)    // tells the user something about the step
	Wake    func(*Row)      // gives a row back that was Batched
	// ParentsOf names the objects that a row's templates refer to by ref.
	ParentsOf func(*Row) []render.Ref
	Grow      func() // the caller is about to wait, so that another worker may start

	canary     canary
	control    control
	deliveries *deliveries
	mayDestroy bool // it hangs on the row whether its request can be undone
}

// NewStep returns a Step of which the exported fields are still to be set.
func NewStep(s *program.Step) *Step {
	return &Step{Step: s, Traits: TraitsOf(s), deliveries: newDeliveries(s.Config.MaxDeliveries), mayDestroy: s.Spec.MayDestroy() && !s.Spec.Destructive}
}

// Places are the places for HTTP requests at once.
type Places chan struct{}

// Acquire takes a place; false when ctx is done first.
func (p Places) Acquire(ctx context.Context) bool {
	select {
	case p <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	if ctx.Err() != nil {
		p.Release()
		return false
	}
	return true
}

// Release frees a place.
func (p Places) Release() { <-p }
