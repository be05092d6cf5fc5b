package sinks

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// preparedFields are fields made ready for Fit. They never change, so rows share them.
type preparedFields struct {
	fields []*preparedField
}

// preparedField is a Field made ready for Fit.
type preparedField struct {
	*Field
	pattern *regexp.Regexp  // of Pattern; nil without one
	format  textFormat      // of Type
	items   *preparedField  // of Items
	members *preparedFields // of Fields, or of Suffixes for a custom object; nil: any member
}

// Prepare returns copies of specs that are ready for many calls of Fit: patterns are compiled once. A Spec that was not
// prepared works as well, but is prepared again at every call; so is one with an error, which Fit then returns.
func Prepare(specs ...Spec) []Spec {
	ready := slices.Clone(specs)
	for i := range ready {
		ready[i].prepared = nil
		if prep, err := ready[i].prepare(); err == nil {
			ready[i].prepared = prep
		}
		ready[i].Channels = slices.Clone(ready[i].Channels)
		for j := range ready[i].Channels {
			c := &ready[i].Channels[j]
			c.Spec = Prepare(c.Spec)[0]
		}
	}
	return ready
}

// prepare returns the fields as Prepare made them ready, or makes them ready.
func (s *Spec) prepare() (*preparedFields, error) {
	if s.prepared != nil {
		return s.prepared, nil
	}
	prep, err := prepareFields(s.Fields)
	if err != nil {
		return nil, fmt.Errorf("sink %s: %w", s.Name, err)
	}
	return prep, nil
}

func prepareFields(fields []Field) (*preparedFields, error) {
	prep := &preparedFields{fields: make([]*preparedField, len(fields))}
	for i := range fields {
		n, err := prepareField(&fields[i])
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", fields[i].Name, err)
		}
		prep.fields[i] = n
	}
	return prep, nil
}

func prepareField(field *Field) (n *preparedField, err error) {
	n = &preparedField{Field: field, format: textFormats[field.Type]}
	if field.Pattern != "" {
		if n.pattern, err = regexp.Compile(field.Pattern); err != nil {
			return nil, err
		}
	}
	if field.Items != nil {
		if n.items, err = prepareField(field.Items); err != nil {
			return nil, err
		}
	}
	switch {
	case field.Type == Custom:
		n.members, err = prepareFields(Suffixes())
	case len(field.Fields) > 0:
		n.members, err = prepareFields(field.Fields)
	}
	return n, err
}

// names lists the names of the fields in their order.
func (prep *preparedFields) names() []string {
	names := make([]string, len(prep.fields))
	for i, n := range prep.fields {
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

// has reports whether name is that of a field, or an alias of one.
func (prep *preparedFields) has(name string) bool {
	return slices.ContainsFunc(prep.fields, func(n *preparedField) bool { return n.is(name) })
}

// suffixOf finds the suffix that a custom key ends in, with something before it.
func (prep *preparedFields) suffixOf(key string) *preparedField {
	for _, n := range prep.fields {
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
