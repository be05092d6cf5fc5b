//go:build oldengine

package pipeline

import (
	"fmt"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// budgetFloor is how many rows must be settled before a share of them says anything.
const budgetFloor = 200

// overBudget returns the error that ends the run when more rows were rejected than max_errors allows.
func (e *engine) overBudget() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	rows, bad := e.summary.Rows(), e.summary.Of(ledger.Rejected)
	limit := e.opts.MaxErrors
	over := limit.Percent == 0 && bad > limit.Rows ||
		limit.Percent > 0 && rows >= budgetFloor && float64(bad)*100 > limit.Percent*float64(rows)
	if !over || e.opts.DryRun {
		return nil
	}
	return &StopError{Reason: StopErrors, Err: fmt.Errorf("%d of %d rows were rejected, more than max_errors allows", bad, rows),
		Hint: "correct the rows in the rejects file or the mapping, then run the same command again"}
}
