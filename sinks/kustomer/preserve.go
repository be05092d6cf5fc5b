package kustomer

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// preserve adds to an update what the object has and would lose otherwise: Kustomer unlinks a customer from its company
// when an update does not name it (kustomer-api.md 1.8). It reads the object for that. On an error nothing was changed.
func (c *Client) preserve(ctx context.Context, spec *sinks.Spec, route sinks.Route, path string, body map[string]any) (map[string]any, int, error) {
	var missing []string
	for _, name := range spec.Preserve {
		if _, mapped := body[name]; !mapped {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return body, 0, nil
	}
	task := purpose{text: "update the " + spec.Object, roles: lookUpPurpose(spec).roles}
	r, err := c.wire.request(http.MethodGet, path, route.Path, nil)
	if err != nil {
		return nil, 0, &sinks.Error{Class: sinks.Refused, Err: err, Message: err.Error()}
	}
	a, err := c.send(ctx, r)
	if err == nil && a.status/100 != 2 {
		err = c.refusal(task, a)
	}
	if err != nil {
		return nil, a.attempts, asUnsent(err)
	}
	o, err := readObject(a)
	switch {
	case err != nil:
		return nil, a.attempts, asUnsent(unreadableError(task, a, err.Error()))
	case o.deleted():
		return nil, a.attempts, deletedError(spec, o.ID, a)
	case !strings.HasSuffix(path, "/"+o.ID):
		return nil, a.attempts, replacedError(spec, path[strings.LastIndexByte(path, '/')+1:], o.ID, a)
	}
	body = maps.Clone(body)
	for _, name := range missing {
		if id := o.related(name); id != "" {
			body[name] = id
		}
	}
	return body, a.attempts, nil
}

// asUnsent turns the error of a read into that of the write that was not sent because of it.
func asUnsent(err error) error {
	e, ok := errors.AsType[*sinks.Error](err)
	if !ok {
		return err
	}
	switch e.Class {
	case sinks.Unknown:
		e.Class = sinks.Unreached
	case sinks.Duplicate:
		e.Class = sinks.Refused
	}
	return e
}
