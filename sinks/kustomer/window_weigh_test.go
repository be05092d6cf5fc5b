package kustomer

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// strays answers as a world does, but that every so many requests one is answered 429 as if nothing remained,
// with headers that say when to come again, though most of the limit does: such a 429 is not of the org's limit.
func strays(f *fake, w *world, every int, headers ...string) func(int, *http.Request) (*http.Response, error) {
	answer := served(f, w)
	return func(n int, r *http.Request) (*http.Response, error) {
		if n%every == every/2 {
			return respond(r, 429, `{}`, append(headers, "x-ratelimit-limit", fmt.Sprint(w.limit), "x-ratelimit-remaining", "0")...)
		}
		return answer(r)
	}
}

// A 429 that headers bound costs the pause that they ask for, each time anew, whatever is known of the window;
// and what it said of the window is forgotten when the next answers do not bear it out.
func TestGateWaitsNoLongerThanA429Says(t *testing.T) {
	for name, headers := range map[string][]string{
		"Retry-After":       {"Retry-After", "2"},
		"x-ratelimit-reset": {"x-ratelimit-reset", "2"},
	} {
		for _, sliding := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, sliding %t", name, sliding), func(t *testing.T) {
				inVirtualTime(t, func(o *Options) { o.Budget = 0.4 }, func(t *testing.T, c *Client, f *fake, _ *[]Notice) {
					w := newWorld(1)
					w.start, w.now, w.windowAt = f.start, f.start, f.start.Add(-13*time.Second)
					w.limit, w.sliding, w.reset = 1000, sliding, resetNever
					answer := strays(f, w, 200, headers...)
					f.answer = func(n int, _ time.Duration, r *http.Request) (*http.Response, error) { return answer(n, r) }
					const rows = 2000 // five minutes of the budget
					if err := load(t.Context(), c, rows, 16, 64); err != nil {
						t.Fatal(err)
					}
					refused := c.Stats().HTTP429
					if refused < 10 || refused > 11 {
						t.Errorf("%d times 429, want one in 200", refused)
					}
					most := 5*time.Minute + time.Duration(refused)*3*time.Second
					if took := time.Since(f.start); took > most {
						t.Errorf("took %s, want at most %s: %d times 429, each with a pause of 2s", took, most, refused)
					}
				})
			})
		}
	}
}

// flown lets one attempt leave and be answered at a time.
func flown(p *pacer, now time.Time, r reply) (pause time.Duration) {
	pause, _ = p.settle(p.fly(now, false), now, r)
	return pause
}

func goodWith(remaining int) reply {
	return reply{good: true, rates: rates{limit: 1000, remaining: remaining}}
}

func limitedFor(d time.Duration) reply {
	return reply{limited: true, rates: rates{limit: 1000, retryAfter: d}}
}

// What a 429 said of the window holds until the next good answer, and after it when that bears it out.
func TestPacerWeighsWhatA429Says(t *testing.T) {
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
			if got := w.others.usual < 5 && !w.jumped && w.end.Equal(start.Add(windowLength)); got != tc.forgotten {
				t.Errorf("forgotten %t, want %t: ends after %s, others %+v", got, tc.forgotten, w.end.Sub(start), w.others)
			}
			if w.remaining != tc.after || w.before != nil {
				t.Errorf("%d remain, want %d", w.remaining, tc.after)
			}
		})
	}
}

// The probe goes when the headers of a 429 say, once. When it is answered 429 too, the window has to end, which
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
			if wait := p.flyWait(now); wait != 2*time.Second {
				t.Errorf("the probe waits %s, want 2s", wait)
			}
			now = now.Add(2 * time.Second)
			if wait := p.flyWait(now); wait > 0 {
				t.Errorf("after the pause the probe waits %s", wait)
			}
			flown(p, now, limitedFor(2*time.Second))
			if wait := p.flyWait(now); wait != end.Sub(now) {
				t.Errorf("after the second 429 the probe waits %s, want %s", wait, end.Sub(now))
			}
		})
	}
}

// Where the window slides, the same goes for the probe that what this run has sent could be given back to.
func TestPacerBelievesHeadersOnceWhereTheWindowSlides(t *testing.T) {
	p, now := newPacer(1), time.Unix(1e9, 0)
	for range 60 {
		flown(p, now, goodWith(500))
		now = now.Add(time.Second)
	}
	p.window.slides = true
	for n, waits := range []bool{false, true} {
		now = now.Add(flown(p, now, limitedFor(2*time.Second)))
		if wait := p.flyWait(now); wait > 0 != waits {
			t.Errorf("after %d times 429 and the pause, the probe waits %s", n+1, wait)
		}
	}
}
