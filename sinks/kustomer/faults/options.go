package faults

import "time"

// Shape is the form of an error body (kustomer-api.md 3.1).
type Shape int

// The two shapes that are known.
const (
	ShapeA Shape = iota // JSON:API, as seen on the wire
	ShapeB              // code and message, as the portal shows it
)

// Options say which reading of Kustomer a Server is, and what goes wrong. The zero value is a kind,
// fast Kustomer without a rate limit that keeps customers unique, and nothing else.
type Options struct {
	Seed    uint64 // of every choice between a fault and none
	Rules   string // which faults, for what: see ParseRules
	Token   string // the only key that is taken; default "test-token"
	OrgID   string // default 24 hex digits
	Journal string // a file that gets every event as a line of JSON before its answer leaves; "" is none

	Unique    bool  // external ids of conversations and messages are unique too
	Duplicate int   // status of a duplicate: 409 (default), 400 or 422
	Shape     Shape // of errors

	Lag   time.Duration // look-ups see an object only so long after it was written
	Blind bool          // look-ups by external id always answer 404

	Rates Rates
	Jobs  Jobs

	Kill func() // ends the client, for faults that do; nil is nobody
}

// Header says when a header about the rate limit is there.
type Header int

// The habits that are known or feared (kustomer-api.md 2.2).
const (
	Never Header = iota
	Only429
	Always
	Garbage
)

// Rates is a rate limit. The zero value is none, and no headers about it.
type Rates struct {
	Limit   int           // requests per Window
	Window  time.Duration // default a minute
	Sliding bool          // the window slides; else windows follow one another from the server's start
	Reset   Header        // X-Ratelimit-Reset, in epoch seconds
	Retry   Header        // Retry-After, in seconds
	Others  float64       // requests a second that another client spends of the limit
	After   time.Duration // it begins so long after the server's start
	Skew    time.Duration // of the server's clock: Date and all times in headers
}

// Refs says what a server makes of the references of a batch (kustomer-api.md 10).
type Refs int

// The habits that are known or feared.
const (
	RefsNamed   Refs = iota // results name the items
	RefsRefused             // an item with a reference is refused
	RefsIgnored             // they are taken, and the results name nothing
)

// Jobs say how batches are worked off. The zero value does so at once and whole.
type Jobs struct {
	Takes time.Duration // until a part of a job is done, one after the other
	Part  int           // items of a part; default all
	Page  int           // parts that a page shows at most; default 100
	Refs  Refs
	Deny  bool // the key may not read jobs
	Body  int  // bytes of a body; default 100 kB
	Brief bool // the answer to a batch does not repeat what was sent
}
