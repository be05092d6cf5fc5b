package kustomer

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/kustsync/kustsync/sinks"
)

// Finding is something that payloads name and that the org does not have, or has with another type.
type Finding struct {
	Mention
	Kind   string  // "attribute", "user", "team" or "queue"
	Object string  // of an attribute: the kind of object that it is of
	Name   string  // of the attribute, or the id; "": all of the kind
	What   Problem // what is wrong with it
	Type   string  // of an attribute: the one that is declared
	Known  []string
}

// Problem is what is wrong with what a payload names.
type Problem string

// The problems.
const (
	Missing   Problem = "missing"    // the org has no such thing
	WrongType Problem = "wrong type" // the attribute is declared with another type
	Unchecked Problem = "unchecked"  // the key may not read it, or there are too many
)

// idPaths are the addresses by which an id is checked.
var idPaths = map[string]string{
	"user":  "/v1/users/{id}",
	"team":  "/v1/teams/{id}",
	"queue": "/v1/routing/queues/{id}",
}

// Check asks Kustomer for what References hold: one GET for each kind of object with custom
// attributes and for each user, team and queue (kustomer-api.md 5.4, 13). For what the key
// may not read the Finding is Unchecked. The error is an *sinks.Error after which nothing more can be sent.
func (c *Client) Check(ctx context.Context, a *References) ([]Finding, error) {
	var all []Finding
	for _, object := range sortedKeys(a.attributes) {
		found, err := c.checkAttributes(ctx, object, a.attributes[object])
		if err != nil {
			return all, err
		}
		all = append(all, found...)
	}
	for _, kind := range sortedKeys(a.ids) {
		found, err := c.checkIDs(ctx, kind, a.ids[kind])
		if err != nil {
			return all, err
		}
		if all = append(all, found...); a.unchecked[kind] {
			all = append(all, Finding{Kind: kind, What: Unchecked})
		}
	}
	return all, nil
}

// checkAttributes compares names with the metadata of a kind of object. Kinds without metadata have no
// attributes to be declared.
func (c *Client) checkAttributes(ctx context.Context, object string, names map[string]*Mention) ([]Finding, error) {
	var doc struct {
		Data struct {
			Attributes struct {
				Properties map[string]any `json:"properties"`
			} `json:"attributes"`
		} `json:"data"`
	}
	status, err := c.readForCheck(ctx, "/v1/metadata/{resource}", "{resource}", object, &doc)
	switch {
	case err != nil || status == http.StatusNotFound:
		return nil, err
	case status != http.StatusOK:
		return []Finding{{Kind: "attribute", Object: object, What: Unchecked}}, nil
	}
	declared := doc.Data.Attributes.Properties
	var all []Finding
	for _, name := range sortedKeys(names) {
		property, known := declared[name]
		f := Finding{Mention: *names[name], Kind: "attribute", Object: object, Name: name, What: Missing, Known: sortedKeys(declared)}
		if known {
			if f.Type = typeOf(property); fitsType(name, f.Type) {
				continue
			}
			f.What = WrongType
		}
		all = append(all, f)
	}
	return all, nil
}

// typeOf is the type that metadata declares, "" when it says none.
func typeOf(property any) string {
	members, _ := property.(map[string]any)
	return strings.ToLower(text(members["type"]))
}

// fitsType reports whether values of an attribute, whose type the name's suffix tells, can be of a declared
// type. Dates, addresses and ids are texts in JSON.
func fitsType(name, declared string) bool {
	isNumber, isBool := strings.HasSuffix(name, "Num"), strings.HasSuffix(name, "Bool")
	switch declared {
	case "number", "integer", "double", "float":
		return isNumber
	case "boolean", "bool":
		return isBool
	case "string", "text":
		return !isNumber && !isBool
	}
	return true
}

func (c *Client) checkIDs(ctx context.Context, kind string, ids map[string]*Mention) ([]Finding, error) {
	var all []Finding
	for _, id := range sortedKeys(ids) {
		var doc struct {
			Data object `json:"data"`
		}
		status, err := c.readForCheck(ctx, idPaths[kind], "{id}", id, &doc)
		switch {
		case err != nil:
			return all, err
		case status == http.StatusNotFound || status == http.StatusOK && doc.Data.deleted():
			all = append(all, Finding{Mention: *ids[id], Kind: kind, Name: id, What: Missing})
		case status != http.StatusOK: // it is the same for all ids of the kind
			return append(all, Finding{Kind: kind, What: Unchecked}), nil
		}
	}
	return all, nil
}

// readForCheck reads one object into to, and returns the status of the answer, 0 when that cannot be read. A refusal does
// not end the run, since checks are advice.
func (c *Client) readForCheck(ctx context.Context, template, slot, value string, to any) (status int, err error) {
	segment, err := sinks.Segment(value)
	if err != nil {
		return http.StatusNotFound, nil //nolint:nilerr // nothing can be there
	}
	r, err := c.wire.request(http.MethodGet, strings.Replace(template, slot, segment, 1), template, nil)
	if err != nil {
		return 0, err
	}
	a, err := c.send(ctx, r)
	if failed, ok := errors.AsType[*sinks.Error](err); ok && failed.Class != sinks.Fatal && ctx.Err() == nil {
		return 0, nil
	}
	switch {
	case err != nil:
		return 0, err
	case a.status == http.StatusUnauthorized:
		return 0, c.refusal(purpose{text: "read " + template}, a)
	case a.status == http.StatusOK && decode(a, to) != nil:
		return 0, nil
	}
	return a.status, nil
}
