package faults

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// object is one object that the server holds.
type object struct {
	kind, id   string
	externalID string
	attributes map[string]any
	parentKind string
	parentID   string
	rev        int
	written    time.Time
	seeded     bool
}

// store is what the server holds.
type store struct {
	mu      sync.Mutex
	made    int // ids given so far
	objects []*object
	byID    map[string]*object
	unique  map[string]*object // "customer externalId c1" -> its owner
}

// Object is what a test sees of an object.
type Object struct {
	Kind, ID, ExternalID string
	ParentID             string
	Attributes           map[string]any
	Seeded               bool
}

// Objects returns all objects, in the order in which they were written.
func (s *Server) Objects() []Object {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	list := make([]Object, 0, len(s.store.objects))
	for _, o := range s.store.objects {
		list = append(list, Object{Kind: o.kind, ID: o.id, ExternalID: o.externalID, ParentID: o.parentID,
			Attributes: maps.Clone(o.attributes), Seeded: o.seeded})
	}
	return list
}

// Seed puts an object there that no request has made, without any check: two may have one external id.
// It has been there for long: look-ups see it at once, whatever the lag.
func (s *Server) Seed(kind string, attributes map[string]any) (id string) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	return s.write(&object{kind: kind, attributes: attributes, seeded: true}).id
}

// do carries out what a request asks for.
func (x *exchange) do() reply {
	s := x.s
	switch x.to.op {
	case whoAmI:
		return s.whoAmI()
	case find:
		return s.find(x.to)
	case get:
		return s.get(x.to)
	case makeDraft, listDrafts, orderDraft:
		return x.draft()
	case submit:
		return x.submit()
	case showJob, showParts:
		return x.readJob()
	case create, update:
		var fields map[string]any
		if err := json.Unmarshal(x.body, &fields); err != nil || fields == nil {
			return s.problem(http.StatusBadRequest, "badparam", "the body is no JSON object", "")
		}
		if field, why := complaint(x.to, fields); why != "" {
			return s.problem(http.StatusBadRequest, "badparam", why, field)
		}
		if x.to.op == update {
			return s.update(x.to, fields)
		}
		return s.create(x.to, fields)
	}
	return s.problem(http.StatusNotFound, "notfound", "Not Found", "")
}

func (s *Server) whoAmI() reply {
	return reply{status: 200, body: encode(map[string]any{"data": map[string]any{
		"type": "auth_token", "id": "65aa00000000000000000002",
		"attributes":    map[string]any{"name": "fault lane", "lastTokenChars": "....", "roles": []any{"org"}},
		"relationships": map[string]any{"org": relation("org", s.orgID()), "user": relation("user", "65aa00000000000000000003")},
	}})}
}

// find answers a look-up: one object, a list of several, or 404.
func (s *Server) find(to target) reply {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	var hits []object
	for _, o := range s.store.objects {
		if o.kind == to.kind && o.has(to.by, to.value) && (o.seeded || time.Since(o.written) >= s.opts.Lag) {
			hits = append(hits, *o)
		}
	}
	switch {
	case len(hits) == 0, s.opts.Blind && to.by == "externalId":
		return s.problem(http.StatusNotFound, "notfound", "Not Found", to.by)
	case len(hits) == 1:
		return s.shown(http.StatusOK, hits[0])
	}
	var list []any
	for _, o := range hits {
		list = append(list, s.document(o))
	}
	return reply{status: http.StatusOK, body: encode(map[string]any{"data": list})}
}

func (s *Server) get(to target) reply {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	o := s.store.byID[to.id]
	if o == nil || o.kind != to.kind {
		return s.problem(http.StatusNotFound, "notfound", "Not Found", "id")
	}
	return s.shown(http.StatusOK, *o)
}

