package kustomer

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/kustsync/kustsync/sinks"
)

var _ sinks.MergeReader = (*Client)(nil)

// Merges lists the merges of an object: GET /v1/customers/{id}/merges (kustomer-api.md 20.2). That the path answers for an
// object that is gone is likely, and not documented.
func (c *Client) Merges(ctx context.Context, spec *sinks.Spec, id string) ([]sinks.Merge, error) {
	task := purpose{text: "read the merges of the " + spec.Object, roles: rolesFor(spec, "read merges")}
	path, _, err := sinks.Route{Path: spec.MergesPath}.Fill(nil, id)
	if err != nil || spec.MergesPath == "" {
		return nil, readSpecError(spec, "its merges have no address")
	}
	r, err := c.wire.request(http.MethodGet, path+"?pageSize=100", spec.MergesPath, nil)
	if err != nil {
		return nil, readSpecError(spec, err.Error())
	}
	a, err := c.send(ctx, r)
	switch {
	case err != nil:
		return nil, err
	case a.status == http.StatusForbidden && !a.foreign: // loading needs no such role: the run goes on
		return nil, &sinks.Error{Class: sinks.Forbidden, Status: a.status, Attempts: a.attempts,
			Message: "the API key may not " + task.text + " (403)", Hint: roleHint(task.roles)}
	case a.status/100 != 2:
		return nil, c.refusal(task, a)
	}
	merges, more, err := readMerges(a)
	if err != nil {
		return nil, unreadableError(task, a, err.Error())
	}
	if more && !hasSource(merges, id) {
		return nil, unreadableError(task, a, "the list has more than a page")
	}
	return merges, nil
}

// readMerges reads a list of merges; more: another page follows.
func readMerges(a response) (merges []sinks.Merge, more bool, err error) {
	l, err := readObjects(a)
	if err != nil {
		return nil, false, err
	}
	for _, o := range l.objects {
		m := sinks.Merge{ID: o.ID, Source: o.related("source"), Target: o.related("target")}
		if checkID(m.Source) == nil && checkID(m.Target) == nil {
			merges = append(merges, m)
		}
	}
	return merges, l.more, nil
}

func hasSource(merges []sinks.Merge, id string) bool {
	for _, m := range merges {
		if m.Source == id {
			return true
		}
	}
	return false
}

// contentsOf is the attributes and to-one relations of the object with that id which an answer shows, by itself or in a
// list.
func contentsOf(a response, id string) map[string]any {
	var doc struct {
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(a.body, &doc) != nil {
		return map[string]any{}
	}
	var list []json.RawMessage
	if json.Unmarshal(doc.Data, &list) != nil {
		return contentsOfObject(doc.Data)
	}
	for _, item := range list {
		var o object
		if json.Unmarshal(item, &o) == nil && o.ID == id {
			return contentsOfObject(item)
		}
	}
	return map[string]any{}
}
