package kustomer

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/pace"
	"github.com/kustsync/kustsync/sinks/kustomer/pace/pacetest"
)

// served makes a fake answer as a pacetest.Server does, with headers as Kustomer writes them.
func served(f *fake, w *pacetest.Server) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		at := time.Now()
		w.Now = at
		a := w.Ask(at)
		headers := []string{"x-ratelimit-limit", fmt.Sprint(w.Limit), "x-ratelimit-remaining", fmt.Sprint(a.Remaining)}
		if a.Reset > 0 {
			headers = append(headers, "x-ratelimit-reset", fmt.Sprint(w.End(at).Unix()), "Date", at.UTC().Format(http.TimeFormat))
		}
		if a.Refused {
			return respond(r, 429, `{}`, headers...)
		}
		return respond(r, 201, anyThing, headers...)
	}
}

// The whole client uses what is granted: rows that reserve places first, workers, headers, clocks.
func TestGateUsesWhatIsGranted(t *testing.T) {
	for _, sliding := range []bool{false, true} {
		for _, others := range []float64{0, 0.2, 0.5} {
			t.Run(fmt.Sprintf("sliding %t, others %g%%", sliding, others*100), func(t *testing.T) {
				t.Parallel()
				inVirtualTime(t, func(o *Options) { o.Budget = 0.8 }, func(t *testing.T, c *Client, f *fake, notices *[]pace.Event) {
					w := pacetest.NewServer(1)
					w.Start, w.Now, w.WindowAt = f.start, f.start, f.start.Add(-13*time.Second)
					w.Sliding, w.Reset, w.Others = sliding, pacetest.ResetAlways, pacetest.Others{Share: others}
					answer := served(f, w)
					f.answer = func(_ int, _ time.Duration, r *http.Request) (*http.Response, error) { return answer(r) }
					if err := load(t.Context(), c, 9000, 16, 64); err != nil {
						t.Fatal(err)
					}
					w.Now = w.Mine[len(w.Mine)-1]
					got := w.Measure(0.8, 2*time.Minute)
					got.Check(t, 0.8, 0.97, 1)
					if stats := c.Stats(); stats.Requests != int64(len(w.Mine)+len(w.Refused)) || stats.HTTP429 != int64(len(w.Refused)) {
						t.Errorf("counted %+v, want %d and %d", stats, len(w.Mine)+len(w.Refused), len(w.Refused))
					}
				})
			})
		}
	}
}

// Over real connections in real time, with a window shrunk to 2 s for both sides and others that take half
// of it. How much is used depends on how busy the machine is, and is printed only.
func TestGateInRealTime(t *testing.T) {
	t.Parallel()
	const fast = 30
	w := pacetest.NewServer(1)
	w.Others = pacetest.Others{Share: 0.5}
	begun := time.Now()
	var mu sync.Mutex
	s := newServer(t, func(_ int, rw http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		w.Now = w.Start.Add(time.Since(begun) * fast)
		a := w.Ask(w.Now)
		mu.Unlock()
		rw.Header().Set("X-Ratelimit-Limit", strconv.Itoa(w.Limit))
		rw.Header().Set("X-Ratelimit-Remaining", strconv.Itoa(a.Remaining))
		if a.Refused {
			rw.WriteHeader(http.StatusTooManyRequests)
			return
		}
		always(201, anyThing)(0, rw, nil)
	})
	c := newTestClient(t, s.URL, func(o *Options) { o.Budget = 0.8 })
	c.gate = pace.New(pace.Options{Share: 0.8, Patience: 5 * time.Second, Notify: func(pace.Event) {}, Speed: fast})
	c.release = c.gate.Release
	if err := load(t.Context(), c, 2000, 16, 64); err != nil {
		t.Fatal(err)
	}
	got := w.Measure(0.8, time.Minute)
	t.Logf("in windows of %s: %v", pacetest.Window/fast, got)
	if got.Worst > 800 || len(w.Refused) > 15 {
		t.Errorf("%d requests in a window, the budget is 800; %d of %d answered 429", got.Worst, len(w.Refused), len(w.Mine))
	}
}

// with429s answers as a pacetest.Server does, except that one of so many requests is answered 429 with a remaining of
// 0 and with those headers, though most of the limit remains: such a 429 is not about the org's limit.
func with429s(f *fake, w *pacetest.Server, every int, headers ...string) func(int, *http.Request) (*http.Response, error) {
	answer := served(f, w)
	return func(n int, r *http.Request) (*http.Response, error) {
		if n%every == every/2 {
			return respond(r, 429, `{}`, append(headers, "x-ratelimit-limit", fmt.Sprint(w.Limit), "x-ratelimit-remaining", "0")...)
		}
		return answer(r)
	}
}

// After a 429 whose headers name a wait, the pause is as long as they say, each time. What the 429 said of the window is
// forgotten when the next answers contradict it.
func TestGateWaitsNoLongerThanA429Says(t *testing.T) {
	for name, headers := range map[string][]string{
		"Retry-After":       {"Retry-After", "2"},
		"x-ratelimit-reset": {"x-ratelimit-reset", "2"},
	} {
		for _, sliding := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, sliding %t", name, sliding), func(t *testing.T) {
				inVirtualTime(t, func(o *Options) { o.Budget = 0.4 }, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
					w := pacetest.NewServer(1)
					w.Start, w.Now, w.WindowAt = f.start, f.start, f.start.Add(-13*time.Second)
					w.Limit, w.Sliding, w.Reset = 1000, sliding, pacetest.ResetNever
					answer := with429s(f, w, 200, headers...)
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
