//go:build oldengine

package pipeline

import (
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
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
	ActReject       Action = "rejected"      // the row is at fault
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

// IsFault reports whether rows with this action cannot be loaded as things are.
func (a Action) IsFault() bool {
	return a == ActReject || a == ActAmbiguous || a == ActBlocked || a == ActNotAttempted
}

// Verdict is what a survey found out about a row.
type Verdict struct {
	Action Action
	// Unknown: Kustomer has the object, and the ledger did not know.
	Unknown bool
	Changes []sinks.Difference // of an update; ids that are not known yet stand as <id of customer "zd-1">
	// The request, of a create or a send.
	Method, Path string
	Body         any            // nil for nothing
	Payload      map[string]any // as fitted; nil when the row did not come so far. Not to be changed.
}

// verdict is the verdict on a row in a survey.
func (r *stepRun) verdict(t *task, end ending) *Verdict {
	if !r.opts.Survey {
		return nil
	}
	v := &Verdict{Action: actionOf(end), Unknown: end.unknown, Payload: t.Payload()}
	for _, c := range end.changes {
		v.Changes = append(v.Changes, sinks.Difference{Field: c.Field, Old: c.Old, New: t.Placeholders.Show(c.New)})
	}
	if v.Action == ActCreate || v.Action == ActSend {
		v.Method, v.Path, v.Body, _ = r.request(t) // Fit has checked that there is a route
	}
	return v
}

// actionOf is what a run would do about a row that ends so in a survey.
func actionOf(end ending) Action {
	if end.action != "" {
		return end.action
	}
	switch end.outcome {
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
	case end.stage == StageParent:
		return ActBlocked
	case end.outcome == ledger.Rejected:
		return ActReject
	}
	return ActNotAttempted
}
