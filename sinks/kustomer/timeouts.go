package kustomer

import (
	"context"
	"sync"
	"time"
)

// timeoutGrain: a timeout may be shorter than it should by one part in so many.
const timeoutGrain = 1000

// timeouts bound the time of attempts. Attempts that begin within a thousandth of the timeout share one context and one
// timer, which cost more than everything else that the client does for an attempt.
type timeouts struct {
	each time.Duration

	mu   sync.Mutex
	last *timeout
}

// timeout is the timeout that a few attempts share.
type timeout struct {
	ctx    context.Context
	cancel context.CancelFunc
	parent context.Context
	began  time.Time
	users  int
}

func newTimeouts(timeout time.Duration) *timeouts { return &timeouts{each: timeout} }

// begin returns the timeout of an attempt that begins now. end must follow.
func (l *timeouts) begin(parent context.Context) *timeout {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, last := time.Now(), l.last
	if last == nil || last.parent != parent || now.Sub(last.began) > l.each/timeoutGrain || last.ctx.Err() != nil {
		l.retire(last)
		last = &timeout{parent: parent, began: now}
		last.ctx, last.cancel = context.WithTimeout(parent, l.each)
		l.last = last
	}
	last.users++
	return last
}

// end ends an attempt's use of its timeout.
func (l *timeouts) end(t *timeout) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.users--; t != l.last {
		l.retire(t)
	}
}

// retire frees a timeout that no attempt uses any more.
func (l *timeouts) retire(t *timeout) {
	if t != nil && t.users == 0 {
		t.cancel()
	}
}

// passed reports whether the timeout has passed, and nothing else ended the attempt.
func (t *timeout) passed() bool { return t.ctx.Err() != nil && t.parent.Err() == nil }
