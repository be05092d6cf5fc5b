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
	own := claims.Key{Step: s.Name(), Key: r.Key}
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

// releaseID gives back what the row has claimed. The rows that waited for it go on.
func (s *Step) releaseID(r *Row) {
	if r.claimed != "" {
		s.Run.IDs.Release(claims.ID{Object: s.Spec.Object, ID: r.claimed}, claims.Key{Step: s.Name(), Key: r.Key})
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

// ownerName names the step and key that own an object, where the ledger knows it; else it is "".
func ownerName(ctx context.Context, s *Step, id string) string {
	if s.Run.Reader == nil {
		return ""
	}
	step, key, owned, err := s.Run.Reader.OwnerOfID(ctx, s.Spec.Object, id)
	if err != nil || !owned { // a message does without
		return ""
	}
	return fmt.Sprintf("%s %q", step, key)
}
