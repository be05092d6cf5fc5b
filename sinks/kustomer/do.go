package kustomer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

// Do creates, updates or sends one object, once. Attempts that surely were not applied, a 429 or a request that
// never left, are made again inside; whatever may have happened comes back as an error of class Unknown.
// An update that must carry what the object has (Spec.Keep) reads it first: one request more.
func (c *Client) Do(ctx context.Context, req sinks.Request) (sinks.Result, error) {
	r, d, tries, err := c.prepare(ctx, req)
	if err != nil {
		c.gate.giveBack()
		return sinks.Result{}, err
	}
	r.hasPlace = true
	a, err := c.send(ctx, r)
	if err != nil {
		return sinks.Result{}, addAttempts(err, tries)
	}
	a.attempts += tries
	if a.status/100 != 2 {
		return sinks.Result{}, c.refusal(d, a)
	}
	return made(req, d, a)
}

// prepare makes the HTTP request, and says how many attempts that took.
func (c *Client) prepare(ctx context.Context, req sinks.Request) (r request, d deed, tries int, err error) {
	route, ok := req.Spec.Route(req.Op, req.Payload)
	if !ok {
		return r, d, 0, unfit(req, errors.New("its payload takes none of the sink's paths"))
	}
	d = deedOf(req.Spec, req.Op, route.Path)
	path, body, err := route.Fill(req.Payload, req.ID)
	if err != nil {
		return r, d, 0, unfit(req, err)
	}
	if req.Op == sinks.Update {
		if body, tries, err = c.keep(ctx, req.Spec, route, path, body); err != nil {
			return r, d, tries, err
		}
	}
	text := req.Body
	if text == nil || req.Op != sinks.Create || len(body) < len(req.Payload) { // keep may add to it, the path take of it
		if text, err = sinks.Canonical(body); err != nil {
			return r, d, tries, unfit(req, err)
		}
	}
	if r, err = c.wire.request(route.Method, path, route.Path, text); err != nil {
		return r, d, tries, unfit(req, err)
	}
	return r, d, tries, nil
}

// unfit is the error of a request that cannot be made of its payload.
func unfit(req sinks.Request, err error) *sinks.Error {
	return &sinks.Error{Class: sinks.Refused, Err: err,
		Message: fmt.Sprintf("cannot %s the %s: %s", req.Op, req.Spec.Object, oneLine(err.Error())),
		Hint:    "correct the row or the mapping and run again"}
}

// keep adds to an update what the object has and would lose otherwise: Kustomer unlinks a customer from
// its company when an update does not name it (kustomer-api.md 1.8). A failure means that nothing was
// changed.
func (c *Client) keep(ctx context.Context, spec *sinks.Spec, route sinks.Route, path string, body map[string]any) (map[string]any, int, error) {
	var missing []string
	for _, name := range spec.Keep {
		if _, mapped := body[name]; !mapped {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return body, 0, nil
	}
	d := deed{text: "update the " + spec.Object, roles: lookUp(spec).roles}
	r, err := c.wire.request(http.MethodGet, path, route.Path, nil)
	if err != nil {
		return nil, 0, &sinks.Error{Class: sinks.Refused, Err: err, Message: err.Error()}
	}
	a, err := c.send(ctx, r)
	if err == nil && a.status/100 != 2 {
		err = c.refusal(d, a)
	}
	if err != nil {
		return nil, a.attempts, notApplied(err)
	}
	o, err := readObject(a)
	switch {
	case err != nil:
		return nil, a.attempts, notApplied(unreadable(d, a, err.Error()))
	case o.deleted():
		return nil, a.attempts, gone(spec, o.ID, a)
	}
	body = maps.Clone(body)
	for _, name := range missing {
		if id := o.related(name); id != "" {
			body[name] = id
		}
	}
	return body, a.attempts, nil
}

// notApplied turns the error of a read into that of the write that did not follow.
func notApplied(err error) error {
	e, ok := errors.AsType[*sinks.Error](err)
	if !ok {
		return err
	}
	switch e.Class {
	case sinks.Unknown:
		e.Class = sinks.Unreached
	case sinks.Conflict:
		e.Class = sinks.Refused
	}
	return e
}

// made reads the answer that says that the object is there.
func made(req sinks.Request, d deed, a answer) (sinks.Result, error) {
	id, got, err := readMade(a)
	if err != nil {
		return sinks.Result{}, unreadable(d, a, err.Error())
	}
	if req.Op == sinks.Update && id != req.ID {
		return sinks.Result{}, unreadable(d, a, "the answer shows another object, "+id)
	}
	if want, _ := req.Payload["externalId"].(string); want != "" && got != "" && got != want {
		return sinks.Result{}, unreadable(d, a, "the answer shows an object with another externalId, "+id)
	}
	return sinks.Result{ID: id, Status: a.status, Attempts: a.attempts}, nil
}
