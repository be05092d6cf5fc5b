// Package claims says which row of this run is about to own an object of Kustomer that the ledger does not know yet.
package claims

import "sync"

// ID is an object of Kustomer.
type ID struct {
	Object string // kind of object: "customer"
	ID     string // Kustomer's id
}

// Key is a row's step and key.
type Key struct{ Step, Key string }

// Claims holds the ids of objects that look-ups found for rows which are not settled. Two rows that found one object
// must not both become it:
//
//   - a row whose look-up found an id calls Take, and then asks ledger.Reader.OwnerOfID, in this order: a claim is
//     released after the owner's entry is durable, so one of the two always tells. Owned by another key: Release, and
//     reject the row, naming the owner.
//   - a row that Take refuses waits, without a goroutine, until its wake is called: it then starts again with Take.
//     When the other row was settled with the id, OwnerOfID names it now; when it failed, the id is free.
//   - a row that is settled, rejected or left calls Release, after Ledger.Settle has returned.
//
// Its methods may be called from any goroutine. It holds about 200 bytes for each row that has a claim or waits, and
// nothing for one that is settled. The zero value is ready.
type Claims struct {
	mu   sync.Mutex
	held map[ID]*claim
}

type claim struct {
	holder  Key
	waiting []func()
}

// Take claims an id for a row. When another row holds it, Take returns that row and false, and wake is called once, when
// that row releases the id, in the goroutine of Release: it must not block. wake may be nil. A row may take an id that it
// holds again; one Release ends all.
func (c *Claims) Take(id ID, row Key, wake func()) (holder Key, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held[id]
	switch {
	case held == nil:
		if c.held == nil {
			c.held = map[ID]*claim{}
		}
		c.held[id] = &claim{holder: row}
		return row, true
	case held.holder == row:
		return row, true
	}
	if wake != nil {
		held.waiting = append(held.waiting, wake)
	}
	return held.holder, false
}

// Release gives an id back that a row holds, and wakes the rows that wait for it, in the order in which they came. It does
// nothing when the row does not hold the id.
func (c *Claims) Release(id ID, row Key) {
	for _, wake := range c.release(id, row) {
		wake()
	}
}

func (c *Claims) release(id ID, row Key) []func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held[id]
	if held == nil || held.holder != row {
		return nil
	}
	delete(c.held, id)
	return held.waiting
}

// Holder returns the row that holds an id, if one does.
func (c *Claims) Holder(id ID) (Key, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held[id]
	if held == nil {
		return Key{}, false
	}
	return held.holder, true
}

// Len is how many ids are held.
func (c *Claims) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.held)
}
