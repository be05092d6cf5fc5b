package faults

import (
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"
)

// store is what the server holds.
type store struct {
	mu      sync.Mutex
	made    int // ids given so far
	objects []*object
	byID    map[string]*object
	unique  map[string]*object // "customer externalId c1" -> its owner
}

// find answers a look-up: one object, a list of several, or 404.
func (s *service) find(to target) reply {
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

func (s *service) get(to target) reply {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	o := s.store.byID[to.id]
	if o == nil || o.kind != to.kind {
		return s.problem(http.StatusNotFound, "notfound", "Not Found", "id")
	}
	return s.shown(http.StatusOK, *o)
}

// create makes an object, unless its parent is missing or another object has its external id or address.
func (s *service) create(to target, fields map[string]any) reply {
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
func (s *service) update(to target, fields map[string]any) reply {
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
	s.journal.commit(Commit{At: time.Now(), Op: "update", Kind: o.kind, ExternalID: o.externalID, ID: o.id})
	return s.shown(http.StatusOK, *o)
}

// write adds an object to the store and the journal. The caller holds the lock.
func (s *service) write(o *object) *object {
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
	s.journal.commit(Commit{At: o.written, Op: "create", Kind: o.kind, ExternalID: o.externalID, ID: o.id, Seeded: o.seeded})
	return o
}

// taken returns the field whose value another object has and that must be unique, "" when there is none.
func (s *service) taken(o *object) string {
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
