package budget

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestModes spends a burst of ten at a limit of six a minute, and after some time again.
func TestModes(t *testing.T) {
	for _, one := range []struct {
		mode                        Mode
		after                       time.Duration
		again                       int
		remaining, resetAfterRefuse string
	}{
		{"", 59 * time.Second, 0, "0", "60"}, {Fixed, time.Minute, 6, "0", "60"},
		{Sliding, 59 * time.Second, 0, "0", "60"}, {Sliding, time.Minute, 6, "0", "60"},
		{Leaky, 9 * time.Second, 0, "0", "10"}, {Leaky, 10 * time.Second, 1, "0", "10"}, {Leaky, 30 * time.Second, 3, "0", "10"},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := New(Limits{Mode: one.mode, Requests: 6, Window: time.Minute, RetryAfter: true})
			h := http.Header{}
			spend := func() (n int) {
				for range 10 {
					if b.Spend(h) {
						n++
					}
				}
				return n
			}
			if n := spend(); n != 6 {
				t.Errorf("%s: %d of a burst are allowed, want 6", one.mode, n)
			}
			if h.Get("x-ratelimit-remaining") != one.remaining || h.Get("Retry-After") != one.resetAfterRefuse {
				t.Errorf("%s: headers %v", one.mode, h)
			}
			time.Sleep(one.after)
			if n := spend(); n != one.again {
				t.Errorf("%s: %s later %d are allowed, want %d", one.mode, one.after, n, one.again)
			}
		})
	}
}

// TestSlidingSlides: half of the budget early in a window and half late leaves only the first half when it is over.
func TestSlidingSlides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Limits{Mode: Sliding, Requests: 6, Window: time.Minute})
		for n, wait := range []time.Duration{0, 0, 0, 50 * time.Second, 0, 0, 10 * time.Second, 0, 0, 0} {
			time.Sleep(wait)
			if ok := b.Spend(http.Header{}); ok != (n < 9) {
				t.Errorf("request %d is allowed: %v", n+1, ok)
			}
		}
	})
}
