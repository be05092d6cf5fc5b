package ledger

import (
	"context"
	"database/sql"
	"errors"
)

// Owner returns the step and key that an external id belongs to, among objects of one kind: those of the entry that
// was loaded with it, or of the intent that was begun with it.
func (r *Reader) Owner(ctx context.Context, object, externalID string) (step, key string, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return "", "", false, err
	}
	if id, ok := r.claims.holder(claim{object, externalID}); ok {
		return id.step, id.key, true, nil
	}
	ctx = context.WithoutCancel(ctx)
	if _, _, err := r.names.find(ctx, r.points, object); err != nil {
		return "", "", false, r.fault(err)
	}
	id, found, err := r.loadedOwner(ctx, r.owner, claim{object, externalID})
	if err != nil {
		return "", "", false, r.fault(err)
	}
	return id.step, id.key, found, nil
}

// claim holds a claim for a key until it is released. The refusal is a *ClaimedError. owner is ownerSQL, prepared on the
// connection to ask.
func (r *Reader) claim(ctx context.Context, owner *sql.Stmt, cl claim, id rowID) (refusal, failure error) {
	if other, ok := r.claims.take(cl, id); !ok {
		return &ClaimedError{cl.object, cl.externalID, other.step, other.key}, nil
	}
	if r.claims.free(cl, id) {
		return nil, nil
	}
	other, found, err := r.loadedOwner(ctx, owner, cl)
	if err == nil && (!found || other == id) {
		return nil, nil
	}
	r.claims.release(cl)
	if err != nil {
		return nil, err
	}
	return &ClaimedError{cl.object, cl.externalID, other.step, other.key}, nil
}

// loadedOwner asks the entries which key has a claim.
func (r *Reader) loadedOwner(ctx context.Context, owner *sql.Stmt, cl claim) (id rowID, found bool, err error) {
	object, ok := r.names.known(cl.object)
	if !ok {
		return rowID{}, false, nil
	}
	err = owner.QueryRowContext(context.WithoutCancel(ctx), object, cl.externalID).Scan(&id.step, &id.key)
	if errors.Is(err, sql.ErrNoRows) {
		return rowID{}, false, nil
	}
	return id, err == nil, err
}
