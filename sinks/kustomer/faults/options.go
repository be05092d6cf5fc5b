package faults

import "time"

// Shape is the form of an error body (kustomer-api.md 3.1).
type Shape int

// The two shapes that are known.
const (
	ShapeA Shape = iota // JSON:API, as seen on the wire
	ShapeB              // code and message, as the portal shows it
)

// Options say how a Server behaves where Kustomer's documents leave it open, and what goes wrong. With the zero value
// nothing goes wrong, there is no rate limit, and only customers are unique.
type Options struct {
	Seed    uint64 // of every random choice
	Rules   string // which requests meet which faults: see ParseRules
	Token   string // the only API key that is accepted; default "test-token"
	OrgID   string // default 24 hex digits
	Journal string // path of a file that gets every event as a line of JSON, before its answer is sent; "" is none

	Unique    bool  // external ids of conversations and messages are unique too
	Duplicate int   // status of a duplicate: 409 (default), 400 or 422
	Shape     Shape // of errors

	Lag   time.Duration // look-ups see an object only so long after it was written
	Blind bool          // look-ups by external id always answer 404

	Deleted         Readings // what requests for a deleted object answer
	Merged          Readings // what requests for an object answer that was merged into another
	MergesGone      bool     // the merges of a customer that is gone are a 404
	FreeIdentifiers bool     // those of a deleted object can be given to another; else such a create is a duplicate
	KeepBelow       bool     // what belongs to a deleted object stays

	Rates Rates
	Jobs  Jobs

	Kill func() // kills the client process, for the faults that do that; may be nil
}

// Header says in which answers a header about the rate limit is.
type Header int

// What is known of Kustomer, and what it might do (kustomer-api.md 2.2).
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
	Others  float64       // requests a second that another client makes within the same limit
	After   time.Duration // from the server's start until that other client begins
	Skew    time.Duration // of the server's clock: Date and all times in headers
}

// Refs says what a server does with the references of a batch (kustomer-api.md 10).
type Refs int

// What is known of Kustomer, and what it might do.
const (
	RefsNamed   Refs = iota // results name the items
	RefsRefused             // an item with a reference is refused
	RefsIgnored             // they are accepted, and the results do not name the items
)

// Jobs say how jobs handle batches. With the zero value they do so at once, in one part.
type Jobs struct {
	Takes time.Duration // until a part of a job is done, one after the other
	Part  int           // items of a part; default all
	Page  int           // parts that a page shows at most; default 100
	Refs  Refs
	Deny  bool // the key may not read jobs
	Body  int  // bytes of a body; default 100 kB
	Brief bool // the answer to a batch does not repeat what was sent
}
