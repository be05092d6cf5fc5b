package drive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
)

// DryRun is the Driver of a run that sends nothing: what a load would ask Kustomer, or send, ends a row as planned.
// Waits are over at once.
type DryRun struct{ *Step }

// NewDryRun returns the DryRun of a step, whose traits then say that nothing is looked up.
func NewDryRun(s *Step) DryRun {
	traits := *s.Traits
	traits.LookFirst = false
	s.Traits = &traits
	return DryRun{s}
}

// Drive implements Driver.
func (d DryRun) Drive(ctx context.Context, r *Row) (Progress, error) {
	f := &r.Facts
	f.Now = time.Now()
	var stop error
	for {
		next := decide.Row(f)
		f.Take(next)
		var end *Ending
		var err error
		switch n := next.(type) {
		case decide.Settle:
			end = &Ending{Settlement: n.Settlement}
		case decide.ReadEntry:
			end, err = d.readEntry(ctx, r)
		case decide.WaitUntil:
			f.Now = n.At
		case decide.AskJob:
			f.LearnJob(decide.Job{})
		case decide.PrepareUpdate:
			end, err = d.planUpdate(ctx, r, n)
		default:
			end, err = d.plan(ctx, r)
		}
		if stop = cmp.Or(stop, err); end != nil {
			return Progress{End: *end}, stop
		}
	}
}

// planUpdate ends a row of which a load would send a part to an object that is there.
func (d DryRun) planUpdate(ctx context.Context, r *Row, n decide.PrepareUpdate) (*Ending, error) {
	u, end, err := d.diff(ctx, r, n)
	if end != nil || err != nil {
		return end, err
	}
	if u.isNothing(n.Op) {
		r.Facts.LearnPrepared(decide.Prepared{State: decide.NothingNew, Known: r.known()})
		return nil, nil
	}
	end, err = d.plan(ctx, r)
	if err == nil && end.Outcome == ledger.Planned {
		end.Action, end.Asks = ActUpdate, d.readsBefore(u)
	}
	return end, err
}

// plan ends a row that a load would send.
func (s *Step) plan(ctx context.Context, r *Row) (*Ending, error) {
	if s.Delivers() {
		action := ActSend
		if r.Facts.Open > 0 {
			action = ActInDoubt
		}
		return &Ending{Settlement: decide.Settlement{Outcome: ledger.Planned}, Action: action, Asks: 1}, nil // the draft comes before it
	}
	planned := &Ending{Settlement: decide.Settlement{Outcome: ledger.Planned}}
	if r.ExternalID == "" || !s.Program.SharesIDs(s.Step) {
		return planned, nil
	}
	own, object := s.objectOf(r), s.Spec.Object
	if s.Run.Reader != nil {
		step, key, found, err := s.Run.Reader.Owner(ctx, object, r.ExternalID)
		if err != nil {
			return s.Unread(r, err)
		}
		if found && key == r.Key && step != own.Step {
			return shared(), nil
		}
		if found && own != (render.Ref{Step: step, Key: key}) {
			claimed := ledger.ClaimedError{Object: object, ExternalID: r.ExternalID, Step: step, Key: key}
			return s.notTheOwner(r, claimed.Error()), nil
		}
	}
	at, holder := s.Run.Claims.take(object, r.ExternalID, own, r.Place())
	switch {
	case holder == index.Short(claimOf(own)):
	case DryRun{s}.isSharedBy(r, holder):
		return shared(), nil
	default:
		return s.notTheOwner(r, fmt.Sprintf("the external id %q belongs to the row at %s:%d; give each %s its own",
			r.ExternalID, at.Source, at.Line, object)), nil
	}
	return planned, nil
}

// shared ends a row whose object another step makes for the same key.
func shared() *Ending { return &Ending{Settlement: decide.Settlement{Outcome: ledger.Existed}} }

// isSharedBy reports whether an external id is held by the row with the same key in another step that makes the same kind
// of object.
func (d DryRun) isSharedBy(r *Row, holder uint64) bool {
	return slices.ContainsFunc(d.Program.Steps, func(other *program.Step) bool {
		return other.Spec.Object == d.Spec.Object && holder == index.Short(claimOf(render.Ref{Step: other.Name(), Key: r.Key}))
	})
}

// notTheOwner ends a row whose external id belongs to another row.
func (s *Step) notTheOwner(r *Row, message string) *Ending {
	return &Ending{Settlement: s.KeepOut(r, decide.Reject(decide.StageLedger, s.Spec.ExternalID, message))}
}

// readsBefore is how many requests a load makes to see what an object has, before it updates it.
func (s *Step) readsBefore(u *update) int {
	n := 0
	if u.looks(s.Step) {
		n++
	}
	if s.reads(u.payload) {
		n++
	}
	return n
}

// reads reports whether a load reads an object before it updates it: for the list that it adds to, or for what it
// must keep.
func (s *Step) reads(payload map[string]any) bool {
	lacks := func(name string) bool { _, mapped := payload[name]; return !mapped }
	return s.Spec.Append != nil || slices.ContainsFunc(s.Spec.Preserve, lacks)
}

// Claims says in a dry run which row an external id is for, as the ledger does in a load: for each kind of object,
// an index of external ids in the place of keys.
type Claims struct {
	mu   sync.Mutex
	held map[string]*index.Index
}

// NewClaims returns Claims without any.
func NewClaims() *Claims { return &Claims{held: map[string]*index.Index{}} }

// claimOf stands for a row in the index of a Claims.
func claimOf(at render.Ref) ledger.Hash {
	return ledger.Hash(sha256.Sum256([]byte(at.Step + "\x00" + at.Key)))
}

// take claims an external id for an object. It returns who has it then: the row itself, or another one, with its place.
func (c *Claims) take(object, externalID string, by render.Ref, at ledger.Place) (place ledger.Place, holder uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.held[object]
	if x == nil {
		x = index.New()
		c.held[object] = x
	}
	own := claimOf(by)
	if m := x.Claim(externalID, own, at); m.Has(index.Owned) {
		return x.Owner(m), m.Payload
	}
	return at, index.Short(own)
}
