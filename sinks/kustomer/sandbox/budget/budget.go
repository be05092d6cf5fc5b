// Package budget limits how many requests are allowed in a time, and shows the limit in the headers of
// answers.
package budget

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// ResetHeader says which answers carry x-ratelimit-reset (kustomer-api.md 2.2).
type ResetHeader string

// When x-ratelimit-reset is sent.
const (
	ResetOn429  ResetHeader = "on429" // the default
	ResetAlways ResetHeader = "always"
	ResetNever  ResetHeader = "never"
)

// Limits are the numbers of requests of one window.
type Limits struct {
	Mode       Mode          // how the requests of the org are counted; all others are in fixed windows
	Requests   int           // for the whole org; 0 switches every limit off
	Window     time.Duration // its length
	Creates    int           // objects of a kind created for one customer; negative: no limit
	Updates    int           // of one object; 0: no limit
	Searches   int           // for the whole org
	Reset      ResetHeader
	ResetSkew  time.Duration // added to x-ratelimit-reset: a server whose clock is wrong
	RetryAfter bool          // a 429 carries Retry-After, in seconds
}

// Budget counts requests: of the org as Mode says, and in fixed windows searches, of the creations for one customer, and of the updates of one
// object (kustomer-api.md 2.1, 2.3). It is safe for concurrent use.
type Budget struct {
	limits Limits
	meter  meter // of the org's requests

	mu       sync.Mutex
	ends     time.Time // of the window; the next request after it opens a new one
	searches int
	creates  map[creation]int
	updates  map[wire.ID]int
}

// creation is what one customer is given: conversations, or messages.
type creation struct {
	customer wire.ID
	kind     string
}

// New makes a budget; its first window opens with the first request.
func New(l Limits) *Budget { return &Budget{limits: l, meter: newMeter(l)} }

// roll opens a new window when the last one is over. The lock is held.
func (b *Budget) roll(now time.Time) {
	if now.Before(b.ends) {
		return
	}
	b.ends = now.Add(b.limits.Window)
	b.searches = 0
	b.creates = map[creation]int{}
	b.updates = map[wire.ID]int{}
}

// Spend takes one request from the org's budget and reports whether there was one left. It adds the headers.
func (b *Budget) Spend(h http.Header) bool {
	if b.limits.Requests == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.roll(now)
	ok := b.meter.take(now)
	b.headers(h, now, !ok)
	return ok
}

// Show adds the headers to an answer that costs nothing.
func (b *Budget) Show(h http.Header) {
	if b.limits.Requests == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.roll(now)
	b.headers(h, now, false)
}

// headers writes the three headers, and Retry-After where it is wanted (kustomer-api.md 2.2).
func (b *Budget) headers(h http.Header, now time.Time, refused bool) {
	left, reset := b.meter.left(now)
	h.Set("x-ratelimit-limit", strconv.Itoa(b.limits.Requests))
	h.Set("x-ratelimit-remaining", strconv.Itoa(left))
	if b.limits.Reset == ResetAlways || refused && b.limits.Reset == ResetOn429 {
		h.Set("x-ratelimit-reset", strconv.FormatInt(ceilSeconds(reset.Add(b.limits.ResetSkew)), 10))
	}
	if refused && b.limits.RetryAfter {
		wait := reset.Sub(now)
		h.Set("Retry-After", strconv.Itoa(max(1, int((wait+time.Second-1)/time.Second))))
	}
}

// ceilSeconds is a time in epoch seconds, rounded up.
func ceilSeconds(t time.Time) int64 { return t.Add(time.Second - time.Nanosecond).Unix() }

// Create counts one object of a kind that is made for a customer and reports whether it was still allowed. Imported
// objects are not limited (kustomer-api.md 2.3).
func (b *Budget) Create(customer wire.ID, kind string, imported bool) bool {
	if b.limits.Requests == 0 || b.limits.Creates < 0 || imported {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(time.Now())
	key := creation{customer, kind}
	b.creates[key]++
	return b.creates[key] <= b.limits.Creates
}

// Update counts one update of an object and reports whether it was still allowed.
func (b *Budget) Update(id wire.ID) bool {
	if b.limits.Requests == 0 || b.limits.Updates == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(time.Now())
	b.updates[id]++
	return b.updates[id] <= b.limits.Updates
}

// Search counts one search and reports whether it was still allowed (kustomer-api.md 2.1).
func (b *Budget) Search() bool {
	if b.limits.Requests == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(time.Now())
	b.searches++
	return b.searches <= b.limits.Searches
}
