package sandbox

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// budget counts requests in fixed windows: of the org, of the creations for one customer, and of
// the updates of one object (kustomer-api.md 2.1, 2.3). Every limit is off without Options.RateLimit.
type budget struct {
	opts Options

	mu       sync.Mutex
	ends     time.Time // of the window; the next request after it opens a new one
	spent    int
	searches int
	creates  map[creation]int
	updates  map[identifier]int
}

// creation is what one customer is given: conversations, or messages.
type creation struct {
	customer identifier
	kind     kind
}

func newBudget(o Options) *budget { return &budget{opts: o} }

// roll opens a new window when the last one is over. The lock is held.
func (b *budget) roll(now time.Time) {
	if now.Before(b.ends) {
		return
	}
	b.ends = now.Add(b.opts.RateWindow)
	b.spent, b.searches = 0, 0
	b.creates = map[creation]int{}
	b.updates = map[identifier]int{}
}

// spend takes one request from the org's budget and says whether there was one left.
func (b *budget) spend(h http.Header) bool {
	if b.opts.RateLimit == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(time.Now())
	ok := b.spent < b.opts.RateLimit
	if ok {
		b.spent++
	}
	b.headers(h, !ok)
	return ok
}

// show adds the headers to an answer that costs nothing.
func (b *budget) show(h http.Header) {
	if b.opts.RateLimit == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(time.Now())
	b.headers(h, false)
}

// headers writes the three headers, and Retry-After where it is wanted (kustomer-api.md 2.2).
func (b *budget) headers(h http.Header, refused bool) {
	h.Set("x-ratelimit-limit", strconv.Itoa(b.opts.RateLimit))
	h.Set("x-ratelimit-remaining", strconv.Itoa(b.opts.RateLimit-b.spent))
	if b.opts.ResetHeader == ResetAlways || refused && b.opts.ResetHeader == ResetOn429 {
		h.Set("x-ratelimit-reset", strconv.FormatInt(ceilSeconds(b.ends.Add(b.opts.ResetSkew)), 10))
	}
	if refused && b.opts.RetryAfter {
		left := time.Until(b.ends)
		h.Set("Retry-After", strconv.Itoa(max(1, int((left+time.Second-1)/time.Second))))
	}
}

func ceilSeconds(t time.Time) int64 { return t.Add(time.Second - time.Nanosecond).Unix() }

// create counts one object made for a customer and says whether it was still allowed. Imported
// objects are not limited (kustomer-api.md 2.3).
func (b *budget) create(owner *record, k kind, body document) bool {
	if b.opts.RateLimit == 0 || b.opts.CreateLimit < 0 || body["importedAt"] != nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(time.Now())
	key := creation{owner.id, k}
	b.creates[key]++
	return b.creates[key] <= b.opts.CreateLimit
}

// update counts one update of an object and says whether it was still allowed.
func (b *budget) update(r *record) bool {
	if b.opts.RateLimit == 0 || b.opts.UpdateLimit == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(time.Now())
	b.updates[r.id]++
	return b.updates[r.id] <= b.opts.UpdateLimit
}

// search counts one search and says whether it was still allowed (kustomer-api.md 2.1).
func (b *budget) search() bool {
	if b.opts.RateLimit == 0 {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.roll(time.Now())
	b.searches++
	return b.searches <= b.opts.SearchLimit
}
