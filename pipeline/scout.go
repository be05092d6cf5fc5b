//go:build oldengine

package pipeline

import "sync/atomic"

// scout is the row that is sent again first where a step has no object yet that a look-up must find: the others
// in doubt wait, and hold their misses against its object. So at most one is made twice where look-ups find
// nothing. The zero value has none under way.
type scout struct {
	row     atomic.Pointer[task]
	unclear atomic.Bool // nobody knows what became of one: no other follows
}

// goes reports whether t is the scout, which it becomes where there is none.
func (s *scout) goes(t *task) bool {
	return s.row.Load() == t || !s.unclear.Load() && s.row.CompareAndSwap(nil, t)
}

// ended lets another row be the scout, if t was it and is settled.
func (s *scout) ended(t *task, settled bool) {
	if s.row.Load() == t {
		s.unclear.Store(!settled)
		s.row.Store(nil)
	}
}
