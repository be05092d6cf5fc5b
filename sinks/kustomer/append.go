package kustomer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

const (
	appendTries = 5                     // writes of one list, while others change the object
	appendWait  = 20 * time.Millisecond // before the next write: a random time of once to twice this, times the writes so far
)

// addItems adds the items that a list of an object lacks: it reads the object and writes the whole list with the
// revision that it read, and does both again when somebody changed the object in between (kustomer-api.md 1.8). When
// the list has all items, nothing is written.
func (c *Client) addItems(ctx context.Context, req sinks.Request) (sinks.Result, error) {
	p, err := newAppend(req)
	if err != nil {
		c.gate.Release()
		return sinks.Result{}, payloadError(req, err)
	}
	for {
		res, again, err := c.addOnce(ctx, req, p)
		if again {
			wait := time.Duration(p.writes) * appendWait
			err = pace.Sleep(ctx, wait+rand.N(wait))
			again = err == nil
			err = addAttempts(err, p.tries)
		}
		if again {
			continue
		}
		if !p.placeUsed {
			c.gate.Release()
		}
		return res, err
	}
}

// addOnce reads the object and writes the list, once. again: somebody seems to have changed the object in between.
func (c *Client) addOnce(ctx context.Context, req sinks.Request, p *pendingAppend) (res sinks.Result, again bool, err error) {
	have, n, err := c.read(ctx, req.Spec, p.id)
	if err != nil {
		return res, false, addAttempts(asUnsent(err), p.tries)
	}
	p.tries += n
	if p.refused != nil {
		p.refused.Attempts = p.tries
	}
	if p.refused != nil && p.isTaken(have) {
		p.refused.Hint = "another " + req.Spec.Object + " has it: correct the row, or merge the two"
		return res, false, p.refused
	}
	body, err := p.body(have)
	switch {
	case err != nil:
		return res, false, addAttempts(err, p.tries)
	case body == nil:
		return sinks.Result{ID: p.id, Status: http.StatusOK, Attempts: p.tries, Unchanged: true}, false, nil
	case p.writes == appendTries:
		p.refused.Hint = "others change it all the time; run the same command again later"
		return res, false, p.refused
	}
	r, err := p.request(c, body)
	if err != nil {
		return res, false, payloadError(req, err)
	}
	a, err := c.send(ctx, r)
	if err != nil {
		return res, false, addAttempts(err, p.tries)
	}
	p.tries += a.attempts
	a.attempts = p.tries
	if a.status/100 == 2 {
		res, err = p.readDone(a)
		return res, false, err
	}
	p.refused = c.refusal(p.purpose(), a)
	return res, a.status == http.StatusConflict || a.status == http.StatusPreconditionFailed, p.refused
}

// pendingAppend is an append under way.
type pendingAppend struct {
	write
	spec  *sinks.Spec
	id    string
	path  string
	items []any // to add
	field *sinks.Field

	rev       json.Number // of the object at the last write
	writes    int
	placeUsed bool         // the place that Admit has paid for is used
	refused   *sinks.Error // why the last write was refused
}

func newAppend(req sinks.Request) (*pendingAppend, error) {
	route, ok := req.Spec.Route(req.Op, req.Payload)
	if !ok {
		return nil, errors.New("its payload takes none of the sink's paths")
	}
	path, body, err := route.Fill(req.Payload, req.ID)
	if err != nil {
		return nil, err
	}
	list := req.Spec.Append.List
	field, ok := req.Spec.Field(list)
	if !ok || field.Items == nil {
		return nil, errors.New("the sink has no list " + list)
	}
	items, _ := body[list].([]any)
	return &pendingAppend{
		write: write{req: req, route: route},
		spec:  req.Spec, id: target(req), path: path, items: items, field: field,
	}, nil
}

// body is what is to be written, nil when the object has all items. The error says that the list would grow too long.
func (p *pendingAppend) body(have map[string]any) (map[string]any, error) {
	name := p.spec.Append.List
	list, _ := have[name].([]any)
	list = slices.Clone(list)
	for i := range list {
		list[i] = p.withoutExtra(list[i])
	}
	there := len(list)
	for _, item := range p.items {
		if !slices.ContainsFunc(list, func(other any) bool { return p.isSame(item, other) }) {
			list = append(list, item)
		}
	}
	if len(list) == there {
		return nil, nil
	}
	if limit := p.field.MaxItems; limit > 0 && len(list) > limit {
		return nil, &sinks.Error{Class: sinks.Refused, Field: name,
			Message: fmt.Sprintf("the %s %s has %d %s, and with the new ones would have %d; Kustomer takes %d", p.spec.Object, p.id, there, name, len(list), limit),
			Hint:    "remove one there, or leave the row out"}
	}
	body := map[string]any{name: list}
	for _, kept := range p.spec.Preserve {
		if id, ok := have[kept].(string); ok {
			body[kept] = id
		}
	}
	if p.rev, _ = have["rev"].(json.Number); p.rev != "" {
		body["rev"] = p.rev
	}
	return body, nil
}

// withoutExtra is an item of the object without members that only answers have; a write with them would be refused
// (kustomer-api.md 1.5).
func (p *pendingAppend) withoutExtra(item any) any {
	members, ok := item.(map[string]any)
	if !ok {
		return item
	}
	members = maps.Clone(members)
	maps.DeleteFunc(members, func(name string, v any) bool {
		return v == nil || !slices.ContainsFunc(p.field.Items.Fields, func(f sinks.Field) bool { return f.Name == name })
	})
	return members
}

// isSame reports whether two items are the same address or number.
func (p *pendingAppend) isSame(a, b any) bool {
	first, second := p.identity(a), p.identity(b)
	return first != "" && strings.EqualFold(first, second)
}

// identity is the text by which items are compared: of a phone number its digits alone, since people write it in many
// ways.
func (p *pendingAppend) identity(item any) string {
	members, _ := item.(map[string]any)
	text, _ := members[p.spec.Append.By].(string)
	for _, f := range p.field.Items.Fields {
		if f.Name == p.spec.Append.By && f.Type == sinks.Phone {
			text = strings.Map(func(r rune) rune {
				if r < '0' || r > '9' {
					return -1
				}
				return r
			}, text)
		}
	}
	return strings.TrimSpace(text)
}

// isTaken reports whether a write was refused for its items, not for its revision: Kustomer names the
// list, or the object has not changed since.
func (p *pendingAppend) isTaken(have map[string]any) bool {
	list, _, _ := strings.Cut(p.refused.Field, ".")
	rev, _ := have["rev"].(json.Number)
	return list == p.spec.Append.List || p.rev == "" || rev == p.rev
}

// request is one write. Admit has paid for the first.
func (p *pendingAppend) request(c *Client, body map[string]any) (request, error) {
	text, err := sinks.Canonical(body)
	if err != nil {
		return request{}, err
	}
	r, err := c.wire.request(p.route.Method, p.path, p.route.Path, text)
	if err == nil {
		r.hasPlace, p.placeUsed = !p.placeUsed, true
		p.writes++
	}
	return r, err
}
