package kustomer

import (
	"context"
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/sinks"
)

// Do performs one request, once: it creates, updates, deletes or sends an object, or acts on one. Attempts that
// surely were not applied, a 429 or a request that never left, are made again inside; whatever may have
// happened comes back as an error of class Unknown. A request that must carry what the object has
// (Spec.Keep, Spec.Append) reads it first: one request more.
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
	case w.isRemoved(a):
		return sinks.Result{ID: target(req), Status: a.status, Attempts: a.attempts, Same: true}, nil
	case a.status/100 != 2:
		return sinks.Result{}, c.refusal(w.deed(), a)
	case !makes(req.Spec):
		return w.done(a)
	}
	defer a.reuse() // what made returns is its own
	return w.made(a)
}

// write is a request of Do as it is judged.
type write struct {
	req   sinks.Request
	route sinks.Route
	tries int // attempts that its preparation took
}

func (w *write) deed() deed { return deedOf(w.req.Spec, w.req.Op, w.route) }

// prepare makes the HTTP request.
func (c *Client) prepare(ctx context.Context, req sinks.Request) (r request, w write, err error) {
	route, ok := req.Spec.Route(req.Op, req.Payload)
	if !ok {
		return r, w, unfit(req, errors.New("its payload takes none of the sink's paths"))
	}
	w = write{req: req, route: route}
	path, body, err := route.Fill(req.Payload, req.ID)
	if err != nil {
		return r, w, unfit(req, err)
	}
	changes := req.Op == sinks.Update || req.Spec.Kind == sinks.Changes
	if changes {
		if body, w.tries, err = c.keep(ctx, req.Spec, route, path, body); err != nil {
			return r, w, err
		}
	}
	text := req.Body
	if text == nil || changes || route.Body != "" || len(body) < len(req.Payload) { // keep may add to it, the path take of it
		if text, err = bodyText(route, body); err != nil {
			return r, w, unfit(req, err)
		}
	}
	if r, err = c.wire.request(route.Method, path, route.Path, text); err != nil {
		return r, w, unfit(req, err)
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

// unfit is the error of a request that cannot be made of its payload.
func unfit(req sinks.Request, err error) *sinks.Error {
	return &sinks.Error{Class: sinks.Refused, Err: err,
		Message: fmt.Sprintf("cannot %s the %s: %s", req.Op, req.Spec.Object, oneLine(err.Error())),
		Hint:    "correct the row or the mapping and run again"}
}
