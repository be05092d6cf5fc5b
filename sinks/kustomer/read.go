package kustomer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

var _ sinks.Reader = (*Client)(nil)

// Read reads an object from the path that it is changed by: one GET (kustomer-api.md 1.5).
func (c *Client) Read(ctx context.Context, spec *sinks.Spec, id string) (map[string]any, error) {
	all, _, err := c.read(ctx, spec, id)
	c.nameTags(ctx, all)
	return all, err
}

// ReadBack implements sinks.BackReader.
func (c *Client) ReadBack(ctx context.Context, spec *sinks.Spec, id string) (map[string]any, error) {
	a, err := c.getObject(ctx, spec, id)
	if err != nil {
		return nil, err
	}
	if a.status == http.StatusForbidden && !a.foreign { // loading needs no such role: the run goes on
		return nil, &sinks.Error{Class: sinks.Forbidden, Status: a.status, Attempts: a.attempts,
			Message: "the API key may not read the " + spec.Object + " (403)"}
	}
	return c.shown(spec, id, a)
}

// read is Read that also says how many attempts it took.
func (c *Client) read(ctx context.Context, spec *sinks.Spec, id string) (all map[string]any, attempts int, err error) {
	a, err := c.getObject(ctx, spec, id)
	if err != nil {
		return nil, 0, err
	}
	all, err = c.shown(spec, id, a)
	return all, a.attempts, err
}

// getObject asks for an object by its id.
func (c *Client) getObject(ctx context.Context, spec *sinks.Spec, id string) (response, error) {
	template, ok := objectPath(spec)
	if !ok {
		return response{}, readSpecError(spec, "the sink "+spec.Name+" names no path of one object")
	}
	path, _, err := sinks.Route{Path: template}.Fill(nil, id)
	if err != nil {
		return response{}, readSpecError(spec, err.Error())
	}
	r, err := c.wire.request(http.MethodGet, path, template, nil)
	if err != nil {
		return response{}, readSpecError(spec, err.Error())
	}
	return c.send(ctx, r)
}

// shown is what an answer shows of the object that was asked for.
func (c *Client) shown(spec *sinks.Spec, id string, a response) (map[string]any, error) {
	task := purpose{text: "read the " + spec.Object, roles: lookUpPurpose(spec).roles}
	if a.status/100 != 2 {
		return nil, c.refusal(task, a)
	}
	o, err := readObject(a)
	switch {
	case err != nil:
		return nil, unreadableError(task, a, err.Error())
	case o.deleted():
		return nil, deletedError(spec, o.ID, a)
	case o.ID != id:
		return nil, replacedError(spec, id, o.ID, a)
	}
	return contentsOf(a, id), nil
}

// objectPath is the path of one object, with {id} at its end: that of its update, or that of a change up to the id.
// False: the sink has none.
func objectPath(spec *sinks.Spec) (string, bool) {
	routes := spec.Create
	if spec.Update != nil {
		routes = append([]sinks.Route{*spec.Update}, routes...)
	}
	for _, r := range routes {
		if before, _, ok := strings.Cut(r.Path, "/{id}"); ok {
			return before + "/{id}", true
		}
	}
	return "", false
}

// contentsOfObject is the attributes and to-one relations of an object as JSON.
func contentsOfObject(text []byte) map[string]any {
	var o struct {
		Attributes    map[string]any `json:"attributes"`
		Relationships map[string]struct {
			Data any `json:"data"`
		} `json:"relationships"`
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	_ = dec.Decode(&o) // a part of another form stays empty: Kustomer's types vary
	all := o.Attributes
	if all == nil {
		all = map[string]any{}
	}
	for name, relation := range o.Relationships {
		one, _ := relation.Data.(map[string]any)
		if id, ok := one["id"].(string); ok {
			all[name] = id
		}
	}
	return all
}

// readSpecError is the error of a read for which no request can be made.
func readSpecError(spec *sinks.Spec, why string) *sinks.Error {
	return &sinks.Error{Class: sinks.Refused, Message: fmt.Sprintf("cannot read the %s: %s", spec.Object, oneLine(why))}
}
