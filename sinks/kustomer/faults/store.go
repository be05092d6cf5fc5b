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
	merges  []merging
	lost    int // objects that were deleted or merged
}

// claim makes an object the owner of its claims, unless it is gone and they are free.
func (s *service) claim(o *object) {
	if o.gone && s.opts.FreeIdentifiers {
		return
	}
	for _, claim := range o.claims() {
		s.store.unique[claim.key] = o
	}
}

// release gives up the claims of an object.
func (s *store) release(o *object) {
	for _, claim := range o.claims() {
		if s.unique[claim.key] == o {
			delete(s.unique, claim.key)
		}
	}
}

// find answers a look-up: one object, a list of several, or 404.
func (s *service) find(to target) reply {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	var hits []object
	for _, o := range s.store.objects {
		if o.kind == to.kind && !o.gone && o.has(to.by, to.value) && (o.seeded || time.Since(o.written) >= s.opts.Lag) {
			hits = append(hits, *o)
		}
	}
	switch {
	case len(hits) == 0 && !(s.opts.Blind && to.by == "externalId"):
		o, refused := s.reach(s.foundGone(to), to.kind, lookUps, to.by)
		if refused != nil {
			return *refused
		}
		return s.shown(http.StatusOK, *o)
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
	o, refused := s.reach(s.store.byID[to.id], to.kind, reads, "id")
	if refused != nil {
		return *refused
	}
	return s.shown(http.StatusOK, *o)
}

// create makes an object, unless its parent is missing or another object has its external id or address.
func (s *service) create(to target, fields map[string]any) reply {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	o := newObject(to, fields)
	if parent := s.store.byID[o.parentID]; o.parentID != "" && (parent == nil || parent.gone || parent.kind != o.parentKind) {
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
	o, refused := s.reach(s.store.byID[to.id], to.kind, updates, "id")
	if refused != nil {
		return *refused
	}
	next := *o
	next.attributes = maps.Clone(o.attributes)
	maps.Copy(next.attributes, fields)
	if field := s.taken(&next); field != "" && !o.gone { // what is gone takes everything
		return s.problem(s.opts.Duplicate, "conflict", "duplicate detected", field)
	}
	deletes := next.attributes["deleted"] == true && !o.gone
	delete(next.attributes, "deleted")
	was := o.externalID
	s.replace(o, next.attributes, "")
	s.commit("update", o, was, false)
	if deletes {
		s.lose(o, "")
	}
	return s.shown(http.StatusOK, *o)
}

// replace gives an object other attributes. What is gone gets no claims by that.
func (s *service) replace(o *object, attributes map[string]any, by string) {
	if !o.gone {
		s.store.release(o)
		defer s.claim(o)
	}
	o.attributes, o.rev, o.modifiedBy = attributes, o.rev+1, by
	o.externalID, _ = attributes["externalId"].(string)
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
	s.claim(o)
	s.commit("create", o, "", o.seeded)
	return o
}

// commit puts a write into the journal. was is the external id before an update; seeded says that the test did it.
func (s *service) commit(op string, o *object, was string, seeded bool) {
	s.journal.commit(Commit{At: time.Now(), Op: op, Kind: o.kind, ExternalID: o.externalID, ID: o.id, Was: was, Seeded: seeded})
}

// remove answers DELETE.
func (s *service) remove(to target) reply {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	o := s.store.byID[to.id]
	switch {
	case o == nil, o.kind != to.kind, o.kind == "message", o.gone && s.opts.reading(o, updates) != Gone:
		return s.problem(http.StatusNotFound, "notfound", "Not Found", "id")
	case o.gone:
		return s.problem(http.StatusGone, "notfound", "Gone", "id")
	}
	s.lose(o, "")
	return reply{status: http.StatusNoContent}
}

// taken returns the field whose value another object has and that must be unique, "" when there is none.
func (s *service) taken(o *object) string {
	if o.kind != "customer" && !s.opts.Unique {
		return ""
	}
	for _, claim := range o.claims() {
		if owner := s.store.unique[claim.key]; owner != nil && owner.id != o.id && (!owner.gone || owner.survivor() == nil || owner.survivor().id != o.id) {
			return claim.field
		}
	}
	return ""
}
