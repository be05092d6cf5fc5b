package pipeline

import (
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sources"
)

// Settlement is what became of one row in one step.
type Settlement struct {
	Step    string
	Source  *program.Source
	Row     sources.Row // as read; the outer row under each
	Number  int         // 1-based number of Row in its source
	Key     string      // "" when the row has none
	Outcome ledger.Outcome
	ID      string // Kustomer's id, when known

	// Why it is rejected, in doubt or not attempted.
	Stage   decide.Stage
	Field   string // field of the sink at fault
	Status  int    // HTTP status
	Message string // holds no row values
	Value   string // the value at fault, shown only when the user asks for values
	// Changed: the row is unchanged for kustsync, but its content differs from what was loaded.
	Changed bool
	Verdict *Verdict // of a survey; nil in any other run
}

// Observer is told what a run does. The engine calls it from one goroutine at a time.
type Observer interface {
	// StepStarted is called before the step reads its source.
	StepStarted(step *program.Step)
	// Settled is called once for every row of each step.
	Settled(s Settlement)
	// Note is called with a message about a step for the person who watches the run.
	Note(step, text string)
	// Waiting is called when n rows in doubt wait for their quiet time; n is 0 when the wait is over.
	Waiting(step string, n int)
}

// Observers calls each of its elements in order.
type Observers []Observer

// StepStarted implements Observer.
func (o Observers) StepStarted(step *program.Step) {
	for _, each := range o {
		each.StepStarted(step)
	}
}

// Settled implements Observer.
func (o Observers) Settled(s Settlement) {
	for _, each := range o {
		each.Settled(s)
	}
}

// Note implements Observer.
func (o Observers) Note(step, text string) {
	for _, each := range o {
		each.Note(step, text)
	}
}

// Waiting implements Observer.
func (o Observers) Waiting(step string, n int) {
	for _, each := range o {
		each.Waiting(step, n)
	}
}
