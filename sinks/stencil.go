package sinks

import (
	"iter"
	"slices"
)

// Part is one value of a payload whose form is known before its rows are.
type Part struct {
	Name  string // of a member of an object
	Form  PartForm
	Slot  int    // PartSlot: where the row's values have it
	Const any    // PartConst: what it is in every row; "" is nothing
	Parts []Part // PartList, PartObject
}

// PartForm says which fields of a Part are in use.
type PartForm int

// The forms of a Part.
const (
	PartSlot PartForm = iota
	PartConst
	PartList
	PartObject
)

// Stencil writes the payloads of a step as JSON: what Fit for a create and Canonical do one after the other,
// without the maps in between, in half the time. What is out of the ordinary, most of all a row with a
// fault, it leaves to them. It never changes, so rows share it.
type Stencil struct {
	spec   *Spec
	root   mold
	routes []Members // of each create route: what its path needs
}

// Members is a set of the top-level members of a stencil's payloads: the n-th by name is bit n.
type Members uint64

// maxMembers bounds the fields of a payload that a stencil writes; the last bit of Members is one that no row has.
const maxMembers = 63

// Has reports whether all those are among m.
func (m Members) Has(those Members) bool { return m&those == those }

// NewStencil returns the stencil of payloads with these members. False: they must go through Fit, which also
// says what is wrong with them.
func NewStencil(spec *Spec, members []Part) (*Stencil, bool) {
	sh, err := spec.ready()
	if err != nil || spec.Kind != Makes || spec.Apart != [2]string{} {
		return nil, false
	}
	m := molder{spec: spec}
	s := &Stencil{spec: spec, root: mold{parts: m.fields(sh, members, 0)}}
	if m.odd || len(s.root.parts) > maxMembers {
		return nil, false
	}
	for _, r := range spec.Create {
		s.routes = append(s.routes, s.Members(r.fields()))
	}
	return s, true
}

// Members returns the members with those names.
func (s *Stencil) Members(names iter.Seq[string]) (set Members) {
	for name := range names {
		i := slices.IndexFunc(s.root.parts, func(m mold) bool { return m.name == name })
		if i < 0 {
			i = maxMembers
		}
		set |= 1 << i
	}
	return set
}

// Pathless reports whether a create of the sink takes nothing of the payload into its path.
func (s *Stencil) Pathless() bool { return len(s.routes) == 1 && s.routes[0] == 0 }

// Write appends the payload that a row's values make, as Canonical writes it, and says which members it has; a nil
// is a value that the row does not have. False: the row must go through Fit, and what was appended is of no use.
func (s *Stencil) Write(b []byte, values []any) (out []byte, has Members, ok bool) {
	p := presses.Get().(*press)
	defer p.release()
	p.spec, p.values = s.spec, values
	out, _, _ = p.members(b, &s.root)
	leads := len(s.routes) == 0 || slices.ContainsFunc(s.routes, p.has.Has)
	return out, p.has, leads && !p.odd && p.first == nil
}
