//go:build oldengine

package pipeline

import (
	"github.com/kustsync/kustsync/pipeline/fields"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// knownFields is what the ledger keeps of the fields that a row's object has now; "" where the step never
// sends less than all, or where that is not known.
func (r *stepRun) knownFields(t *task, end ending) string {
	if !r.step.Tracks() || end.hash != t.Hash || end.hash == (ledger.Hash{}) {
		return ""
	}
	sent := end.outcome == ledger.Created || end.outcome == ledger.Updated || end.same || r.step.Changes()
	if !sent {
		return ""
	}
	set, err := fields.New(r.step.Spec, t.Content())
	if err != nil {
		return "" // then all is sent next time
	}
	return string(set)
}
