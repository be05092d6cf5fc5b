package drive

import (
	"sync/atomic"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// canary is the row that is sent again first where a step has no object yet that a look-up must find: the others in
// doubt wait, and hold their misses against its object. So at most one object is made twice where look-ups find
// nothing. The zero value has none under way.
type canary struct {
	row     atomic.Pointer[Row]
	unclear atomic.Bool // nobody knows what became of one: no other follows
}

// ask reports whether r is the canary, which it becomes where there is none; made: this run has made an object
// meanwhile, against which misses can be held; coming: a batch is under way that may make one, so that no row need become
// the canary yet.
func (c *canary) ask(r *Row, made, coming bool) decide.Canary {
	is := c.row.Load() == r || !coming && !c.unclear.Load() && c.row.CompareAndSwap(nil, r)
	switch {
	case is && !made:
		return decide.CanaryGo
	case c.unclear.Load():
		return decide.CanaryUnclear
	}
	return decide.CanaryWait
}

// ended lets another row be the canary, if r was it and is settled.
func (c *canary) ended(r *Row, settled bool) {
	if c.row.Load() == r {
		c.unclear.Store(!settled)
		c.row.Store(nil)
	}
}

// control is the first object that a step created in this run. Look-ups must find it.
type control struct{ first atomic.Pointer[ledger.Entry] }

func (c *control) isKnown() bool { return c.first.Load() != nil }

// note remembers an object that was created, if it is the first.
func (c *control) note(e ledger.Entry) {
	if e.ExternalID != "" && c.first.Load() == nil {
		first := e // else every entry would be on the heap
		c.first.CompareAndSwap(nil, &first)
	}
}
