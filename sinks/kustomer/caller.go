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

// caller makes attempts, at the pace of the gate, until one tells whether the request was applied. It is no
// http.RoundTripper, since it must know whether a request holds a reserved place, and return how many attempts it made.
type caller struct {
	wire             *wire
	gate             *pace.Gate
	retries          int         // of a GET
	readOnly         bool        // only GETs are sent
	allowDelivery    bool        // requests may make messages leave for customers
	allowDestructive bool        // requests may delete, merge or redact
	accepted         atomic.Bool // Kustomer has accepted a request
	foreign          *foreign
}

// send sends a request. It sends again, as long as it takes, what surely was not applied: a 429, or a request that
// never left. A GET that failed it sends again a few times. Everything else it returns, as an answer or as an
// *sinks.Error.
func (c *caller) send(ctx context.Context, r request) (response, error) {
	if err := c.checkAllowed(r); err != nil {
		if r.hasPlace {
			c.gate.Release()
		}
		return response{}, err
	}
	waits := pace.NewBackoff()
	failures, alone := 0, 0
	for n := 1; ; n++ {
		a, bad, said, err := c.try(ctx, r, n)
		if err != nil {
			return response{}, addAttempts(err, n-1)
		}
		var wait time.Duration
		switch {
		case bad != nil && !bad.mayHaveArrived:
			if err := c.unsentError(ctx, bad); err != nil {
				return response{}, addAttempts(err, n)
			}
			wait = waits.NextBackOff()
		case bad == nil && a.status == http.StatusTooManyRequests:
			if said > 0 {
				alone++
				wait = pace.ObjectWait(said, alone)
			}
		case bad == nil && !failed(a) && !isUnreadable(r, a):
			return a, nil
		case r.method == http.MethodGet && failures < c.retries && ctx.Err() == nil:
			failures++
			if wait = waits.NextBackOff(); a.status != http.StatusServiceUnavailable { // after which the gate makes all wait
				wait = max(wait, a.rates.RetryAfter)
			}
		case bad != nil:
			return response{}, lostError(bad, n)
		default:
			return a, nil
		}
		if err := pace.Sleep(ctx, wait); err != nil {
			return response{}, addAttempts(err, n)
		}
	}
}

// try makes one attempt, the n-th, once it may leave. said is how long this request alone has to wait after a 429.
func (c *caller) try(ctx context.Context, r request, n int) (a response, bad *failure, said time.Duration, err error) {
	hasPlace := r.hasPlace && n == 1
	leave, err := c.foreign.enter(ctx)
	if err != nil {
		if hasPlace {
			c.gate.Release()
		}
		return response{}, nil, 0, err
	}
	defer leave()
	f, err := c.gate.Start(ctx, hasPlace)
	if err != nil {
		return response{}, nil, 0, err
	}
	a, bad = c.wire.attempt(ctx, r, n)
	a.attempts = n
	said = c.settle(f, a, bad)
	if bad == nil {
		a.foreign = c.countForeign(ctx, r, a)
	}
	return a, bad, said, nil
}

// isUnreadable reports whether a success of a GET is not whole, or no JSON: it is asked for again.
func isUnreadable(r request, a response) bool {
	return r.method == http.MethodGet && a.status/100 == 2 && !isJSON(a.body)
}

// settle tells the gate how an attempt ended.
func (c *caller) settle(f pace.Attempt, a response, bad *failure) (alone time.Duration) {
	if bad != nil {
		cause := bad.text
		if bad.stopped {
			cause = ""
		}
		if bad.mayHaveArrived {
			return c.gate.Settle(f, pace.Reply{Rates: pace.Rates{Remaining: -1}}, cause)
		}
		c.gate.Unsent(f, cause)
		return 0
	}
	if a.status/100 == 2 && isKustomers(a) {
		c.accepted.Store(true)
	}
	if failed(a) {
		return c.gate.Settle(f, pace.Reply{Rates: a.rates, Down: a.status == http.StatusServiceUnavailable}, fmt.Sprintf("it answers %d", a.status))
	}
	limited := a.status == http.StatusTooManyRequests
	return c.gate.Settle(f, pace.Reply{Rates: a.rates, Limited: limited, Good: !limited}, "")
}

// failed reports whether an answer is a failure of Kustomer's, or success cut short.
func failed(a response) bool {
	return a.status < 200 || a.status < 300 && a.cutErr != nil || a.status == http.StatusRequestTimeout || a.status >= 500
}

// unsentError is the error of an attempt that surely did not reach Kustomer; nil: the request is sent again.
func (c *caller) unsentError(ctx context.Context, bad *failure) error {
	if ctx.Err() != nil {
		return pace.Stopped(ctx)
	}
	if bad.permanent && !c.accepted.Load() {
		err := &sinks.Error{Class: sinks.Fatal, Err: bad.err,
			Message: fmt.Sprintf("%s cannot be reached: %s", c.wire.base.Host, bad.text),
			Hint:    "check org or base_url, and the proxy and certificates of this machine"}
		c.gate.Stop(err)
		return err
	}
	return nil
}

// lostError is the error of a request that may have been applied.
func lostError(bad *failure, n int) *sinks.Error {
	return &sinks.Error{Class: sinks.Unknown, Attempts: n, Err: bad.err,
		Message: "the request left, and Kustomer's answer did not come: " + bad.text}
}

// addAttempts adds n to the attempts that an error counts.
func addAttempts(err error, n int) error {
	if e, ok := errors.AsType[*sinks.Error](err); ok {
		e.Attempts += n
	}
	return err
}
