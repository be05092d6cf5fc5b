package drive

import (
	"context"
	"fmt"

	"github.com/kustsync/kustsync/pipeline/claims"
	"github.com/kustsync/kustsync/pipeline/decide"
)

// takeID claims the object that a look-up found for a row: two keys never own one object (decisions.md 1.1). Not nil: it
// belongs to another key, and the row ends. wake is called when the row that has the claim is settled, and may be nil:
// then such a row counts as the owner. False: the row waits for it, and is no longer the caller's.
func (s *Step) takeID(ctx context.Context, r *Row, id string, wake func()) (end *Ending, taken bool, err error) {
	if r.claimed != "" && r.claimed != id { // found again, after a wait, as another one
		s.releaseID(r)
		r.claimed = ""
	}
	own := claimant(s, r)
	object := claims.ID{Object: s.Spec.Object, ID: id}
	if holder, ok := s.Run.IDs.Take(object, own, wake); !ok {
		if wake != nil {
			return nil, false, nil
		}
		return ownedBy(r, object, holder), true, nil
	}
	r.claimed = id
	if s.Run.Reader == nil {
		return nil, true, nil
	}
	step, key, owned, err := s.Run.Reader.OwnerOfID(ctx, s.Spec.Object, id)
	if err != nil {
		end, err := s.Unread(r, err)
		return end, true, err
	}
	if owner := (claims.Key{Step: step, Key: key}); owned && owner != own {
		return ownedBy(r, object, owner), true, nil
	}
	return nil, true, nil
}

// claimant names a row in claims.
func claimant(s *Step, r *Row) claims.Key { return claims.Key{Step: s.Name(), Key: r.Key} }

// releaseID gives back what the row has claimed. The rows that waited for it go on.
func (s *Step) releaseID(r *Row) {
	if r.claimed != "" {
		s.Run.IDs.Release(claims.ID{Object: s.Spec.Object, ID: r.claimed}, claimant(s, r))
	}
}

// ownedBy rejects a row whose look-up found the object of another key.
func ownedBy(r *Row, found claims.ID, owner claims.Key) *Ending {
	end := decide.Reject(decide.StageSend, "", fmt.Sprintf(
		"Kustomer finds the %s %s for it, which is that of %s %q: two rows never share one %[1]s; correct the one that names what belongs to the other",
		found.Object, found.ID, owner.Step, owner.Key))
	end.LookFirst = true
	return &Ending{Settlement: r.Facts.KeepOut(end)}
}

// ownerName names the step and key, other than own, that an object belongs to, where a row under way has claimed it or the
// ledger says so; else it is "". Claims come first: a row keeps its claim until its entry is durable.
func ownerName(ctx context.Context, s *Step, own claims.Key, id string) string {
	if holder, ok := s.Run.IDs.Holder(claims.ID{Object: s.Spec.Object, ID: id}); ok && holder != own {
		return fmt.Sprintf("%s %q", holder.Step, holder.Key)
	}
	if s.Run.Reader == nil {
		return ""
	}
	step, key, owned, err := s.Run.Reader.OwnerOfID(ctx, s.Spec.Object, id)
	if err != nil || !owned { // a message does without
		return ""
	}
	return fmt.Sprintf("%s %q", step, key)
}
