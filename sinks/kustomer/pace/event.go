package pace

import "time"

// EventKind says what an Event is about.
type EventKind int

// The kinds of events.
const (
	RateLimited EventKind = iota // all requests wait for the rate limit
	LimitOver                    // that wait is over
	Outage                       // Kustomer cannot be reached; all requests wait
	Recovered                    // it answers again
)

var eventNames = [...]string{"rate_limited", "limit_over", "outage", "recovered"}

// String names the kind in logs.
func (k EventKind) String() string { return eventNames[k] }

// Event tells a person why nothing is sent, or that requests go on.
type Event struct {
	Kind    EventKind
	Wait    time.Duration // how long, as far as is known; else 0
	Message string        // one line
}
