package sinks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// shape is a list of fields made ready for Fit. It never changes, so rows share it.
type shape struct {
	fields []*node
}

// node is a Field made ready for Fit.
type node struct {
	*Field
	pattern *regexp.Regexp // of Pattern; nil without one
	format  format         // of Type
	items   *node          // of Items
	members *shape         // of Fields, or of Suffixes for a custom object; nil: any member
}

// Prepare returns copies of specs that are ready for many calls of Fit: patterns are compiled once.
// A Spec that was not prepared works as well, but does this work again at every call; so does one
// with a fault, which Fit then names.
func Prepare(specs ...Spec) []Spec {
	ready := slices.Clone(specs)
	for i := range ready {
		ready[i].shape = nil
		if sh, err := ready[i].ready(); err == nil {
			ready[i].shape = sh
		}
		ready[i].Channels = slices.Clone(ready[i].Channels)
		for j := range ready[i].Channels {
			c := &ready[i].Channels[j]
			c.Spec = Prepare(c.Spec)[0]
		}
	}
	return ready
}

// ready returns the shape that Prepare made, or a new one.
func (s *Spec) ready() (*shape, error) {
	if s.shape != nil {
		return s.shape, nil
	}
	sh, err := newShape(s.Fields)
	if err != nil {
		return nil, fmt.Errorf("sink %s: %w", s.Name, err)
	}
	return sh, nil
}

func newShape(fields []Field) (*shape, error) {
	sh := &shape{fields: make([]*node, len(fields))}
	for i := range fields {
		n, err := newNode(&fields[i])
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", fields[i].Name, err)
		}
		sh.fields[i] = n
	}
	return sh, nil
}

func newNode(field *Field) (n *node, err error) {
	n = &node{Field: field, format: formats[field.Type]}
	if field.Pattern != "" {
		if n.pattern, err = regexp.Compile(field.Pattern); err != nil {
			return nil, err
		}
	}
	if field.Items != nil {
		if n.items, err = newNode(field.Items); err != nil {
			return nil, err
		}
	}
	switch {
	case field.Type == Custom:
		n.members, err = newShape(Suffixes())
	case len(field.Fields) > 0:
		n.members, err = newShape(field.Fields)
	}
	return n, err
}

// names lists the fields of the shape in their order.
func (sh *shape) names() []string {
	names := make([]string, len(sh.fields))
	for i, n := range sh.fields {
		names[i] = n.Name
	}
	return names
}

// Suffixes lists the types of custom attributes: the name of each is the suffix that a custom key
// ends in, as in tierStr. All of them can be cleared with null (kustomer-api.md 5.4).
func Suffixes() []Field {
	return []Field{
		{Name: "Str", Type: Text, Nullable: true, MaxLen: 1024, Doc: "a text of at most 1,024 characters"},
		{Name: "Txt", Type: Text, Nullable: true, MaxLen: 1024, Doc: "a text of several lines, at most 1,024 characters"},
		{Name: "Num", Type: Number, Nullable: true, Doc: "a number"},
		{Name: "Bool", Type: Bool, Nullable: true, Doc: "true or false"},
		{Name: "At", Type: Time, Nullable: true, Doc: "a date with a time"},
		{Name: "Url", Type: URL, Nullable: true, Doc: "a web address"},
		{Name: "Id", Type: ID, Nullable: true, Doc: "the Kustomer id of another object"},
	}
}

// has reports whether name is a field of the shape, or an alias of one.
func (sh *shape) has(name string) bool {
	return slices.ContainsFunc(sh.fields, func(n *node) bool { return n.is(name) })
}

// suffixOf finds the suffix that a custom key ends in, with something before it.
func (sh *shape) suffixOf(key string) *node {
	for _, n := range sh.fields {
		if len(key) > len(n.Name) && strings.HasSuffix(key, n.Name) {
			return n
		}
	}
	return nil
}

// is reports whether name is the field's name or one of its aliases.
func (f *Field) is(name string) bool { return f.Name == name || slices.Contains(f.Aliases, name) }

// Field returns the field of the sink with that name or alias.
func (s *Spec) Field(name string) (*Field, bool) {
	for i := range s.Fields {
		if s.Fields[i].is(name) {
			return &s.Fields[i], true
		}
	}
	return nil, false
}