// create makes an object, unless what it names is not there or what it claims is taken.
func (s *Server) create(to target, fields map[string]any) reply {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	o := &object{kind: to.kind, attributes: fields, parentKind: to.parentKind, parentID: to.parentID}
	if o.parentID == "" {
		for _, kind := range []string{"conversation", "customer"} {
			if id, ok := fields[kind].(string); ok {
				o.parentKind, o.parentID = kind, id
				break
			}
		}
	}
	if parent := s.store.byID[o.parentID]; o.parentID != "" && (parent == nil || parent.kind != o.parentKind) {
		return s.problem(http.StatusNotFound, "notfound", "Not Found", o.parentKind)
	}
	if field := s.taken(o); field != "" {
		return s.problem(s.opts.Duplicate, "conflict", "duplicate detected", field)
	}
	return s.shown(http.StatusCreated, *s.write(o))
}

// update changes the fields that are given (kustomer-api.md 1.8).
func (s *Server) update(to target, fields map[string]any) reply {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	o := s.store.byID[to.id]
	if o == nil || o.kind != to.kind {
		return s.problem(http.StatusNotFound, "notfound", "Not Found", "id")
	}
	next := *o
	next.attributes = maps.Clone(o.attributes)
	maps.Copy(next.attributes, fields)
	if field := s.taken(&next); field != "" {
		return s.problem(s.opts.Duplicate, "conflict", "duplicate detected", field)
	}
	o.attributes, o.rev = next.attributes, o.rev+1
	s.book.commit(Commit{At: time.Now(), Op: "update", Kind: o.kind, ExternalID: o.externalID, ID: o.id})
	return s.shown(http.StatusOK, *o)
}

// write puts an object into the store and the journal, with the lock held.
func (s *Server) write(o *object) *object {
	if s.store.byID == nil {
		s.store.byID, s.store.unique = map[string]*object{}, map[string]*object{}
	}
	s.store.made++
	o.id = fmt.Sprintf("65a0c0ffee%014x", s.store.made)
	o.externalID, _ = o.attributes["externalId"].(string)
	o.rev, o.written = 1, time.Now()
	s.store.objects = append(s.store.objects, o)
	s.store.byID[o.id] = o
	for _, claim := range o.claims() {
		s.store.unique[claim.key] = o
	}
	s.book.commit(Commit{At: o.written, Op: "create", Kind: o.kind, ExternalID: o.externalID, ID: o.id, Seeded: o.seeded})
	return o
}

// taken names the field by which another object already is what this one wants to be.
func (s *Server) taken(o *object) string {
	if o.kind != "customer" && !s.opts.Unique {
		return ""
	}
	for _, claim := range o.claims() {
		if owner := s.store.unique[claim.key]; owner != nil && owner.id != o.id {
			return claim.field
		}
	}
	return ""
}

// claim is a value that only one object may have.
type claim struct{ field, key string }

// claims are those of an object (kustomer-api.md 3.3).
func (o *object) claims() []claim {
	var list []claim
	if id, ok := o.attributes["externalId"].(string); ok {
		list = append(list, claim{"externalId", o.kind + " externalId " + id})
	}
	if o.kind == "customer" {
		for _, text := range values(o.attributes["emails"], "email") {
			list = append(list, claim{"emails", "customer email " + strings.ToLower(text)})
		}
		for _, text := range values(o.attributes["phones"], "phone") {
			list = append(list, claim{"phones", "customer phone " + text})
		}
	}
	return list
}

// has reports whether a look-up with that value finds the object.
func (o *object) has(by, value string) bool {
	switch by {
	case "externalId":
		return o.externalID == value
	case "email":
		return slices.ContainsFunc(values(o.attributes["emails"], "email"), func(v string) bool { return strings.EqualFold(v, value) })
	}
	return slices.Contains(values(o.attributes["phones"], "phone"), value)
}

// values reads one member of each object in a list.
func values(list any, name string) []string {
	var texts []string
	items, _ := list.([]any)
	for _, item := range items {
		members, _ := item.(map[string]any)
		if text, ok := members[name].(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}
