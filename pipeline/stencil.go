package pipeline

import (
	"slices"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/sinks"
)

// stencil writes the payloads of a step's ordinary rows.
type stencil struct {
	*sinks.Stencil
	id    int  // the slot of the external id, which the key fills where it is empty; -1: there is none
	finds bool // by that id the object is found again
}

// newStencil returns nil where every row of the step must go through Fit.
func newStencil(s *Step) *stencil {
	if s.Mapping.Volatile() {
		return nil
	}
	made := stencil{id: -1, finds: s.byExternalID}
	parts, plain := partsOf(s.Mapping.Parts())
	if s.Spec.HasExternalID() {
		var ok bool
		if parts, made.id, ok = withID(parts, s.Mapping.Slots()); !ok {
			return nil
		}
	}
	var ok bool
	if made.Stencil, ok = sinks.NewStencil(s.Spec, parts); !ok || !plain {
		return nil
	}
	return &made
}

// partsOf says parts of a mapping in the words of sinks. False: some of them write null where they are empty.
func partsOf(all []mappings.Part) (parts []sinks.Part, plain bool) {
	plain = true
	for _, p := range all {
		part := sinks.Part{Name: p.Name, Slot: p.Slot, Const: p.Const}
		inside := true
		switch {
		case p.Kind == mappings.Map:
			part.Form = sinks.PartObject
			part.Parts, inside = partsOf(p.Parts)
		case p.Kind == mappings.List:
			part.Form = sinks.PartList
			part.Parts, inside = partsOf(p.Parts)
		case p.Slot < 0:
			part.Form = sinks.PartConst
		}
		plain = plain && inside && !p.Clear
		parts = append(parts, part)
	}
	return parts, plain
}

// withID returns the parts with an external id, and its slot: the next where the mapping has none. False: it is
// the same in every row.
func withID(parts []sinks.Part, next int) (with []sinks.Part, slot int, ok bool) {
	i := slices.IndexFunc(parts, func(p sinks.Part) bool { return p.Name == externalIDField })
	if i < 0 {
		return append(parts, sinks.Part{Name: externalIDField, Slot: next}), next, true
	}
	return parts, parts[i].Slot, parts[i].Form == sinks.PartSlot
}

// fill writes a row's payload. False: the row must go through Fit.
func (s *stencil) fill(t *task, values []any) bool {
	if s == nil {
		return false
	}
	if s.id >= 0 {
		if s.id == len(values) {
			values = append(values, nil)
		}
		if values[s.id] == nil {
			values[s.id] = t.key
		}
		if _, isText := values[s.id].(string); !isText {
			return false
		}
	}
	body, has, ok := s.Write(make([]byte, 0, 512), values)
	if !ok {
		return false
	}
	t.write(body)
	t.has = has
	if s.finds {
		t.externalID, _ = values[s.id].(string)
	}
	return true
}
