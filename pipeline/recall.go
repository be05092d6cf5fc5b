//go:build oldengine

package pipeline

import (
	"context"
	"errors"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// recall gives a row the content that the ledger knows of it, where its step deletes or merges what templates
// find: what is not found any more is no fault of a row that was carried out, or may have been. It reports
// false where the ledger knows nothing of the row.
func (r *stepRun) recall(ctx context.Context, t *task, fault error) (bool, error) {
	var value *mappings.ValueError
	if r.read == nil || !r.step.Spec.Destructive || !errors.As(fault, &value) || !value.Absent || r.index.Get(t.Key).Has(index.Owned) {
		return false, nil
	}
	if intent, ok := r.begun(t.Key); ok {
		r.restore(t, intent.KustomerID, intent.Hash)
		return true, nil
	}
	entry, ok, err := r.read.Get(ctx, r.step.Name(), t.Key)
	if !ok || err != nil || !entry.Loaded() {
		return false, err
	}
	r.restore(t, entry.KustomerID, entry.Hash)
	return true, nil
}

// isGone reports whether a refusal says that there is nothing to delete: after a request that may have happened
// it did.
func isGone(step *program.Step, failed *sinks.Error) bool {
	return step.Spec.Destructive && (failed.Class == sinks.Missing || failed.Class == sinks.Deleted)
}

// restore makes a payload of what names the object; nothing else is sent to what is to be gone.
func (r *stepRun) restore(t *task, id string, hash ledger.Hash) {
	t.SetPayload(map[string]any{r.step.Spec.Target: id}, hash)
}
