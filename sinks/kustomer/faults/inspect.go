package faults

import (
	"maps"
	"slices"
)

// Object is what a test sees of an object.
type Object struct {
	Kind, ID, ExternalID string
	ParentID             string
	Attributes           map[string]any
	Seeded               bool
	Gone                 bool   // deleted, or merged into another
	Into                 string // the id of what it was merged into; not the end of a chain
	Rev                  int
}

// Objects returns all objects, those that are gone too, in the order in which they were written.
func (s *Server) Objects() []Object {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	list := make([]Object, 0, len(s.store.objects))
	for _, o := range s.store.objects {
		seen := Object{Kind: o.kind, ID: o.id, ExternalID: o.externalID, ParentID: o.parentID,
			Attributes: maps.Clone(o.attributes), Seeded: o.seeded, Gone: o.gone, Rev: o.rev}
		if o.into != nil {
			seen.Into = o.into.id
		}
		list = append(list, seen)
	}
	return list
}

// Seed adds an object that no request has made, without any check: two may have the same external id.
// Look-ups see it at once, whatever the lag.
func (s *Server) Seed(kind string, attributes map[string]any) (id string) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	return s.write(&object{kind: kind, attributes: attributes, seeded: true}).id
}

// Events returns the requests that have ended so far.
func (s *Server) Events() []Event {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return slices.Clone(s.journal.events)
}

// Arrived returns how many requests have come so far.
func (s *Server) Arrived() int {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.journal.arrived
}

// Commits returns every write that was applied so far.
func (s *Server) Commits() []Commit {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return slices.Clone(s.journal.commits)
}

// Sent returns the messages that were sent, in order.
func (s *Server) Sent() []Sent {
	s.drafts.mu.Lock()
	defer s.drafts.mu.Unlock()
	return slices.Clone(s.drafts.sent)
}

// Taken returns how often an object was in a batch that was accepted.
func (s *Server) Taken(kind, name string) int {
	s.jobs.mu.Lock()
	defer s.jobs.mu.Unlock()
	return s.jobs.sent[kind+" "+name]
}

// Quiesce waits for writes that come late and for jobs.
func (s *Server) Quiesce() { s.later.Wait() }

// Windows returns the requests of each window, from the first on.
func (s *Server) Windows() []Spending {
	m := s.rates
	m.mu.Lock()
	defer m.mu.Unlock()
	last := -1
	for n := range m.windows {
		last = max(last, n)
	}
	list := make([]Spending, last+1)
	for n, w := range m.windows {
		list[n] = *w
	}
	return list
}
