package sinks

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"strings"
)

// Route returns the route of a request: for a create the first whose path fields the payload has, for others the route of
// updates or of sends. False: there is none.
func (s *Spec) Route(op Op, payload map[string]any) (Route, bool) {
	if op == Send {
		if s.Delivery == nil {
			return Route{}, false
		}
		return s.Delivery.Send, true
	}
	if op == Update {
		if s.Update == nil {
			return Route{}, false
		}
		return *s.Update, true
	}
	for _, r := range s.Create {
		if r.hasFields(payload) {
			return r, true
		}
	}
	return Route{}, false
}

// hasFields reports whether payload has all fields of the path.
func (r Route) hasFields(payload map[string]any) bool {
	for name := range r.fields() {
		if text, _ := pathValue(payload[name]); text == "" {
			return false
		}
	}
	return true
}

// fields yields the names in the path's {field} segments.
func (r Route) fields() iter.Seq[string] {
	return func(yield func(string) bool) {
		for part := range strings.SplitSeq(r.Path, "/") {
			if name, ok := pathField(part); ok && !yield(name) {
				return
			}
		}
	}
}

// pathField returns the name in a {name} segment.
func pathField(part string) (name string, ok bool) {
	if name, ok = strings.CutPrefix(part, "{"); ok {
		name, ok = strings.CutSuffix(name, "}")
	}
	return strings.TrimPrefix(name, "+"), ok
}

// wholePathField returns the name of the field whose value is the whole path.
func (r Route) wholePathField() (name string, ok bool) {
	if !strings.HasPrefix(r.Path, "{+") {
		return "", false
	}
	return pathField(r.Path)
}

// Fill puts fields of a fitted payload, and id for {id} when there is one, into the path, percent-encoded.
// The body is the payload without the fields that the path took; when it took none, it is payload itself. Content says
// what of the body is sent.
func (r Route) Fill(payload map[string]any, id string) (path string, body map[string]any, err error) {
	if !strings.Contains(r.Path, "{") {
		return r.Path, payload, nil
	}
	if name, ok := r.wholePathField(); ok {
		return fillWhole(payload, name)
	}
	parts := strings.Split(r.Path, "/")
	body = payload
	for i, part := range parts {
		name, ok := pathField(part)
		if !ok {
			continue
		}
		value, later := id, false
		if name != "id" || id == "" {
			value, later = pathValue(payload[name])
			if len(body) == len(payload) {
				body = maps.Clone(payload)
			}
			delete(body, name)
		}
		if later {
			parts[i] = value
			continue
		}
		if parts[i], err = Segment(value); err != nil {
			return "", nil, fmt.Errorf("%s of the path %s: %w", name, r.Path, err)
		}
	}
	return strings.Join(parts, "/"), body, nil
}

// Content returns what is sent of a body that Fill left: one field of it where the route says so. False:
// the request has no body.
func (r Route) Content(body map[string]any) (any, bool) {
	if r.Body != "" {
		value, ok := body[r.Body]
		return value, ok
	}
	return body, r.Method != http.MethodDelete || len(body) > 0
}

// Adds reports whether a request of the route adds something new, and does not change what is there.
func (r Route) Adds() bool { return r.Method == http.MethodPost }

// SetsFields reports whether a request of the route writes fields of one object, which can be compared with
// those that it has.
func (r Route) SetsFields() bool {
	return (r.Method == http.MethodPut || r.Method == http.MethodPatch) && r.Body == "" && strings.HasSuffix(r.Path, "/{id}")
}

// SendsFields reports whether a request of the route sends the payload's fields, and not one of them or none.
func (r Route) SendsFields() bool { return r.Method != http.MethodDelete && r.Body == "" }

// fillWhole fills a path that is the whole value of a field.
func fillWhole(payload map[string]any, name string) (path string, body map[string]any, err error) {
	path, later := pathValue(payload[name])
	if !later && !isPath(path) {
		return "", nil, fmt.Errorf("%s: %s", name, textFormats[Path].want)
	}
	body = maps.Clone(payload)
	delete(body, name)
	return path, body, nil
}

// pathValue is the text of a field that fills a path. later: it stands for a value that only a real run finds.
func pathValue(v any) (text string, later bool) {
	if l, ok := v.(RunTimeValue); ok {
		return l.String(), true
	}
	text, _ = v.(string)
	return text, false
}

// Segment percent-encodes a value that is a whole segment of a path. It refuses what would lead to
// another path: "", ".", "..", control characters and text that is not UTF-8 (reliability.md S13).
func Segment(value string) (string, error) {
	switch {
	case value == "":
		return "", errors.New("an id that is empty; map it, or correct the row")
	case value == "." || value == ".." || hasControl(value):
		return "", errors.New("an id that cannot stand in a path; correct the row")
	}
	return escape(value), nil
}

// escape percent-encodes every byte that RFC 3986 does not call unreserved, so that + and @ too
// survive any reading of the path (kustomer-api.md 4.2).
func escape(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(text) + 8)
	for i := range len(text) {
		if c := text[i]; isUnreserved(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

func isUnreserved(c byte) bool {
	switch c {
	case '-', '.', '_', '~':
		return true
	}
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
