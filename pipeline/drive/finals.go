package drive

import (
	"time"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// Finals is what finalizers have written, by the names of the steps that they finalize.
type Finals map[string]*index.Index

// makeStale makes stale, durably, what a row is about to undo of the final values: should the run end before they
// are written again, the next one does that.
func (s *Step) makeStale(r *Row) error {
	for _, p := range r.Undoes {
		written := s.Run.Finals[p.Step.Name()]
		if !written.Get(p.Key).Has(index.Loaded) {
			continue
		}
		finalizer := p.Step.Finalizer
		err := s.Run.Ledger.Settle(ledger.Entry{
			Step: finalizer.Name(), Key: p.Key, Object: finalizer.Spec.Object, Outcome: ledger.Updated, KustomerID: p.ID,
			Place: r.Place(), RunID: s.Run.ID, UpdatedAt: time.Now(), Moves: true, Role: finalizer.Role(),
		})
		if err != nil {
			return err
		}
		written.Release(p.Key)
	}
	r.Undoes = nil
	return nil
}
