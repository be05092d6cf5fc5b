package sinks

import "slices"

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
	routes [][]int // of each create route: the members of root that its path needs
}

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
		s.routes = append(s.routes, s.needs(r))
	}
	return s, true
}

// maxMembers bounds the fields of a payload that a stencil writes.
const maxMembers = 64

// needs lists the members that fill a route's path; -1 is one that no row has.
func (s *Stencil) needs(r Route) []int {
	var needs []int
	for name := range r.fields() {
		needs = append(needs, slices.IndexFunc(s.root.parts, func(m mold) bool { return m.name == name }))
	}
	return needs
}

// Pathless reports whether a create of the sink takes nothing of the payload into its path.
func (s *Stencil) Pathless() bool { return len(s.routes) == 1 && len(s.routes[0]) == 0 }

// Write appends the payload that a row's values make, as Canonical writes it; nil is a value that the row does
// not have. False: the row must go through Fit, and what was appended is of no use.
func (s *Stencil) Write(b []byte, values []any) ([]byte, bool) {
	p := press{fitter: fitter{spec: s.spec, op: Create, path: make([]segment, 0, maxMoldDepth+4)}, values: values}
	var given [maxMembers]bool
	b, _, _ = p.members(b, &s.root, given[:])
	return b, !p.odd && p.first == nil && s.leads(given[:])
}

// leads reports whether a row with those members has a path to go.
func (s *Stencil) leads(given []bool) bool {
	missing := func(i int) bool { return i < 0 || !given[i] }
	return len(s.routes) == 0 || slices.ContainsFunc(s.routes, func(needs []int) bool { return !slices.ContainsFunc(needs, missing) })
}
