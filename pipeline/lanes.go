package pipeline

import (
	"context"
	"hash/maphash"
	"sync"

	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/render"
)

// maxBehind bounds the rows that were read and wait behind another row of their lane. They take no place in the
// window, so that one long lane leaves the window to the others.
const maxBehind = 4096

// lane is a 64-bit hash of a render.LaneName. Rows of two lanes that were taken for one would wait for each other in
// vain, and that is all.
type lane uint64

// lanes keeps rows that have a lane in common in source order.
type lanes struct {
	seed   maphash.Seed
	mu     sync.Mutex
	room   *sync.Cond
	tails  map[lane]*row     // the last row of each lane that is under way
	broken map[lane]struct{} // lanes with a row that this run could not settle
	behind int               // rows that wait
}

func newLanes() *lanes {
	l := &lanes{seed: maphash.MakeSeed(), tails: map[lane]*row{}, broken: map[lane]struct{}{}}
	l.room = sync.NewCond(&l.mu)
	return l
}

// of returns the lane of that name.
func (l *lanes) of(name render.LaneName) lane {
	return lane(maphash.String(l.seed, name.Name) + uint64(name.Kind))
}

// enter puts r at the end of its lanes and reports whether it may run now. If it may not, enter returns once at most
// maxBehind rows wait, or ctx is done.
func (l *lanes) enter(ctx context.Context, r *row) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range r.lanes {
		if _, broken := l.broken[name]; broken {
			r.blocked = true
		}
		if before := l.tails[name]; before != nil {
			before.next = append(before.next, r)
			r.behind++
		}
		l.tails[name] = r
	}
	if r.behind == 0 {
		return true
	}
	if l.behind++; l.behind > maxBehind {
		drive.WaitCond(ctx, l.room, func() bool { return l.behind <= maxBehind })
	}
	return false
}

// leave ends r's time in its lanes and returns the rows that may run now. Rows behind one that was not settled are
// blocked.
func (l *lanes) leave(r *row, settled bool) []*row {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, name := range r.lanes {
		if l.tails[name] == r {
			delete(l.tails, name)
		}
		if !settled {
			l.broken[name] = struct{}{}
		}
	}
	var ready []*row
	for _, n := range r.next {
		n.blocked = n.blocked || !settled
		n.behind--
		if n.behind == 0 {
			ready = append(ready, n)
			l.behind--
		}
	}
	r.next = nil
	if len(ready) > 0 {
		l.room.Broadcast()
	}
	return ready
}
