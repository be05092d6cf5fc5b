//go:build oldengine

package pipeline

import (
	"context"
	"hash/maphash"
	"sync"

	"github.com/kustsync/kustsync/pipeline/render"
)

// maxWaiting bounds the rows that were read and wait behind another row of their lane. They take
// no place in the window, so that one long lane leaves the window to the others.
const maxWaiting = 4096

// lane names a row of rows that run one after another, in source order, by a 64-bit hash. Rows of two
// lanes that were taken for one would wait for each other in vain, and that is all.
type lane uint64

// lanes keeps rows that have a lane in common in source order.
type lanes struct {
	seed    maphash.Seed
	mu      sync.Mutex
	room    *sync.Cond
	tails   map[lane]*task    // the last row of each lane that is under way
	broken  map[lane]struct{} // lanes with a row that this run could not settle
	waiting int
}

func newLanes() *lanes {
	l := &lanes{seed: maphash.MakeSeed(), tails: map[lane]*task{}, broken: map[lane]struct{}{}}
	l.room = sync.NewCond(&l.mu)
	return l
}

// of returns the lane with that name.
func (l *lanes) of(name render.LaneName) lane {
	return lane(maphash.String(l.seed, name.Name) + uint64(name.Kind))
}

// enter puts t at the end of its lanes and reports whether it may run now. If it may not, enter
// returns once at most maxWaiting rows wait, or ctx is done.
func (l *lanes) enter(ctx context.Context, t *task) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range t.lanes {
		if _, broken := l.broken[name]; broken {
			t.blocked = true
		}
		if before := l.tails[name]; before != nil {
			before.next = append(before.next, t)
			t.behind++
		}
		l.tails[name] = t
	}
	if t.behind == 0 {
		return true
	}
	if l.waiting++; l.waiting > maxWaiting {
		waitCond(ctx, l.room, func() bool { return l.waiting <= maxWaiting })
	}
	return false
}

// leave ends t's time in its lanes and returns the rows that may run now. Rows behind one that
// was not settled are blocked.
func (l *lanes) leave(t *task, settled bool) []*task {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range t.lanes {
		if l.tails[name] == t {
			delete(l.tails, name)
		}
		if !settled {
			l.broken[name] = struct{}{}
		}
	}
	var ready []*task
	for _, n := range t.next {
		n.blocked = n.blocked || !settled
		n.behind--
		if n.behind == 0 {
			ready = append(ready, n)
			l.waiting--
		}
	}
	t.next = nil
	if len(ready) > 0 {
		l.room.Broadcast()
	}
	return ready
}
