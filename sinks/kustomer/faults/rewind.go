package faults

import (
	"maps"
	"slices"
)

// History is the objects that a server held at some time.
type History struct{ objects []*object }

// Names returns the external ids of the objects.
func (h History) Names() map[string]bool {
	names := map[string]bool{}
	for _, o := range h.objects {
		names[o.externalID] = true
	}
	return names
}

// History returns the objects that the server holds.
func (s *Server) History() History {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	return History{slices.Clone(s.store.objects)}
}

// Forget empties the store, as if the org were new. The journal stays.
func (s *Server) Forget() { s.Rewind(History{}, nil) }

// Rewind replaces what the server holds by the objects of a history for which keep is true, as if no other request had
// come. In the journal, creates of other objects become seeded.
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
		s.claim(&o)
	}
	for _, o := range s.store.objects {
		if o.into != nil { // the one of the copies
			o.into = s.store.byID[o.into.id]
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
