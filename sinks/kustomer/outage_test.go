package kustomer

import (
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// F43: a request that never left is sent again until Kustomer is back; all requests wait, and no row fails.
func TestOutageEnds(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, events *[]pace.Event) {
		const from, to = 2 * time.Second, 3 * time.Minute
		f.answer = func(_ int, at time.Duration, r *http.Request) (*http.Response, error) {
			if at > from && at < to {
				return nil, errDial
			}
			return respond(r, 201, anyThing)
		}
		if err := load(t.Context(), c, 1000, 16, 64); err != nil {
			t.Fatal(err)
		}
		during := 0
		for _, at := range f.times() {
			if at > from && at < to {
				during++
			}
		}
		if during > 100 {
			t.Errorf("%d attempts during the outage", during)
		}
		if got := kinds(*events); got != "outage recovered" || !strings.Contains((*events)[0].Message, "connection refused") {
			t.Errorf("events %q: %+v", got, *events)
		}
		if n := c.Stats().Requests; n != 1000 {
			t.Errorf("%d requests, want 1000: what never left does not count", n)
		}
	})
}

// Many requests that fail at one moment cost no more than a short wait.
func TestShortOutageCostsLittle(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		f.answer = func(_ int, at time.Duration, r *http.Request) (*http.Response, error) {
			if at > time.Second && at < 1200*time.Millisecond {
				return respond(r, 502, "")
			}
			return respond(r, 201, anyThing)
		}
		doubts := 0
		var wg sync.WaitGroup
		var mu sync.Mutex
		for range 16 {
			wg.Go(func() {
				for time.Since(f.start) < 10*time.Second {
					if _, err := c.Do(t.Context(), createThing("a")); err != nil {
						mu.Lock()
						doubts++
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
		last := time.Duration(0)
		for i, at := range f.times()[1:] {
			last = max(last, at-f.times()[i])
		}
		if last > 2*time.Second || doubts > 40 {
			t.Errorf("%d doubts, and nothing for %s", doubts, last)
		}
	})
}

func TestOutageEndsTheRun(t *testing.T) {
	for name, fail := range map[string]func(r *http.Request) (*http.Response, error){
		"unreachable": func(*http.Request) (*http.Response, error) { return nil, errDial },
		"failing":     func(r *http.Request) (*http.Response, error) { return respond(r, 503, "") },
		"silent": func(r *http.Request) (*http.Response, error) {
			httptrace.ContextClientTrace(r.Context()).WroteHeaders()
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
				f.answer = func(_ int, at time.Duration, r *http.Request) (*http.Response, error) {
					if at < time.Second {
						return respond(r, 201, anyThing)
					}
					return fail(r)
				}
				if err := load(t.Context(), c, 100_000, 4, 16); err == nil {
					t.Fatal("no failure")
				}
				_, err := c.Admit(t.Context())
				e := classified(t, err)
				took := time.Since(f.start)
				if e.Class != sinks.Fatal || !strings.Contains(e.Error(), "10m0s") || !strings.Contains(e.Error(), "run the same command again") {
					t.Errorf("got %s %v", e.Class, e)
				}
				if took < 10*time.Minute || took > 12*time.Minute {
					t.Errorf("gave up after %s", took)
				}
				if n := len(f.times()); n > 300 {
					t.Errorf("%d attempts", n)
				}
			})
		})
	}
}

func TestPermanentFailuresEndTheRunAtOnce(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		f.answer = func(int, time.Duration, *http.Request) (*http.Response, error) {
			return nil, &proxyError{host: "proxy:3128", status: "407 Proxy Authentication Required"}
		}
		_, err := c.WhoAmI(t.Context())
		if e := classified(t, err); e.Class != sinks.Fatal || !strings.Contains(e.Error(), "407") || len(f.times()) != 1 {
			t.Errorf("got %s %v after %d attempts", e.Class, err, len(f.times()))
		}
	})
}
