//go:build oldengine

package pipeline

import (
	"time"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// undo makes stale what a row is about to undo, durably: should the run end before it is written again, the
// next one does that.
func (r *stepRun) undo(t *task) error {
	for _, p := range t.Undoes {
		finalized := r.finalized[p.Step.Name()]
		if !finalized.Get(p.Key).Has(index.Loaded) {
			continue
		}
		finalizer := p.Step.Finalizer
		err := r.deps.Ledger.Settle(ledger.Entry{
			Step: finalizer.Name(), Key: p.Key, Object: finalizer.Spec.Object, Outcome: ledger.Updated, KustomerID: p.ID,
			Place: t.Place(), RunID: r.opts.RunID, UpdatedAt: time.Now(), Moves: true,
		})
		if err != nil {
			return err
		}
		finalized.Release(p.Key)
	}
	t.Undoes = nil
	return nil
}
