package kustomer

import (
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	tripAfter = 10              // failures in a row stop everybody,
	tripEarly = 3               // and so do fewer of them,
	tripSpan  = 5 * time.Second // when they last so long

	firstBackoff = 500 * time.Millisecond // upper bound of the first random wait
	lastBackoff  = 20 * time.Second       // upper bound of all waits
)

// outage watches for a time in which Kustomer gives no good answer at all. Like pacer it is told the time.
type outage struct {
	patience time.Duration // how long it may last
	failures int           // in a row
	since    time.Time     // the first of them
	told     bool
	waits    *backoff.ExponentialBackOff
}

// strain is what a failure means for everybody.
type strain struct {
	pause time.Duration // hold everybody for so long
	begin bool          // this is where an outage begins
	over  bool          // patience is at its end
}

// fail takes in one failure.
func (o *outage) fail(now time.Time) strain {
	o.failures++
	if o.failures == 1 {
		o.since, o.waits = now, newBackoff()
	}
	lasts := now.Sub(o.since)
	if o.failures < tripAfter && (o.failures < tripEarly || lasts < min(tripSpan, o.patience)) {
		return strain{}
	}
	s := strain{begin: !o.told, over: lasts >= o.patience}
	o.told = true
	s.pause = max(0, min(o.waits.NextBackOff(), o.patience-lasts))
	return s
}

// heal takes in a good answer. It reports whether an outage ends with it.
func (o *outage) heal() bool {
	told := o.told
	o.failures, o.told = 0, false
	return told
}

// newBackoff returns the schedule of the waits between attempts: exponential with full jitter.
func newBackoff() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     firstBackoff / 2, // the factor doubles it at most
		RandomizationFactor: 1,
		Multiplier:          2,
		MaxInterval:         lastBackoff / 2,
	}
}

// aloneWait is how long a request waits that met the limit of its own object, for the n-th time. The
// number behind that limit is not known, its window is a minute (kustomer-api.md 2.3).
func aloneWait(said time.Duration, n int) time.Duration {
	grown := min(firstBackoff<<min(n, 8), windowLength)
	return max(said, grown/2+rand.N(grown/2))
}
