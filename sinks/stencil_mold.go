package sinks

import (
	"cmp"
	"slices"
)

// maxMoldDepth bounds how deep the parts of a stencil nest.
const maxMoldDepth = 8

// mold is a Part made ready: all that is known of a value before it is there.
type mold struct {
	name   string // of the field, or of the attribute
	head   []byte // `"name":` of a member
	node   *node
	form   PartForm
	slot   int
	depth  int    // of the values around it
	fixed  []byte // PartConst: what is written; nil: nothing
	absent []byte // what is written where the row gives nothing; nil: nothing
	parts  []mold // of a list in its order, of an object by name
	varies bool   // a slot is in it
}

// molder makes molds, and notes when something is out of the ordinary.
type molder struct {
	spec *Spec
	odd  bool
}

// fields makes the molds of an object's members, with those that the sink adds by itself.
func (m *molder) fields(sh *shape, members []Part, depth int) []mold {
	var molds []mold
	left := slices.Clone(members)
	for _, n := range sh.fields {
		part := Part{Name: n.Name, Form: PartConst, Const: ""}
		if i := slices.IndexFunc(left, func(p Part) bool { return n.is(p.Name) }); i >= 0 {
			part = left[i]
			left = slices.Delete(left, i, i+1)
		} else if n.Default == nil && !n.Required {
			continue
		}
		if depth == 0 && slices.Contains(m.spec.Params, n.Name) {
			m.odd = m.odd || part.Form != PartConst
			continue
		}
		made := m.mold(n, n.Name, part, depth+1)
		if n.Default != nil {
			made.absent = m.text(n, n.Default)
		}
		molds = append(molds, made)
	}
	m.odd = m.odd || len(left) > 0 // unknown, or a second name of one
	slices.SortFunc(molds, byName)
	return molds
}

// attributes makes the molds of a custom object's members.
func (m *molder) attributes(suffixes *shape, members []Part, depth int) []mold {
	molds := make([]mold, len(members))
	for i, part := range members {
		n := suffixes.suffixOf(part.Name)
		if n == nil {
			m.odd = true
			return nil
		}
		molds[i] = m.mold(n, part.Name, part, depth+1)
	}
	slices.SortFunc(molds, byName)
	return molds
}

func byName(x, y mold) int { return cmp.Compare(x.name, y.name) }

// mold makes one mold.
func (m *molder) mold(n *node, name string, part Part, depth int) mold {
	made := mold{name: name, node: n, form: part.Form, slot: part.Slot, depth: depth, varies: part.Form == PartSlot}
	var err error
	if made.head, err = appendText(nil, name); err == nil {
		made.head = append(made.head, ':')
	}
	m.odd = m.odd || err != nil || depth > maxMoldDepth || n.Use == UpdateOnly
	switch {
	case m.odd:
	case part.Form == PartConst && part.Const != "":
		made.fixed = m.text(n, part.Const)
	case part.Form == PartObject && n.Type == Custom:
		made.parts = m.attributes(n.members, part.Parts, depth)
	case part.Form == PartObject && n.Type == Object && n.members != nil:
		made.parts = m.fields(n.members, part.Parts, depth)
	case part.Form == PartList && n.Type == List && n.items != nil:
		for _, item := range part.Parts {
			made.parts = append(made.parts, m.mold(n.items, "", item, depth+1))
		}
	case part.Form == PartObject || part.Form == PartList:
		m.odd = true
	}
	for i := range made.parts {
		made.varies = made.varies || made.parts[i].varies
	}
	return made
}

// text is what is written of a value that is the same in every row.
func (m *molder) text(n *node, v any) []byte {
	f := fitter{spec: m.spec, op: Create}
	fitted, ok := f.value(n, v)
	text, err := appendJSON(nil, fitted)
	m.odd = m.odd || !ok || f.first != nil || err != nil || v == nil
	return text
}
