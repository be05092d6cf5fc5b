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

// The trial goes when the headers of a 429 say. When it is answered 429 too, it waits twice as long as the headers then
// say, and so on, at most until the window ends: a minute after the first answer at the latest, unless its end was seen.
func TestPacerDoublesTheWaitOfA429(t *testing.T) {
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
			for i, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second} {
				flown(p, now, limitedFor(time.Second))
				if wait := p.startWait(now); wait != min(want, end.Sub(now)) {
					t.Errorf("after %d times 429 the trial waits %s, want %s", i+1, wait, min(want, end.Sub(now)))
				}
				now = now.Add(want)
				if wait := p.startWait(now); wait > 0 {
					t.Errorf("after the pause the trial waits %s", wait)
				}
			}
			flown(p, now, goodWith(999))
			if flown(p, now.Add(time.Second), limitedFor(time.Second)); p.startWait(now.Add(time.Second)) != time.Second {
				t.Errorf("after a good answer the trial waits %s, want 1s", p.startWait(now.Add(time.Second)))
			}
		})
	}
}

// Where the window slides, it is the same.
func TestPacerDoublesTheWaitOfA429WhereTheWindowSlides(t *testing.T) {
	p, now := newPacer(1), time.Unix(1e9, 0)
	for range 60 {
		flown(p, now, goodWith(500))
		now = now.Add(time.Second)
	}
	p.window.sliding = true
	for _, want := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second} {
		pause := flown(p, now, limitedFor(2*time.Second))
		now = now.Add(pause)
		if wait := p.startWait(now); pause != want || wait > 0 {
			t.Errorf("the pause is %s, want %s; the trial then waits %s", pause, want, wait)
		}
	}
}
