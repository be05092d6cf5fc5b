package kustomer

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// RawRequest is a request that no sink makes, sent as it is.
type RawRequest struct {
	Purpose string // what it is to do, for messages: "delete the customer"
	Method  string
	Path    string // percent-encoded, with a query or without
	Label   string // stands for the path in logs, which hold no values
	Body    any    // sent as JSON; nil: none
}

// RawAnswer is Kustomer's answer to a RawRequest.
type RawAnswer struct {
	Status  int
	Rates   pace.Rates
	ID      string // of the object that a success shows; "" after a DELETE
	Message string // why Kustomer refused, in one line without the key; "" of a success
	Failed  bool   // a failure of Kustomer's, or a success that is cut short: the request may have been applied

	object *object
}

// Carries reports whether the answer shows an object, not deleted, that may have the external id.
func (a RawAnswer) Carries(externalID string) bool {
	return a.object != nil && !a.object.deleted() && a.object.carries(externalID)
}

// Raw sends one request, at the pace of all others. A refusal is no error, except one after which nothing more can be sent:
// an *sinks.Error of class Fatal. A 403 is no error. A success that shows no object is an error, which comes with the
// answer. It is also an error when the request could not be sent, or its answer did not come.
func (c *Client) Raw(ctx context.Context, req RawRequest) (RawAnswer, error) {
	var text []byte
	if req.Body != nil {
		var err error
		if text, err = json.Marshal(req.Body); err != nil {
			return RawAnswer{}, err
		}
	}
	r, err := c.wire.request(req.Method, req.Path, req.Label, text)
	if err != nil {
		return RawAnswer{}, err
	}
	a, err := c.send(ctx, r)
	if err != nil {
		return RawAnswer{}, err
	}
	raw := RawAnswer{Status: a.status, Rates: a.rates, Failed: failed(a)}
	task := purpose{text: req.Purpose}
	switch {
	case a.status/100 != 2:
		raw.Message = c.redact(readErrorBody(a.body).message)
		if a.status != http.StatusForbidden && classOf(task, a.status) == sinks.Fatal {
			return raw, c.refusal(task, a)
		}
	case req.Method != http.MethodDelete:
		o, err := readObject(a)
		if err != nil {
			return raw, err
		}
		raw.ID, raw.object = o.ID, &o
	}
	return raw, nil
}

// OneLine makes text fit for a line of a terminal or a log: without the key and control characters, at most 500 bytes.
func (c *Client) OneLine(text string) string { return c.redact(oneLine(text)) }

// Timeout is how long one attempt may take.
func (c *Client) Timeout() time.Duration { return c.wire.timeouts.each }

// Workers is how many requests the client sends at once, at most.
func (c *Client) Workers() int { return cap(c.wire.workers) }
