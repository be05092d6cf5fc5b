package pace

import (
	"fmt"
	"testing"
	"time"
)

// flown lets one attempt leave and be answered at a time.
func flown(p *pacer, now time.Time, r Reply) (pause time.Duration) {
	pause, _ = p.settle(p.start(now, false), now, r)
	return pause
}

func goodWith(remaining int) Reply {
	return Reply{Good: true, Rates: Rates{Limit: 1000, Remaining: remaining}}
}

func limitedFor(d time.Duration) Reply {
	return Reply{Limited: true, Rates: Rates{Limit: 1000, RetryAfter: d}}
}

// What a 429 said of the window holds until the next good answer, and after it when that bears it out.
func TestPacerChecksWhatA429Says(t *testing.T) {
	for _, tc := range []struct {
		name          string
		before, after int           // what remains
		gap           time.Duration // between these answers
		forgotten     bool
	}{
		{"it goes on", 900, 898, 4 * time.Second, true},
		{"it goes on, others spend a little", 900, 885, 4 * time.Second, true},
		{"others spent much", 900, 700, 4 * time.Second, false},
		{"hardly anything remains", 90, 88, 4 * time.Second, false},
		{"a new window", 400, 998, 4 * time.Second, false},
		{"the window was to end", 990, 988, 61 * time.Second, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			start := time.Unix(1e9, 0)
			p := newPacer(1)
			flown(p, start, goodWith(tc.before+1))
			flown(p, start, goodWith(tc.before))
			if pause := flown(p, start.Add(time.Second), limitedFor(2*time.Second)); pause != 2*time.Second {
				t.Errorf("the pause is %s, want 2s", pause)
			}
			flown(p, start.Add(tc.gap), goodWith(tc.after))
			w := p.window
			if got := w.others.usual < 5 && !w.endSeen && w.end.Equal(start.Add(windowLength)); got != tc.forgotten {
				t.Errorf("forgotten %t, want %t: ends after %s, others %+v", got, tc.forgotten, w.end.Sub(start), w.others)
			}
			if w.remaining != tc.after || w.before429 != nil {
				t.Errorf("%d remain, want %d", w.remaining, tc.after)
			}
		})
	}
}

// The trial goes when the headers of a 429 say, once. When it is answered 429 too, the window has to end, which
// it does a minute after the first answer at the latest, unless its end was seen.
func TestPacerBelievesHeadersOnce(t *testing.T) {
	start := time.Unix(1e9, 0)
	for _, jumped := range []bool{false, true} {
		t.Run(fmt.Sprintf("end seen %t", jumped), func(t *testing.T) {
			p, now := newPacer(1), start
			flown(p, now, goodWith(500))
			if jumped {
				flown(p, now, goodWith(999))
			}
			end := p.window.end
			now = start.Add(20 * time.Second)
			flown(p, now, limitedFor(2*time.Second))
			if wait := p.startWait(now); wait != 2*time.Second {
				t.Errorf("the trial waits %s, want 2s", wait)
			}
			now = now.Add(2 * time.Second)
			if wait := p.startWait(now); wait > 0 {
				t.Errorf("after the pause the trial waits %s", wait)
			}
			flown(p, now, limitedFor(2*time.Second))
			if wait := p.startWait(now); wait != end.Sub(now) {
				t.Errorf("after the second 429 the trial waits %s, want %s", wait, end.Sub(now))
			}
		})
	}
}

// Where the window slides, headers are believed once, too; after the second 429 the trial waits for what the window
// gives back of this run's own requests.
func TestPacerBelievesHeadersOnceWhereTheWindowSlides(t *testing.T) {
	p, now := newPacer(1), time.Unix(1e9, 0)
	for range 60 {
		flown(p, now, goodWith(500))
		now = now.Add(time.Second)
	}
	p.window.sliding = true
	for n, waits := range []bool{false, true} {
		now = now.Add(flown(p, now, limitedFor(2*time.Second)))
		if wait := p.startWait(now); wait > 0 != waits {
			t.Errorf("after %d times 429 and the pause, the trial waits %s", n+1, wait)
		}
	}
}
