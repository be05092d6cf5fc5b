package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
)

// claim is an external id of one kind of object: only one key may have it.
type claim struct{ object, externalID string }

// holder is who holds a claim, and how often: once for each intent and for each outcome on its way.
type holder struct {
	id
	times int
}

// claims holds the external ids of what is begun; those of what is loaded are in the entries. It
// also knows which questions to the entries can be spared: a key that is its own external id, in
// the only step of its kind of object, cannot meet another.
type claims struct {
	mu    sync.Mutex
	held  map[claim]holder
	kinds map[string]*kind
}

// kind is what the ledger holds of one kind of object.
type kind struct {
	steps    map[string]bool
	explicit bool // an external id that is not its key
}

func newClaims() *claims { return &claims{held: map[claim]holder{}, kinds: map[string]*kind{}} }

// take holds the claim for k until release, or returns who has it.
func (c *claims) take(cl claim, k id) (id, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.held[cl]
	if ok && h.id != k {
		return h.id, false
	}
	c.held[cl] = holder{k, h.times + 1}
	return k, true
}

func (c *claims) release(all ...claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cl := range all {
		if h := c.held[cl]; h.times > 1 {
			c.held[cl] = holder{h.id, h.times - 1}
		} else {
			delete(c.held, cl)
		}
	}
}

func (c *claims) holder(cl claim) (id, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.held[cl]
	return h.id, ok
}

// addKind notes that a step holds objects of a kind, and reports whether that is news.
func (c *claims) addKind(object, step string, explicit bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.kinds[object]
	if k == nil {
		k = &kind{steps: map[string]bool{}}
		c.kinds[object] = k
	}
	known, had := k.steps[step]
	if had && (known || !explicit) {
		return false
	}
	k.steps[step] = explicit
	k.explicit = k.explicit || explicit
	return true
}

// free reports whether no other entry can have the claim of k, so that nobody need be asked.
func (c *claims) free(cl claim, k id) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.kinds[cl.object]
	if known == nil {
		return true
	}
	_, own := known.steps[k.step]
	return own && len(known.steps) == 1 && !known.explicit && cl.externalID == k.key
}

// ownerSQL finds the loaded entry that has an external id (?2) among objects of a kind (?1).
const ownerSQL = `
SELECT s.name, e.key FROM (
  SELECT step, key, kustomer_id FROM entries
    WHERE key = ?2 AND external_id IS NULL AND object = ?1 AND step IN (SELECT step FROM kinds WHERE object = ?1)
  UNION ALL
  SELECT step, key, kustomer_id FROM entries WHERE object = ?1 AND external_id = ?2 AND external_id > ''
) e JOIN names s ON s.id = e.step WHERE e.kustomer_id <> '' LIMIT 1`

// claim holds a claim for k until it is released. The refusal is a *ClaimedError.
func (r *Reader) claim(ctx context.Context, owner *sql.Stmt, cl claim, k id) (refusal, failure error) {
	if other, ok := r.claims.take(cl, k); !ok {
		return &ClaimedError{cl.object, cl.externalID, other.step, other.key}, nil
	}
	if r.claims.free(cl, k) {
		return nil, nil
	}
	other, found, err := r.loadedOwner(ctx, owner, cl)
	if err == nil && (!found || other == k) {
		return nil, nil
	}
	r.claims.release(cl)
	if err != nil {
		return nil, err
	}
	return &ClaimedError{cl.object, cl.externalID, other.step, other.key}, nil
}

// loadedOwner asks the entries who has a claim.
func (r *Reader) loadedOwner(ctx context.Context, owner *sql.Stmt, cl claim) (k id, found bool, err error) {
	object, ok := r.names.known(cl.object)
	if !ok {
		return id{}, false, nil
	}
	err = owner.QueryRowContext(context.WithoutCancel(ctx), object, cl.externalID).Scan(&k.step, &k.key)
	if errors.Is(err, sql.ErrNoRows) {
		return id{}, false, nil
	}
	return k, err == nil, err
}

// loadKinds reads the kinds.
func (c *claims) loadKinds(ctx context.Context, q querier, n *names) error {
	rows, err := q.QueryContext(ctx, `SELECT object, step, explicit, sum FROM kinds`)
	if err != nil {
		return err
	}
	defer closeRows(rows)
	for rows.Next() {
		var object, step, sum int64
		var explicit bool
		if err := rows.Scan(&object, &step, &explicit, &sum); err != nil {
			return err
		}
		if sum != kindSum(object, step, explicit) {
			return damageError("a kind of object is not as it was written")
		}
		objectName, err := n.get(ctx, q, object)
		if err != nil {
			return err
		}
		stepName, err := n.get(ctx, q, step)
		if err != nil {
			return err
		}
		c.addKind(objectName, stepName, explicit)
	}
	return rows.Err()
}

func kindSum(object, step int64, explicit bool) int64 {
	return int64(crc32.Checksum(fmt.Append(nil, object, step, explicit), castagnoli))
}
