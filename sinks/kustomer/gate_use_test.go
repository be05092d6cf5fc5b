package kustomer

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

// served makes a fake answer as a world does, with headers as Kustomer writes them.
func served(f *fake, w *world) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		at := time.Now()
		w.now = at
		a := w.ask(at)
		headers := []string{"x-ratelimit-limit", fmt.Sprint(w.limit), "x-ratelimit-remaining", fmt.Sprint(a.rates.remaining)}
		if a.rates.reset > 0 {
			headers = append(headers, "x-ratelimit-reset", fmt.Sprint(w.end(at).Unix()), "Date", at.UTC().Format(http.TimeFormat))
		}
		if a.limited {
			return respond(r, 429, `{}`, headers...)
		}
		return respond(r, 201, anyThing, headers...)
	}
}

// The whole client uses what is granted: rows that reserve and then fly, workers, headers, clocks.
func TestGateUsesWhatIsGranted(t *testing.T) {
	for _, sliding := range []bool{false, true} {
		for _, others := range []float64{0, 0.2, 0.5} {
			t.Run(fmt.Sprintf("sliding %t, others %g%%", sliding, others*100), func(t *testing.T) {
				t.Parallel()
				inVirtualTime(t, func(o *Options) { o.Budget = 0.8 }, func(t *testing.T, c *Client, f *fake, notices *[]Notice) {
					w := newWorld(1)
					w.start, w.now, w.windowAt = f.start, f.start, f.start.Add(-13*time.Second)
					w.sliding, w.reset, w.crowd = sliding, resetAlways, crowd{share: others}
					answer := served(f, w)
					f.answer = func(_ int, _ time.Duration, r *http.Request) (*http.Response, error) { return answer(r) }
					if err := load(t.Context(), c, 9000, 16, 64); err != nil {
						t.Fatal(err)
					}
					w.now = w.mine[len(w.mine)-1]
					got := w.measure(0.8, 2*time.Minute)
					got.check(t, 0.8, 0.97, 1)
					if stats := c.Stats(); stats.Requests != int64(len(w.mine)+len(w.refused)) || stats.HTTP429 != int64(len(w.refused)) {
						t.Errorf("counted %+v, want %d and %d", stats, len(w.mine)+len(w.refused), len(w.refused))
					}
				})
			})
		}
	}
}

// A competitor whom no answer has shown before is noticed by the answers alone, and within seconds: the first
// minute beside it already ends without a 429, though it takes what this run was about to.
func TestGateNoticesACompetitorAtOnce(t *testing.T) {
	for _, sliding := range []bool{false, true} {
		for _, at := range []time.Duration{150 * time.Second, 165 * time.Second, 179 * time.Second} {
			w := newWorld(2)
			w.windowAt, w.sliding, w.crowd = w.start, sliding, crowd{share: 0.6, from: at}
			w.run(newPacer(0.8), 6*time.Minute, 16)
			shut := 1000 * float64(w.shut) / float64(len(w.theirs)+w.shut)
			t.Logf("sliding %t, from %s: %d of ours refused, %.1f in 1,000 of theirs", sliding, at, len(w.refused), shut)
			if len(w.refused) > 3 || shut > 30 {
				t.Errorf("sliding %t, from %s: %d of ours refused, %.1f in 1,000 of theirs", sliding, at, len(w.refused), shut)
			}
		}
	}
}

// Over real connections in real time, with a window shrunk to 2 s for both sides and others that take half
// of it. How much is used depends on how busy the machine is, and is printed only.
func TestGateInRealTime(t *testing.T) {
	t.Parallel()
	const fast = 30
	w := newWorld(1)
	w.crowd = crowd{share: 0.5}
	begun := time.Now()
	var mu sync.Mutex
	s := newServer(t, func(_ int, rw http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		w.now = w.start.Add(time.Since(begun) * fast)
		a := w.ask(w.now)
		mu.Unlock()
		rw.Header().Set("X-Ratelimit-Limit", strconv.Itoa(w.limit))
		rw.Header().Set("X-Ratelimit-Remaining", strconv.Itoa(a.rates.remaining))
		if a.limited {
			rw.WriteHeader(http.StatusTooManyRequests)
			return
		}
		always(201, anyThing)(0, rw, nil)
	})
	c := newTestClient(t, s.URL, func(o *Options) { o.Budget = 0.8 })
	c.gate.speed = fast
	if err := load(t.Context(), c, 2000, 16, 64); err != nil {
		t.Fatal(err)
	}
	got := w.measure(0.8, time.Minute)
	t.Logf("in windows of %s: %v", windowLength/fast, got)
	if got.worst > 800 || len(w.refused) > 15 {
		t.Errorf("%d requests in a window, the budget is 800; %d of %d answered 429", got.worst, len(w.refused), len(w.mine))
	}
}
