package faults

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// reply is an answer that has not been sent yet.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// headers are those of an answer: its own before the usual ones.
func (x *exchange) headers(a reply) http.Header {
	now := time.Now()
	h := http.Header{"Content-Type": {"application/json"}, "Date": {now.Add(x.s.rates.Skew).UTC().Format(http.TimeFormat)}}
	x.s.rates.header(h, now, a.status)
	for name, values := range a.header {
		h[name] = values
	}
	return h
}

// problem is an answer that says what is wrong, in the shape that the server has.
func (s *Server) problem(status int, code, title, field string) reply {
	one := map[string]any{"code": code}
	if s.opts.Shape == ShapeA {
		one["status"], one["title"] = status, title
		if field != "" {
			one["source"] = map[string]any{"parameter": field}
		}
	} else {
		one["message"], one["meta"] = title, map[string]any{}
		if field != "" {
			one["message"] = title + ": " + field
		}
	}
	return reply{status: status, body: encode(map[string]any{"errors": []any{one}})}
}

// shown is the answer that shows an object.
func (s *Server) shown(status int, o object) reply {
	return reply{status: status, body: encode(map[string]any{"data": s.document(o)})}
}

// document is an object as Kustomer shows it (kustomer-api.md 1.5).
func (s *Server) document(o object) map[string]any {
	attributes := map[string]any{"rev": o.rev, "createdAt": o.written.UTC().Format("2006-01-02T15:04:05.000Z")}
	for name, value := range o.attributes {
		if name != o.parentKind {
			attributes[name] = value
		}
	}
	related := map[string]any{"org": relation("org", s.orgID())}
	if o.parentID != "" {
		related[o.parentKind] = relation(o.parentKind, o.parentID)
	}
	return map[string]any{
		"type": o.kind, "id": o.id, "attributes": attributes, "relationships": related,
		"links": map[string]any{"self": "/v1/" + o.kind + "s/" + o.id},
	}
}

func relation(kind, id string) map[string]any {
	return map[string]any{"data": map[string]any{"type": kind, "id": id}, "links": map[string]any{"self": "/v1/" + kind + "s/" + id}}
}

// encode writes JSON of values that always can be.
func encode(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return []byte("{}")
	}
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}
