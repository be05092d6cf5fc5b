package pace

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/kustsync/kustsync/sinks"
)

const (
	tripAfter = 10              // failures in a row make an outage,
	tripEarly = 3               // or fewer of them,
	tripSpan  = 5 * time.Second // when they last so long

	firstBackoff = 500 * time.Millisecond // upper bound of the first random wait
	lastBackoff  = 20 * time.Second       // upper bound of all waits
)

// outage watches for a time in which Kustomer gives no good answer at all. Like the pacer it is given the time.
type outage struct {
	patience time.Duration // how long it may last
	failures int           // in a row
	since    time.Time     // the first of them
	reported bool
	waits    *backoff.ExponentialBackOff
}

// failure is one failure of Kustomer's, or of the way to it.
type failure struct {
	cause string        // in what way it failed
	down  bool          // Kustomer says itself that it is not available
	said  time.Duration // it asks to wait so long; 0: it does not say
}

// asks says how long the failure asks to wait.
func (f failure) asks() string {
	if f.said <= 0 {
		return ""
	}
	return fmt.Sprintf(" and asks to wait %s", f.said.Round(time.Second))
}

// consequence is what a failure means for all requests.
type consequence struct {
	pause  time.Duration // hold all requests for so long
	begins bool          // this is where an outage begins
	over   bool          // it has lasted as long as it may, or will
	early  bool          // it will: it asks for a longer wait than is left
}

// failure takes in one failure. One by which Kustomer says that it is not available begins an outage at once.
func (o *outage) failure(now time.Time, f failure) consequence {
	o.failures++
	if o.failures == 1 {
		o.since, o.waits = now, NewBackoff()
	}
	lasts := now.Sub(o.since)
	if !f.down && o.failures < tripAfter && (o.failures < tripEarly || lasts < min(tripSpan, o.patience)) {
		return consequence{}
	}
	s := consequence{begins: !o.reported, over: lasts >= o.patience}
	o.reported = true
	if left := o.patience - lasts; f.down && f.said > left && !s.over {
		s.over, s.early = true, true
	}
	wait := o.waits.NextBackOff()
	if f.down {
		wait = max(wait, f.said)
	}
	s.pause = max(0, min(wait, o.patience-lasts))
	return s
}

// overError is why a run ends in an outage.
func (o *outage) overError(f failure, s consequence, now time.Time) *sinks.Error {
	if s.early {
		return &sinks.Error{Class: sinks.Fatal,
			Message: fmt.Sprintf("Kustomer cannot be reached (%s)%s, which is longer than outage_wait allows", f.cause, f.asks()),
			Hint:    "run the same command again after " + now.Add(f.said).Format("15:04:05 MST on January 2") + ": it goes on where it stopped"}
	}
	return &sinks.Error{Class: sinks.Fatal,
		Message: fmt.Sprintf("Kustomer could not be reached for %s (%s)", o.patience, f.cause),
		Hint:    "when it is back, run the same command again: it goes on where it stopped"}
}

// success takes in a good answer. It reports whether an outage ends with it.
func (o *outage) success() bool {
	reported := o.reported
	o.failures, o.reported = 0, false
	return reported
}

// NewBackoff returns the schedule of the waits between attempts: each is random, from 0 to an upper bound that
// doubles from 0.5 s to 20 s.
func NewBackoff() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     firstBackoff / 2, // the factor doubles it at most
		RandomizationFactor: 1,
		Multiplier:          2,
		MaxInterval:         lastBackoff / 2,
	}
}

// ObjectWait is how long a request waits that met the limit of its own object, for the n-th time, when headers ask
// for so long. How many requests that limit allows is not known; its window is a minute (kustomer-api.md 2.3).
func ObjectWait(said time.Duration, n int) time.Duration {
	grown := min(firstBackoff<<min(n, 8), windowLength)
	return max(said, grown/2+rand.N(grown/2))
}
