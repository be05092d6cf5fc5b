package faults

import (
	"maps"
	"slices"
)

// History is what a server held at some time.
type History struct{ objects []*object }

// Len is the number of objects.
func (h History) Len() int { return len(h.objects) }

// History returns what the server holds.
func (s *Server) History() History {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	return History{slices.Clone(s.store.objects)}
}

// Forget empties the store, as if the org were new. The journal stays.
func (s *Server) Forget() { s.Rewind(History{}, 0) }

// Rewind puts the first n objects of a history in the place of what the server holds, as if no other
// request had ever come. In the journal, creates of objects that are gone count as seeded.
func (s *Server) Rewind(h History, n int) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.objects, s.store.byID, s.store.unique = nil, map[string]*object{}, map[string]*object{}
	for _, kept := range h.objects[:min(n, len(h.objects))] {
		o := *kept
		o.attributes = maps.Clone(kept.attributes)
		s.store.objects = append(s.store.objects, &o)
		s.store.byID[o.id] = &o
		for _, claim := range o.claims() {
			s.store.unique[claim.key] = &o
		}
	}
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	for i := range s.book.commits {
		c := &s.book.commits[i]
		held := s.store.byID[c.ID]
		c.Seeded = held == nil || held.seeded
	}
}
