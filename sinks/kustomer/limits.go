package kustomer

import (
	"context"
	"sync"
	"time"
)

// limitGrain is the part of the time limit by which it may be shorter than it should.
const limitGrain = 1000

// limits bounds the time of attempts. Those that begin within a thousandth of the time limit share one
// context and one timer, which cost more than the rest of an attempt's bookkeeping.
type limits struct {
	timeout time.Duration

	mu   sync.Mutex
	last *limit
}

// limit is the time limit of a few attempts.
type limit struct {
	ctx    context.Context
	cancel context.CancelFunc
	parent context.Context
	began  time.Time
	users  int
}

func newLimits(timeout time.Duration) *limits { return &limits{timeout: timeout} }

// begin returns the limit of an attempt that begins now. end must follow.
func (l *limits) begin(parent context.Context) *limit {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, last := time.Now(), l.last
	if last == nil || last.parent != parent || now.Sub(last.began) > l.timeout/limitGrain || last.ctx.Err() != nil {
		l.retire(last)
		last = &limit{parent: parent, began: now}
		last.ctx, last.cancel = context.WithTimeout(parent, l.timeout)
		l.last = last
	}
	last.users++
	return last
}

// end ends an attempt's time under its limit.
func (l *limits) end(d *limit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if d.users--; d != l.last {
		l.retire(d)
	}
}

// retire frees what a limit holds that nobody needs any more.
func (l *limits) retire(d *limit) {
	if d != nil && d.users == 0 {
		d.cancel()
	}
}

// passed reports whether an attempt took longer than it may, and nothing else ended it.
func (d *limit) passed() bool { return d.ctx.Err() != nil && d.parent.Err() == nil }
