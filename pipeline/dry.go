package pipeline

import (
	"context"
	"sync"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// externalID names an object by the id that the user gave it.
type externalID struct{ object, id string }

// claims says in a dry run which key an external id is for, as the ledger does in a real run. It holds
// only what two keys could share: most steps take the key for the external id, and need none of it.
type claims struct {
	mu   sync.Mutex
	held map[externalID]parentKey
}

func newClaims() *claims { return &claims{held: map[externalID]parentKey{}} }

// take claims an external id for a key, and returns the key that has it.
func (c *claims) take(id externalID, k parentKey) parentKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other, ok := c.held[id]; ok {
		return other
	}
	c.held[id] = k
	return k
}

// planned ends a row that a real run would send.
func (r *stepRun) planned(ctx context.Context, t *task) (ending, error) {
	if t.externalID == "" || !r.sharesIDs() {
		return ending{outcome: ledger.Planned}, nil
	}
	own, object := parentKey{r.step.Name(), t.key}, r.step.Spec.Object
	owner := own
	if r.read != nil {
		step, key, found, err := r.read.Owner(ctx, object, t.externalID)
		if err != nil {
			return r.unread(t, err)
		}
		if found {
			owner = parentKey{step, key}
		}
	}
	if owner == own {
		owner = r.claims.take(externalID{object, t.externalID}, own)
	}
	if owner == own {
		return ending{outcome: ledger.Planned}, nil
	}
	claimed := ledger.ClaimedError{Object: object, ExternalID: t.externalID, Step: owner.step, Key: owner.key}
	return r.keep(t, rejected(StageLedger, externalIDField, claimed.Error())), nil
}

// sharesIDs reports whether two keys could have one external id.
func (r *stepRun) sharesIDs() bool {
	if r.step.externalID != nil {
		return true
	}
	for _, other := range r.plan.Steps {
		if other != r.step && other.Spec.Object == r.step.Spec.Object {
			return true
		}
	}
	return false
}
