package faults

import (
	"fmt"
	"maps"
)

// Person is what modifiedBy shows of an object that a test changed as a person in the org does.
const Person = "65aa00000000000000000004"

// Edit changes fields of an object as a person in the org does; null clears one. customer and conversation move the
// object to another parent. An error says what the org does not allow: an object that is gone, or an identifier that
// another object has.
func (s *Server) Edit(id string, fields map[string]any) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	o := s.store.byID[id]
	if o == nil || o.gone {
		return fmt.Errorf("there is no object %s to edit", id)
	}
	next := *o
	next.attributes = maps.Clone(o.attributes)
	maps.Copy(next.attributes, fields)
	maps.DeleteFunc(next.attributes, func(_ string, v any) bool { return v == nil })
	if parent, moves := fields[o.parentKind].(string); moves {
		if p := s.store.byID[parent]; p == nil || p.gone || p.kind != o.parentKind {
			return fmt.Errorf("there is no %s %s to move %s to", o.parentKind, parent, id)
		}
		next.parentID = parent
	}
	if field := s.taken(&next); field != "" {
		return fmt.Errorf("another object has the %s of %s", field, id)
	}
	was := o.externalID
	s.replace(o, next.attributes, Person)
	o.parentID = next.parentID
	s.commit("update", o, was, true)
	return nil
}

// Merge merges a customer or a conversation into another one, as a person in the org does.
func (s *Server) Merge(source, target string) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	from, to := s.store.byID[source], s.store.byID[target]
	if from == nil || from.kind == "message" || cannotMerge(from, to, from.kind) != "" {
		return fmt.Errorf("%s cannot be merged into %s", source, target)
	}
	s.mergeInto(from, to, Person)
	return nil
}

// Delete deletes a customer or a conversation, with what belongs to it, as a person in the org does.
func (s *Server) Delete(id string) error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	o := s.store.byID[id]
	if o == nil || o.gone || o.kind == "message" {
		return fmt.Errorf("there is no customer or conversation %s to delete", id)
	}
	s.lose(o, Person)
	return nil
}

// Make makes an object as a person in the org does: unlike Seed it obeys what must be unique, so that an object whose
// identifiers a deleted one holds cannot be made again. The attributes name the parent: customer or conversation.
func (s *Server) Make(kind string, attributes map[string]any) (id string, err error) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	o := newObject(target{kind: kind}, attributes)
	o.seeded, o.modifiedBy = true, Person
	if parent := s.store.byID[o.parentID]; o.parentID != "" && (parent == nil || parent.gone || parent.kind != o.parentKind) {
		return "", fmt.Errorf("there is no %s %s for a new %s", o.parentKind, o.parentID, kind)
	}
	if field := s.taken(o); field != "" {
		return "", fmt.Errorf("another object has the %s of the new %s", field, kind)
	}
	return s.write(o).id, nil
}
