package kustomer

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// F37: for 20 s 90% of the answers are 429. No row fails, and few requests are sent.
func TestGateWithMany429s(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		f.answer = func(n int, at time.Duration, r *http.Request) (*http.Response, error) {
			if at < 20*time.Second && n%10 != 0 {
				return respond(r, 429, `{}`, "x-ratelimit-limit", "1000", "x-ratelimit-remaining", "0", "Retry-After", "3")
			}
			return respond(r, 201, anyThing, "x-ratelimit-limit", "1000", "x-ratelimit-remaining", "900")
		}
		if err := load(t.Context(), c, 300, 16, 64); err != nil {
			t.Fatal(err)
		}
		if n := c.Stats().HTTP429; n > 25 {
			t.Errorf("%d times 429", n)
		}
	})
}

func TestNoMoreRequestsAtOnceThanWorkers(t *testing.T) {
	inVirtualTime(t, func(o *Options) { o.Workers = 3 }, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		f.answer = func(_ int, _ time.Duration, r *http.Request) (*http.Response, error) {
			return respond(r, 200, anyThing)
		}
		var wg sync.WaitGroup
		for range 31 {
			wg.Go(func() {
				if _, _, err := c.Find(t.Context(), byExternalID("a")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(f.start); took != 1100*time.Millisecond { // the probe, and 30 by threes
			t.Errorf("took %s, want 1.1s", took)
		}
	})
}

// Look-ups and retries are sent also when rows hold all places and the only worker is busy.
func TestGateIsNeverStuck(t *testing.T) {
	for _, limit := range []string{"", "1", "4", "120"} {
		t.Run("limit "+limit, func(t *testing.T) {
			inVirtualTime(t, func(o *Options) { o.Budget = 0.5 }, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
				f.answer = func(n int, _ time.Duration, r *http.Request) (*http.Response, error) {
					headers := []string{"x-ratelimit-limit", limit}
					switch {
					case n%7 == 3:
						return respond(r, 429, `{}`, headers...)
					case n%5 == 0:
						return nil, errDial
					case n%4 == 0:
						return respond(r, 429, `{}`, append(headers, "x-ratelimit-remaining", "9")...)
					}
					return respond(r, 200, anyThing, append(headers, "x-ratelimit-remaining", limit)...)
				}
				done := make(chan error, 1)
				go func() {
					var err error
					for range 10 {
						_, _, one := c.Find(t.Context(), byExternalID("a"))
						err = errors.Join(err, one)
					}
					done <- err
				}()
				if err := errors.Join(load(t.Context(), c, 20, 1, 64), <-done); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

func TestGateGivesUpItsPlaceInTheQueue(t *testing.T) {
	inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, _ *[]pace.Event) {
		f.answer = func(_ int, _ time.Duration, r *http.Request) (*http.Response, error) {
			return respond(r, 429, `{}`, "Retry-After", "60")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		err := load(ctx, c, 100, 4, 8)
		if e := classified(t, err); e.Class != sinks.Unreached || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %s %v", e.Class, err)
		}
		if took := time.Since(f.start); took != 30*time.Second {
			t.Errorf("stopped after %s, want 30s", took)
		}
		if n := c.gate.State().UnderWay; n != 0 {
			t.Errorf("%d attempts are still under way", n)
		}
	})
}
