package router

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Call is one request that was let in, or one item of a bulk job.
type Call struct {
	Request *http.Request // nil for an item
	Route   *Route        // nil for an item
	Method  string
	Args    []string // decoded parts of the path, in the order of the route's braces
	Roles   []string // of the key
	Query   url.Values
	Text    []byte // of the body
	Body    any    // wire.Document or []any; nil without a body
	Author  string // the id of the person who acts; empty: the user of the key
	Fault   string // the kind of fault that a bulk job is to meet; usually empty
}

// IsItem reports whether the call is an item of a bulk job, whose answer nobody sees.
func (c *Call) IsItem() bool { return c.Route == nil }

// Fields is a body that is an object. The schema has made sure that it is one.
func (c *Call) Fields() wire.Document {
	d, ok := c.Body.(wire.Document)
	if !ok {
		return wire.Document{}
	}
	return d
}

// IsAdmin reports whether the key may set authors and times of messages (kustomer-api.md 1.3).
func (c *Call) IsAdmin() bool { return Granted(c.Roles, "org.admin") }

// IsStale reports whether a request was made for another revision than the object has: rev comes in the body or in
// the query (kustomer-api.md 1.8).
func (c *Call) IsStale(rev uint32) bool {
	current := float64(rev)
	if n, ok := c.Fields()["rev"].(json.Number); ok {
		if f, err := n.Float64(); err != nil || f != current {
			return true
		}
	}
	if q := c.Query.Get("rev"); q != "" {
		f, err := strconv.ParseFloat(q, 64)
		return err != nil || f != current
	}
	return false
}
