package drive

import (
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// Action is what a run would do about a row.
type Action string

// The actions. A run has something to do about the first four.
const (
	ActCreate       Action = "create"
	ActUpdate       Action = "update"
	ActSend         Action = "send"          // a request whose effect cannot be read before
	ActInDoubt      Action = "in_doubt"      // an earlier run began it: the next one settles it first
	ActUnchanged    Action = "unchanged"     // Kustomer has it as the row has it, or is to keep what it has
	ActExists       Action = "exists"        // Kustomer has it, the ledger did not know, and it is left as it is
	ActSkip         Action = "skipped"       // by when
	ActReject       Action = "rejected"      // a value of the row is wrong
	ActAmbiguous    Action = "ambiguous"     // several objects of Kustomer could be the row's
	ActBlocked      Action = "blocked"       // the object that it refers to is not there
	ActNotAttempted Action = "not_attempted" // it could not be read
)

// Actions lists every action, as tables show them.
var Actions = [...]Action{ActCreate, ActUpdate, ActSend, ActInDoubt, ActUnchanged, ActExists, ActSkip,
	ActReject, ActAmbiguous, ActBlocked, ActNotAttempted}

// IsChange reports whether a run has something to do about rows with this action.
func (a Action) IsChange() bool {
	return a == ActCreate || a == ActUpdate || a == ActSend || a == ActInDoubt
}

// IsProblem reports whether rows with this action cannot be loaded until the row, the pipeline file or Kustomer is corrected.
func (a Action) IsProblem() bool {
	return a == ActReject || a == ActAmbiguous || a == ActBlocked || a == ActNotAttempted
}

// ActionOf says what a load would do about a row that ends so in a survey.
func ActionOf(end *Ending) Action {
	if end.Action != "" {
		return end.Action
	}
	switch end.Outcome {
	case ledger.Planned:
		return ActCreate
	case ledger.Unchanged:
		return ActUnchanged
	case ledger.Existed:
		return ActExists
	case ledger.Skipped:
		return ActSkip
	case ledger.InDoubt:
		return ActInDoubt
	}
	switch {
	case end.Stage == decide.StageParent:
		return ActBlocked
	case end.Ambiguous:
		return ActAmbiguous
	case end.Outcome == ledger.Rejected:
		return ActReject
	}
	return ActNotAttempted
}
