package kustomer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// fake is a Kustomer without sockets, for virtual time. It notes when it was asked.
type fake struct {
	mu     sync.Mutex
	start  time.Time
	asked  []time.Duration
	answer func(n int, at time.Duration, r *http.Request) (*http.Response, error)
}

func (f *fake) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	at := time.Since(f.start)
	f.asked = append(f.asked, at)
	n := len(f.asked)
	f.mu.Unlock()
	time.Sleep(100 * time.Millisecond)
	return f.answer(n, at, r)
}

func (f *fake) times() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]time.Duration(nil), f.asked...)
}

// respond makes an answer; headers come in pairs.
func respond(r *http.Request, status int, body string, headers ...string) (*http.Response, error) {
	httptrace.ContextClientTrace(r.Context()).WroteHeaders()
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1, Request: r}, nil
}

var errDial = errors.New("dial tcp 192.0.2.1:443: connect: connection refused")

const anyThing = `{"data":{"id":"5f00aa","attributes":{}}}`

// today is a time whose Unix seconds have ten digits, unlike those of the start of the virtual clock.
var today = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// inVirtualTime runs a test with a client of a fake; events collects what the client reports.
func inVirtualTime(t *testing.T, change func(*Options), test func(t *testing.T, c *Client, f *fake, events *[]pace.Event)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(today))
		f := &fake{start: time.Now()}
		var mu sync.Mutex
		var events []pace.Event
		o := Options{BaseURL: "https://acme.api.kustomerapp.com", Transport: f, Budget: 1, OutageWait: 10 * time.Minute, Retries: 5}
		o.Notify = func(n pace.Event) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, n)
		}
		if change != nil {
			change(&o)
		}
		c, err := New(o, testKey)
		if err != nil {
			t.Fatal(err)
		}
		test(t, c, f, &events)
	})
}

// load sends rows as an engine does: one goroutine admits, workers send. It returns the first failure.
func load(ctx context.Context, c *Client, rows, workers, window int) error {
	queue := make(chan int, window)
	errs := make(chan error, rows+1)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range queue {
				if _, err := c.Do(ctx, createThing(fmt.Sprint("a-", i))); err != nil {
					errs <- err
				}
			}
		})
	}
	for i := range rows {
		if _, err := c.Admit(ctx); err != nil {
			errs <- err
			break
		}
		queue <- i
	}
	close(queue)
	wg.Wait()
	close(errs)
	return <-errs
}

func kinds(events []pace.Event) string {
	var names []string
	for _, n := range events {
		names = append(names, n.Kind.String())
	}
	return strings.Join(names, " ")
}

func TestGateSpreadsRequests(t *testing.T) {
	inVirtualTime(t, func(o *Options) { o.Budget = 0.5 }, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		f.answer = func(n int, _ time.Duration, r *http.Request) (*http.Response, error) {
			return respond(r, 201, anyThing, "x-ratelimit-limit", "600", "x-ratelimit-remaining", fmt.Sprint(600-n%500))
		}
		if err := load(t.Context(), c, 600, 16, 64); err != nil {
			t.Fatal(err)
		}
		at := f.times()
		for i := range at { // 300 a minute are 5 a second; at most two seconds' worth at once
			in := func(d time.Duration) (n int) {
				for _, later := range at[i:] {
					if later < at[i]+d {
						n++
					}
				}
				return n
			}
			if n := in(time.Second); n > 15 {
				t.Fatalf("%d requests in the second from %s", n, at[i])
			}
			if n := in(time.Minute); n > 300 {
				t.Fatalf("%d requests in the minute from %s", n, at[i])
			}
		}
		if last := at[len(at)-1]; last > 122*time.Second {
			t.Errorf("took %s, want hardly more than 2 minutes", last)
		}
		if got := c.Stats().Limit; got != 600 {
			t.Errorf("limit %d, want 600", got)
		}
	})
}

func TestGateDoesNotPaceWithoutALimit(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		f.answer = func(_ int, _ time.Duration, r *http.Request) (*http.Response, error) {
			return respond(r, 201, anyThing)
		}
		if err := load(t.Context(), c, 1601, 16, 64); err != nil {
			t.Fatal(err)
		}
		if at := f.times(); at[1] < 100*time.Millisecond || at[len(at)-1] > 11*time.Second {
			t.Errorf("second request at %s, last at %s; want one probe, then 16 at a time", at[1], at[len(at)-1])
		}
	})
}

