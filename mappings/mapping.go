package mappings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/mappings/values"
)

// Mapping is the compiled mapping of a step: how a row becomes a payload. It is safe for concurrent use.
type Mapping struct {
	fields   []member
	leaves   []*value // the values with a template, in file order
	slots    int      // how many values Values returns
	volatile bool     // see Volatile
}

// member is a named value of an object.
type member struct {
	name  string
	value value
}

// value is a compiled Node.
type value struct {
	kind     Kind
	path     string    // "emails[0].email"
	constant any       // Scalar without a template: what it is
	template *template // Scalar: its template, or nil
	slot     int       // Scalar with a template: where Values has what it gives
	items    []value   // List
	members  []member  // Map
	dynamic  bool      // there is a template in it
	clear    bool      // null is sent when it is empty
}

// Compile compiles the mapping of a step; n is a Map. It returns every diagnostic that it finds, in file order; the
// Mapping is nil when there is one.
func Compile(n Node, o Options) (*Mapping, []Diagnostic) {
	if n.Kind != Map {
		return nil, []Diagnostic{{Pos: n.Pos, Message: "a mapping is a map of the sink's fields", Hint: "write field: value"}}
	}
	b := &builder{opts: &o}
	v := b.object(n, "", o.Empty == Clear)
	if len(b.diagnostics) > 0 {
		return nil, b.diagnostics
	}
	return newMapping(v.members), nil
}

func newMapping(fields []member) *Mapping {
	m := &Mapping{fields: fields}
	for i := range fields {
		m.leaves = fields[i].value.appendLeaves(m.leaves)
	}
	for _, leaf := range m.leaves {
		m.slots = max(m.slots, leaf.slot+1)
		m.volatile = m.volatile || leaf.template.volatile
	}
	return m
}

// builder compiles nodes and gathers their diagnostics.
type builder struct {
	opts        *Options
	diagnostics []Diagnostic
	depth       int
	slots       int // how many templates there are so far, each with a slot of its own
}

// node compiles a Node. clear says whether objects in it send null for what is empty: those inside a list do not,
// since a list is sent whole.
func (b *builder) node(n Node, path string, clear bool) value {
	b.depth++
	defer func() { b.depth-- }()
	if b.depth > values.MaxNesting {
		b.diagnostics = append(b.diagnostics, Diagnostic{Pos: n.Pos, Message: values.ErrTooDeep.Error()})
		return value{}
	}
	switch n.Kind {
	case List:
		return b.list(n, path, clear)
	case Map:
		return b.object(n, path, clear)
	}
	return b.scalar(n, path, clear)
}

func (b *builder) scalar(n Node, path string, clear bool) value {
	v := value{kind: Scalar, path: path, constant: n.Const, clear: clear}
	if n.Const != nil {
		return v
	}
	t, diagnostics := compileTemplate(n.Text, b.opts)
	b.diagnostics = append(b.diagnostics, diagnostics...)
	switch {
	case t == nil:
	case t.constant:
		v.constant = t.text.Value
	default:
		v.template, v.dynamic, v.slot = t, true, b.slots
		b.slots++
	}
	return v
}

func (b *builder) list(n Node, path string, clear bool) value {
	v := value{kind: List, path: path, clear: clear}
	for i, item := range n.Items {
		compiled := b.node(item, fmt.Sprintf("%s[%d]", path, i), false)
		v.dynamic = v.dynamic || compiled.dynamic
		v.items = append(v.items, compiled)
	}
	return v
}

func (b *builder) object(n Node, path string, clear bool) value {
	v := value{kind: Map, path: path, clear: clear}
	for _, field := range n.Fields {
		if strings.Contains(field.Name, "{{") {
			b.diagnostics = append(b.diagnostics, Diagnostic{Pos: field.Pos, Message: "the name of a field is a template", Hint: "templates stand for values; write the name out"})
			continue
		}
		compiled := b.node(field.Value, strings.TrimPrefix(path+"."+field.Name, "."), clear)
		v.dynamic = v.dynamic || compiled.dynamic
		v.members = append(v.members, member{name: field.Name, value: compiled})
	}
	return v
}

// Fields returns the names of the top-level fields, in file order.
func (m *Mapping) Fields() []string {
	names := make([]string, len(m.fields))
	for i, field := range m.fields {
		names[i] = field.name
	}
	return names
}

// Pick returns the mapping of one top-level field alone; false when there is no such field.
func (m *Mapping) Pick(field string) (*Mapping, bool) {
	for i := range m.fields {
		if m.fields[i].name == field {
			return newMapping(m.fields[i : i+1 : i+1]), true
		}
	}
	return nil, false
}

// Volatile reports whether the payload differs from run to run: it uses now or run_id.
func (m *Mapping) Volatile() bool { return m.volatile }

// Refs returns every use of ref, in file order.
func (m *Mapping) Refs() []RefUse {
	var refs []RefUse
	m.templates(func(t *template) { refs = append(refs, t.refs...) })
	return refs
}

// Finds returns every use of find and findOr, in file order.
func (m *Mapping) Finds() []FindUse {
	var finds []FindUse
	m.templates(func(t *template) { finds = append(finds, t.finds...) })
	return finds
}

// Columns returns the columns of the row that the templates read, in order of first use. A template that uses the
// row as a whole reads all of the header.
func (m *Mapping) Columns() []string {
	var columns []string
	m.templates(func(t *template) {
		for _, c := range t.columns {
			if !slices.Contains(columns, c) {
				columns = append(columns, c)
			}
		}
	})
	return columns
}

// templates calls visit for every template, in file order.
func (m *Mapping) templates(visit func(*template)) {
	for _, leaf := range m.leaves {
		visit(leaf.template)
	}
}

// appendLeaves appends v if it has a template, or the values in it that have one, in file order.
func (v *value) appendLeaves(leaves []*value) []*value {
	if v.template != nil {
		leaves = append(leaves, v)
	}
	for i := range v.items {
		leaves = v.items[i].appendLeaves(leaves)
	}
	for i := range v.members {
		leaves = v.members[i].value.appendLeaves(leaves)
	}
	return leaves
}
