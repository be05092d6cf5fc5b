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

// read is Read that also says how many attempts it took.
func (c *Client) read(ctx context.Context, spec *sinks.Spec, id string) (all map[string]any, attempts int, err error) {
	task := purpose{text: "read the " + spec.Object, roles: lookUpPurpose(spec).roles}
	template, ok := objectPath(spec)
	if !ok {
		return nil, 0, readSpecError(spec, "the sink "+spec.Name+" names no path of one object")
	}
	path, _, err := sinks.Route{Path: template}.Fill(nil, id)
	if err != nil {
		return nil, 0, readSpecError(spec, err.Error())
	}
	r, err := c.wire.request(http.MethodGet, path, template, nil)
	if err != nil {
		return nil, 0, readSpecError(spec, err.Error())
	}
	a, err := c.send(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	if a.status/100 != 2 {
		return nil, a.attempts, c.refusal(task, a)
	}
	o, err := readObject(a)
	switch {
	case err != nil:
		return nil, a.attempts, unreadableError(task, a, err.Error())
	case o.deleted():
		return nil, a.attempts, deletedError(spec, o.ID, a)
	case o.ID != id:
		return nil, a.attempts, replacedError(spec, id, o.ID, a)
	}
	return contentsOf(a, id), a.attempts, nil
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