// F36: whatever the headers of a 429 say, nobody sends before the window ends, and no row fails.
func TestGatePausesOn429(t *testing.T) {
	for _, tc := range []struct {
		name     string
		headers  []string
		from, to time.Duration // of the first request after the pause
	}{
		{"seconds", []string{"Retry-After", "7"}, 7 * time.Second, 8 * time.Second},
		{"date", []string{"Retry-After", "Sat, 01 Jan 2000 00:00:20 GMT", "Date", "Sat, 01 Jan 2000 00:00:05 GMT"}, 15 * time.Second, 16 * time.Second},
		{"reset in epoch seconds", []string{"x-ratelimit-reset", "1792591230", "Date", "Wed, 21 Oct 2026 14:00:00 GMT"}, 30 * time.Second, 31 * time.Second},
		{"both", []string{"x-ratelimit-reset", "20", "Retry-After", "5"}, 20 * time.Second, 21 * time.Second},
		{"zero", []string{"Retry-After", "0"}, time.Second, 2 * time.Second},
		{"past date", []string{"Retry-After", "Sat, 01 Jan 1990 00:00:00 GMT"}, time.Second, 2 * time.Second},
		{"absurd", []string{"Retry-After", "1000000000"}, 2 * time.Minute, 2*time.Minute + time.Second},
		{"garbage", []string{"Retry-After", "soon"}, time.Minute, time.Minute + 2*time.Second},
		{"negative", []string{"Retry-After", "-5"}, time.Minute, time.Minute + 2*time.Second},
		{"nothing", nil, time.Minute, time.Minute + 2*time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, events *[]pace.Event) {
				const good, storm = 40, 16
				var refused time.Duration // end of the first 429
				f.answer = func(n int, at time.Duration, r *http.Request) (*http.Response, error) {
					f.mu.Lock()
					defer f.mu.Unlock()
					if n > good && (refused == 0 || at < refused) {
						if refused == 0 {
							refused = at + 100*time.Millisecond
						}
						return respond(r, 429, `{}`, tc.headers...)
					}
					return respond(r, 201, anyThing)
				}
				if err := load(t.Context(), c, 200, 16, 64); err != nil {
					t.Fatal(err)
				}
				var after []time.Duration
				for _, at := range f.times() {
					if at > refused { // what leaves in the same moment has not heard of it
						after = append(after, at-refused)
					}
				}
				if after[0] < tc.from || after[0] > tc.to {
					t.Errorf("first request %s after the 429, want %s to %s", after[0], tc.from, tc.to)
				}
				if after[1] < after[0]+100*time.Millisecond {
					t.Errorf("second request %s after the first: no probe", after[1]-after[0])
				}
				if n := c.Stats().HTTP429; n > storm {
					t.Errorf("%d times 429, want at most those in flight", n)
				}
				if got := kinds(*events); got != "rate_limited limit_over" {
					t.Errorf("events %q", got)
				}
			})
		})
	}
}

// Others take all that is left, and no answer is a 429: the wait is reported, and its end.
func TestGateReportsAWaitAndItsEnd(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, events *[]pace.Event) {
		f.answer = func(n int, at time.Duration, r *http.Request) (*http.Response, error) {
			remaining := "0"
			if n < 40 || at > time.Minute {
				remaining = fmt.Sprint(900 - n)
			}
			return respond(r, 201, anyThing, "x-ratelimit-limit", "1000", "x-ratelimit-remaining", remaining)
		}
		if err := load(t.Context(), c, 100, 16, 64); err != nil {
			t.Fatal(err)
		}
		if got := kinds(*events); got != "rate_limited limit_over" {
			t.Fatalf("events %q: %+v", got, *events)
		}
		if wait := (*events)[0].Wait; wait < 50*time.Second || wait > time.Minute {
			t.Errorf("the event says to wait %s", wait)
		}
	})
}

// A 429 while requests remain is the limit of one object: only its own request waits.
func TestGateLetsOthersPassAnObjectsLimit(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, events *[]pace.Event) {
		busy := 0
		f.answer = func(_ int, at time.Duration, r *http.Request) (*http.Response, error) {
			body, _ := io.ReadAll(r.Body)
			if strings.Contains(string(body), `"a-7"`) && at < 90*time.Second {
				f.mu.Lock()
				defer f.mu.Unlock()
				busy++
				return respond(r, 429, `{}`, "x-ratelimit-limit", "60000", "x-ratelimit-remaining", "59000")
			}
			return respond(r, 201, anyThing, "x-ratelimit-limit", "60000", "x-ratelimit-remaining", "59000")
		}
		if err := load(t.Context(), c, 100, 16, 64); err != nil {
			t.Fatal(err)
		}
		at := f.times()
		early := 0
		for _, d := range at {
			if d < 5*time.Second {
				early++
			}
		}
		if early < 100 || busy > 12 || len(*events) != 0 {
			t.Errorf("%d requests in 5 s, object asked %d times, events %q", early, busy, kinds(*events))
		}
	})
}

// A server may name its limit only with a 429, or only for a while. What it said holds until that window is over; then
// the even rate does, and nothing waits for ever.
func TestGateForgetsALimitThatIsNotNamedAgain(t *testing.T) {
	for name, named := range map[string]func(n int, at time.Duration) bool{
		"with a 429 alone": func(n int, _ time.Duration) bool { return n == 20 },
		"for ten seconds":  func(_ int, at time.Duration) bool { return at < 10*time.Second },
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
				f.answer = func(n int, at time.Duration, r *http.Request) (*http.Response, error) {
					switch {
					case n == 20:
						return respond(r, 429, `{}`, "x-ratelimit-limit", "1200", "x-ratelimit-remaining", "0", "Retry-After", "2")
					case named(n, at):
						return respond(r, 201, anyThing, "x-ratelimit-limit", "1200", "x-ratelimit-remaining", fmt.Sprint(1200-n))
					}
					return respond(r, 201, anyThing)
				}
				if err := load(t.Context(), c, 2400, 16, 64); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(f.start); took < 100*time.Second || took > 190*time.Second {
					t.Errorf("took %s for 2,400 requests at 1,200 a minute", took)
				}
			})
		})
	}
}

// A Retry-After that is too short is believed once: then the requests wait until the window is over.
func TestGateBelievesAShortRetryAfterOnce(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		f.answer = func(n int, at time.Duration, r *http.Request) (*http.Response, error) {
			if n > 40 && at < 58*time.Second {
				return respond(r, 429, `{}`, "x-ratelimit-limit", "1000", "x-ratelimit-remaining", "0", "Retry-After", "1")
			}
			return respond(r, 201, anyThing, "x-ratelimit-limit", "1000", "x-ratelimit-remaining", fmt.Sprint(900-n))
		}
		if err := load(t.Context(), c, 100, 1, 4); err != nil {
			t.Fatal(err)
		}
		if n := c.Stats().HTTP429; n < 1 || n > 7 {
			t.Errorf("%d times 429 in the rest of a minute", n)
		}
	})
}
