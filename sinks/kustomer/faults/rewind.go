package faults

import (
	"maps"
	"slices"
)

// History is what a server held at some time.
type History struct{ objects []*object }

// Names are the external ids of the objects.
func (h History) Names() map[string]bool {
	names := map[string]bool{}
	for _, o := range h.objects {
		names[o.externalID] = true
	}
	return names
}

// History returns what the server holds.
func (s *Server) History() History {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	return History{slices.Clone(s.store.objects)}
}

// Forget empties the store, as if the org were new. The journal stays.
func (s *Server) Forget() { s.Rewind(History{}, nil) }

// Rewind puts the objects of a history that are to be kept in the place of what the server holds, as if no
// other request had ever come. In the journal, creates of objects that are gone count as seeded.
func (s *Server) Rewind(h History, keep func(externalID string) bool) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.objects, s.store.byID, s.store.unique = nil, map[string]*object{}, map[string]*object{}
	for _, kept := range h.objects {
		if !keep(kept.externalID) {
			continue
		}
		o := *kept
		o.attributes = maps.Clone(kept.attributes)
		s.store.objects = append(s.store.objects, &o)
		s.store.byID[o.id] = &o
		for _, claim := range o.claims() {
			s.store.unique[claim.key] = &o
		}
	}
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	for i := range s.journal.commits {
		c := &s.journal.commits[i]
		held := s.store.byID[c.ID]
		c.Seeded = held == nil || held.seeded
	}
}
