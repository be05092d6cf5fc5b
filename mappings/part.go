package mappings

// Part is one value of a compiled mapping, for callers that write payloads in a form of their own.
type Part struct {
	Name  string // of a member of an object
	Kind  Kind
	Slot  int    // Scalar: where Values has what its template gives; -1: it has none
	Const any    // Scalar without a template: what it is, "" for nothing
	Parts []Part // List, Map: in file order
	Clear bool   // null is sent when it is empty; else it is left out
}

// Slots returns how many values Values returns.
func (m *Mapping) Slots() int { return m.slots }

// Parts returns the mapping's top-level fields, in file order.
func (m *Mapping) Parts() []Part { return partsOf(m.fields) }

func partsOf(members []member) []Part {
	parts := make([]Part, len(members))
	for i := range members {
		parts[i] = members[i].value.part()
		parts[i].Name = members[i].name
	}
	return parts
}

func (v *value) part() Part {
	p := Part{Kind: v.kind, Slot: -1, Const: v.constant, Clear: v.clear}
	switch {
	case v.kind == Map:
		p.Parts = partsOf(v.members)
	case v.kind == List:
		for i := range v.items {
			p.Parts = append(p.Parts, v.items[i].part())
		}
	case v.template != nil:
		p.Slot = v.slot
	}
	return p
}
