//go:build oldengine

package pipeline

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
)

// claims says in a dry run which row an external id is for, as the ledger does in a real run: for each
// kind of object, an index of external ids in the place of keys.
type claims struct {
	mu   sync.Mutex
	held map[string]*index.Index
}

func newClaims() *claims { return &claims{held: map[string]*index.Index{}} }

// take claims an external id for a key, or returns the place of the row that has it.
func (c *claims) take(object, externalID string, key render.Ref, at ledger.Place) (ledger.Place, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.held[object]
	if x == nil {
		x = index.New()
		c.held[object] = x
	}
	own := ledger.Hash(sha256.Sum256([]byte(key.Step + "\x00" + key.Key)))
	if m := x.Claim(externalID, own, at); m.Has(index.Owned) {
		return x.Owner(m), m.Payload == index.Short(own)
	}
	return at, true
}

// planned ends a row that a real run would send. Most steps take the key for the external id: then no
// two keys can share one, and nothing need be held.
func (r *stepRun) planned(ctx context.Context, t *task) (ending, error) {
	if t.ExternalID == "" || !r.plan.SharesIDs(r.step) {
		return ending{outcome: ledger.Planned}, nil
	}
	own, object := r.own(t), r.step.Spec.Object
	if r.read != nil {
		step, key, found, err := r.read.Owner(ctx, object, t.ExternalID)
		if err != nil {
			return r.unread(t, err)
		}
		if found && own != (render.Ref{Step: step, Key: key}) {
			claimed := ledger.ClaimedError{Object: object, ExternalID: t.ExternalID, Step: step, Key: key}
			return r.keep(t, rejected(StageLedger, r.step.Spec.ExternalID, claimed.Error())), nil
		}
	}
	if at, ok := r.claims.take(object, t.ExternalID, own, t.Place()); !ok {
		return r.keep(t, rejected(StageLedger, r.step.Spec.ExternalID, fmt.Sprintf(
			"the external id %q belongs to the row at %s:%d; give each %s its own", t.ExternalID, at.Source, at.Line, object))), nil
	}
	return ending{outcome: ledger.Planned}, nil
}

// plannedUpdate ends a row of which a real run would send a part to an object that is there.
func (r *stepRun) plannedUpdate(ctx context.Context, t *task, p part) (ending, error) {
	end, err := r.planned(ctx, t)
	if err == nil && end.outcome == ledger.Planned {
		end.action, end.asks = ActUpdate, r.readsBefore(p)
	}
	return end, err
}

// readsBefore is how many requests a run makes to see what an object has, before it updates it.
func (r *stepRun) readsBefore(p part) int {
	n := 0
	if p.looks(r.step) {
		n++
	}
	if r.reads(p.payload) {
		n++
	}
	return n
}
