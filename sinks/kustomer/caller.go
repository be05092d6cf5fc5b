package kustomer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// caller makes calls: attempts, at the pace of the Gate, until one tells what became of the request. It
// is no http.RoundTripper, since it must know who has paid for an attempt and tell how many there were.
type caller struct {
	wire     *wire
	gate     *pace.Gate
	retries  int         // of a GET
	readOnly bool        // only GETs are sent
	deliver  bool        // requests may make messages leave for customers
	met      atomic.Bool // Kustomer has accepted a request
}

// send makes a call. It sends again what surely was not applied, a 429 or a request that never left, as
// long as it takes; and a GET that failed, a few times. Whatever else happens goes up, as an answer or
// as an *sinks.Error.
func (c *caller) send(ctx context.Context, r request) (answer, error) {
	if err := c.mayGo(r); err != nil {
		if r.hasPlace {
			c.gate.Release()
		}
		return answer{}, err
	}
	waits := pace.NewBackoff()
	failures, alone := 0, 0
	for n := 1; ; n++ {
		f, err := c.gate.Start(ctx, r.hasPlace && n == 1)
		if err != nil {
			return answer{}, addAttempts(err, n-1)
		}
		a, bad := c.wire.attempt(ctx, r, n)
		a.attempts = n
		said := c.settle(f, a, bad)
		var wait time.Duration
		switch {
		case bad != nil && !bad.wrote:
			if err := c.neverLeft(ctx, bad); err != nil {
				return answer{}, addAttempts(err, n)
			}
			wait = waits.NextBackOff()
		case bad == nil && a.status == http.StatusTooManyRequests:
			if said > 0 {
				alone++
				wait = pace.ObjectWait(said, alone)
			}
		case bad == nil && !failed(a):
			return a, nil
		case r.method == http.MethodGet && failures < c.retries && ctx.Err() == nil:
			failures++
			wait = max(waits.NextBackOff(), a.rates.RetryAfter)
		case bad != nil:
			return answer{}, lostAnswer(bad, n)
		default:
			return a, nil
		}
		if err := pace.Sleep(ctx, wait); err != nil {
			return answer{}, addAttempts(err, n)
		}
	}
}

// settle tells the Gate what became of an attempt.
func (c *caller) settle(f pace.Attempt, a answer, bad *failure) (alone time.Duration) {
	if bad != nil {
		cause := bad.text
		if bad.stopped {
			cause = ""
		}
		if bad.wrote {
			return c.gate.Settle(f, pace.Reply{Rates: pace.Rates{Remaining: -1}}, cause)
		}
		c.gate.Unsent(f, cause)
		return 0
	}
	if a.status/100 == 2 {
		c.met.Store(true)
	}
	if failed(a) {
		return c.gate.Settle(f, pace.Reply{Rates: a.rates}, fmt.Sprintf("it answers %d", a.status))
	}
	limited := a.status == http.StatusTooManyRequests
	return c.gate.Settle(f, pace.Reply{Rates: a.rates, Limited: limited, Good: !limited}, "")
}

// failed reports whether an answer is a failure of Kustomer's, or success cut short.
func failed(a answer) bool {
	return a.status < 200 || a.status < 300 && a.cut != nil || a.status == http.StatusRequestTimeout || a.status >= 500
}

// neverLeft decides about a request that surely did not reach Kustomer: nil means that it is sent again.
func (c *caller) neverLeft(ctx context.Context, bad *failure) error {
	if ctx.Err() != nil {
		return pace.Stopped(ctx)
	}
	if bad.hopeless && !c.met.Load() {
		err := &sinks.Error{Class: sinks.Fatal, Err: bad.err,
			Message: fmt.Sprintf("%s cannot be reached: %s", c.wire.base.Host, bad.text),
			Hint:    "check org or base_url, and the proxy and certificates of this machine"}
		c.gate.Stop(err)
		return err
	}
	return nil
}

// lostAnswer is the error of a request that may have been applied.
func lostAnswer(bad *failure, n int) *sinks.Error {
	return &sinks.Error{Class: sinks.Unknown, Attempts: n, Err: bad.err,
		Message: "the request left, and Kustomer's answer did not come: " + bad.text}
}

// addAttempts says in an error how many attempts were made besides those that it knows of.
func addAttempts(err error, n int) error {
	if e, ok := errors.AsType[*sinks.Error](err); ok {
		e.Attempts += n
	}
	return err
}
