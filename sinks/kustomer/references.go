package kustomer

import (
	"maps"
	"slices"

	"github.com/kustsync/kustsync/sinks"
)

// maxReferences bounds the names of one kind that References hold: to check each takes a request.
const maxReferences = 500

// References are what payloads name in the org: custom attributes, users, teams and queues. Client.Check asks whether
// they are there. A value is for one goroutine.
type References struct {
	attributes map[string]map[string]*Mention // by kind of object and name
	ids        map[string]map[string]*Mention // by kind of what the id names, and id
	unchecked  map[string]bool                // kinds with more than maxReferences names
}

// Mention is where something is named.
type Mention struct {
	Step   string // the first that names it
	Place  string // the first row of that step that names it
	Number int    // of that row in its source: rows come in any order
	Rows   int    // how many do, of all steps
}

// referenceFields are the fields whose ids name something that no step makes (kustomer-api.md 6.2, 13).
var referenceFields = [...]struct{ field, kind string }{
	{"assignedUsers", "user"},
	{"assignedTeams", "team"},
	{"queue", "queue"},
	{"createdBy", "user"},
	{"modifiedBy", "user"},
}

// NewReferences returns References without a name.
func NewReferences() *References {
	return &References{attributes: map[string]map[string]*Mention{}, ids: map[string]map[string]*Mention{}, unchecked: map[string]bool{}}
}

// Add takes in one row of a step: at says which.
func (a *References) Add(at Mention, spec *sinks.Spec, payload map[string]any) {
	custom, _ := payload["custom"].(map[string]any)
	for name := range custom {
		a.add(a.attributes, spec.Object, name, at)
	}
	for _, n := range referenceFields {
		for _, id := range idsOf(payload[n.field]) {
			a.add(a.ids, n.kind, id, at)
		}
	}
}

func (a *References) add(to map[string]map[string]*Mention, kind, name string, at Mention) {
	if to[kind] == nil {
		to[kind] = map[string]*Mention{}
	}
	m := to[kind][name]
	switch {
	case m != nil && m.Step == at.Step && at.Number < m.Number:
		m.Place, m.Number = at.Place, at.Number
	case m != nil:
	case len(to[kind]) == maxReferences:
		a.unchecked[kind] = true
		return
	default:
		m = &at
		to[kind][name] = m
	}
	m.Rows++
}

// idsOf returns the ids that a value holds: itself, its items, or its member id.
func idsOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case map[string]any:
		return idsOf(v["id"])
	case []any:
		var ids []string
		for _, item := range v {
			ids = append(ids, idsOf(item)...)
		}
		return ids
	}
	return nil
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
