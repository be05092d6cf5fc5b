package program

import (
	"slices"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/sinks"
)

// Encoder writes the payloads of a step's ordinary rows as JSON.
type Encoder struct {
	*sinks.PayloadEncoder
	id    int  // the slot of the external id, which the key fills where it is empty; -1: there is none
	finds bool // whether look-ups find the object again by that id
}

// newEncoder returns nil where every row of the step must go through Fit.
func newEncoder(s *Step) *Encoder {
	if s.Mapping.Volatile() {
		return nil
	}
	made := Encoder{id: -1, finds: s.ByExternalID}
	parts, plain := partsOf(s.Mapping.Parts())
	if name := s.Spec.ExternalID; name != "" {
		var ok bool
		if parts, made.id, ok = withID(parts, name, s.Mapping.Slots()); !ok {
			return nil
		}
	}
	var ok bool
	if made.PayloadEncoder, ok = sinks.NewPayloadEncoder(s.Spec, parts); !ok || !plain {
		return nil
	}
	return &made
}

// partsOf translates the parts of a mapping into parts of sinks. False: some of them write null where they are empty.
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

// withID returns the parts with the external id of that name, and its slot. Where the mapping has none, it gets the
// slot next. False: the mapping gives every row the same external id.
func withID(parts []sinks.Part, name string, next int) (with []sinks.Part, slot int, ok bool) {
	i := slices.IndexFunc(parts, func(p sinks.Part) bool { return p.Name == name })
	if i < 0 {
		return append(parts, sinks.Part{Name: name, Slot: next}), next, true
	}
	return parts, parts[i].Slot, parts[i].Form == sinks.PartSlot
}

// Encode writes the payload of a row with that key as JSON, from the values of its mapping in the order of their
// slots. It also returns which members the payload has, and the external id where objects are found again by it,
// else "". False: the row must go through Fit. A nil Encoder always returns false.
func (e *Encoder) Encode(values []any, key string) (body []byte, has sinks.Members, externalID string, ok bool) {
	if e == nil {
		return nil, 0, "", false
	}
	if e.id >= 0 {
		if e.id == len(values) {
			values = append(values, nil)
		}
		if values[e.id] == nil {
			values[e.id] = key
		}
		if _, isText := values[e.id].(string); !isText {
			return nil, 0, "", false
		}
	}
	body, has, ok = e.PayloadEncoder.Encode(make([]byte, 0, 512), values)
	if !ok {
		return nil, 0, "", false
	}
	if e.finds {
		externalID, _ = values[e.id].(string)
	}
	return body, has, externalID, true
}
