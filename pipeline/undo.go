package pipeline

import (
	"time"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// parentRef is an object that a row's templates refer to, and what its step writes again at the end.
type parentRef struct {
	step *program.Step
	key  string
	id   string
}

// undoes reports whether the step's rows can undo what another step finalizes.
func (r *stepRun) undoes(parent *program.Step) bool {
	return r.finalized[parent.Name()] != nil && r.step.Spec.Kind != sinks.Changes
}

// undo makes stale what a row is about to undo, durably: should the run end before it is written again, the
// next one does that.
func (r *stepRun) undo(t *task) error {
	for _, p := range t.undoes {
		finalized := r.finalized[p.step.Name()]
		if !finalized.Get(p.key).Has(index.Loaded) {
			continue
		}
		finalizer := p.step.Finalizer
		err := r.deps.Ledger.Settle(ledger.Entry{
			Step: finalizer.Name(), Key: p.key, Object: finalizer.Spec.Object, Outcome: ledger.Updated, KustomerID: p.id,
			Place: t.place(), RunID: r.opts.RunID, UpdatedAt: time.Now(), Moves: true,
		})
		if err != nil {
			return err
		}
		finalized.Release(p.key)
	}
	t.undoes = nil
	return nil
}
