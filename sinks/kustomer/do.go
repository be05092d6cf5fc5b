package kustomer

import (
	"context"
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/sinks"
)

// Do performs a request once: it creates, updates, deletes or sends an object, or acts on one. An attempt that surely
// was not applied, a 429 or one that never left, is made again inside. When the request may have been applied, the
// error is of class Unknown. Where the request must carry what the object has (Spec.Preserve, Spec.Append), the object is
// read first, which is one request more.
func (c *Client) Do(ctx context.Context, req sinks.Request) (sinks.Result, error) {
	if req.Spec.Append != nil {
		return c.addItems(ctx, req)
	}
	r, w, err := c.prepare(ctx, req)
	if err != nil {
		c.gate.Release()
		return sinks.Result{}, err
	}
	r.hasPlace = true
	a, err := c.send(ctx, r)
	if err != nil {
		return sinks.Result{}, addAttempts(err, w.tries)
	}
	a.attempts += w.tries
	switch {
	case w.isAlreadyGone(a):
		return sinks.Result{ID: target(req), Status: a.status, Attempts: a.attempts, Unchanged: true}, nil
	case a.status/100 != 2:
		return sinks.Result{}, c.refusal(w.purpose(), a)
	case !makesObject(req.Spec):
		return w.readDone(a)
	}
	defer a.recycle() // what readCreated returns does not point into it
	return w.readCreated(a)
}

// write is a request of Do, with what is needed to judge its answer.
type write struct {
	req   sinks.Request
	route sinks.Route
	tries int // attempts that its preparation took
}

func (w *write) purpose() purpose { return purposeOf(w.req.Spec, w.req.Op, w.route) }

// prepare makes the HTTP request.
func (c *Client) prepare(ctx context.Context, req sinks.Request) (r request, w write, err error) {
	route, ok := req.Spec.Route(req.Op, req.Payload)
	if !ok {
		return r, w, payloadError(req, errors.New("its payload takes none of the sink's paths"))
	}
	w = write{req: req, route: route}
	path, body, err := route.Fill(req.Payload, req.ID)
	if err != nil {
		return r, w, payloadError(req, err)
	}
	changes := req.Op == sinks.Update || req.Spec.Kind == sinks.Changes
	if changes {
		if body, w.tries, err = c.preserve(ctx, req.Spec, route, path, body); err != nil {
			return r, w, err
		}
	}
	text := req.Body
	if text == nil || changes || route.Body != "" || len(body) < len(req.Payload) { // preserve may have added to it, the path taken from it
		if text, err = bodyText(route, body); err != nil {
			return r, w, payloadError(req, err)
		}
	}
	if r, err = c.wire.request(route.Method, path, route.Path, text); err != nil {
		return r, w, payloadError(req, err)
	}
	return r, w, nil
}

// bodyText writes what is sent of a payload; nil: nothing is.
func bodyText(route sinks.Route, body map[string]any) ([]byte, error) {
	content, ok := route.Content(body)
	if !ok {
		return nil, nil
	}
	return sinks.Canonical(content)
}

// payloadError is the error of a payload that no request can be made of.
func payloadError(req sinks.Request, err error) *sinks.Error {
	return &sinks.Error{Class: sinks.Refused, Err: err,
		Message: fmt.Sprintf("cannot %s the %s: %s", req.Op, req.Spec.Object, oneLine(err.Error())),
		Hint:    "correct the row or the mapping and run again"}
}
