package ledger

import (
	"context"
	"fmt"
	"hash/crc32"
	"strings"
	"sync"
)

// claim is an external id of one kind of object: only one key may have it.
type claim struct{ object, externalID string }

// holder is the key that holds a claim, and how often: once for each open intent and for each outcome that is being
// recorded.
type holder struct {
	rowID
	times int
}

// claims holds the external ids of open intents; those of loaded objects are in the entries. It also knows when the
// entries need not be asked: a key that is its own external id, in the only step of its kind of object, cannot
// meet another.
type claims struct {
	mu    sync.Mutex
	held  map[claim]holder
	kinds map[string]*kind
}

// kind is what the ledger holds of one kind of object.
type kind struct {
	steps    map[string]bool // true: the step has an external id that is not its key
	explicit bool            // any step has one
}

func newClaims() *claims { return &claims{held: map[claim]holder{}, kinds: map[string]*kind{}} }

// take holds the claim for a key until release, or returns the key that holds it and false.
func (c *claims) take(cl claim, id rowID) (rowID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.held[cl]
	if ok && h.rowID != id {
		return h.rowID, false
	}
	c.held[cl] = holder{id, h.times + 1}
	return id, true
}

func (c *claims) release(all ...claim) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cl := range all {
		if h := c.held[cl]; h.times > 1 {
			c.held[cl] = holder{h.rowID, h.times - 1}
		} else {
			delete(c.held, cl)
		}
	}
}

func (c *claims) holder(cl claim) (rowID, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.held[cl]
	return h.rowID, ok
}

// addKind notes that a step holds objects of a kind, and reports whether that changes what is known.
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

// kindsOf returns the kinds of object that a step holds, and for each whether it has an external id that is not its key.
func (c *claims) kindsOf(step string) map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]bool{}
	for object, k := range c.kinds {
		if explicit, ok := k.steps[step]; ok {
			all[object] = explicit
		}
	}
	return all
}

// dropStep forgets what a step holds.
func (c *claims) dropStep(step string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range c.kinds {
		delete(k.steps, step)
	}
}

// free reports whether no entry of another key can have the claim, so that the entries need not be asked.
func (c *claims) free(cl claim, id rowID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.kinds[cl.object]
	if known == nil {
		return true
	}
	_, own := known.steps[id.step]
	return own && len(known.steps) == 1 && !known.explicit && cl.externalID == id.key
}

// ownerSQL finds the loaded entry that has an external id (?2) among objects of a kind (?1), in a ledger of a format.
// An alias and an entry that shares its object have none.
func ownerSQL(format int) string {
	if format < 3 {
		return ownerOldSQL + ` LIMIT 1`
	}
	return strings.ReplaceAll(ownerOldSQL, `kustomer_id FROM`, `kustomer_id, role FROM`) + ` AND e.role NOT IN (2, 3) LIMIT 1`
}

const ownerOldSQL = `
SELECT s.name, e.key FROM (
  SELECT step, key, kustomer_id FROM entries
    WHERE key = ?2 AND external_id IS NULL AND object = ?1 AND step IN (SELECT step FROM kinds WHERE object = ?1)
  UNION ALL
  SELECT step, key, kustomer_id FROM entries WHERE object = ?1 AND external_id = ?2 AND external_id > ''
) e JOIN names s ON s.id = e.step WHERE e.kustomer_id <> ''`

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
