package pace

import (
	"testing"
	"time"
)

// TestLimitThatOnlyA429Tells: once its pause is over, a limit that no other answer speaks of must not seem
// used up.
func TestLimitThatOnlyA429Tells(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := newPacer(0.8)
	f := p.start(now, false)
	pause, _ := p.settle(f, now, Reply{Limited: true, Rates: Rates{Limit: 1000, RetryAfter: 2 * time.Second}})
	if pause != 2*time.Second {
		t.Fatalf("the pause is %v, want 2s", pause)
	}
	now = now.Add(3 * time.Second)
	sent := 0
	for end := now.Add(time.Minute); now.Before(end); now = now.Add(10 * time.Millisecond) {
		if p.startWait(now) > 0 {
			continue
		}
		f := p.start(now, false)
		p.settle(f, now, Reply{Good: true, Rates: Rates{Remaining: -1}})
		sent++
	}
	if sent < 700 || sent > 800 {
		t.Errorf("%d requests in the minute after, want nearly 800", sent)
	}
}
