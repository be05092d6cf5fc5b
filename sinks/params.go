package sinks

import (
	"fmt"
	"strings"
)

// With returns the sink as a step uses it whose Params have these values: they stand in its paths, roles
// and kind of object. The values are texts that can stand in a path; those of other fields are set aside.
func (s *Spec) With(values map[string]string) (*Spec, error) {
	if len(s.Params) == 0 {
		return s, nil
	}
	filled := *s
	if err := filled.choose(values); err != nil {
		return nil, err
	}
	for _, name := range s.Params {
		if err := s.checkParam(name, values[name]); err != nil {
			return nil, err
		}
		segment, err := Segment(values[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		filled.fill("{"+name+"}", segment, values[name])
	}
	return &filled, nil
}

// checkParam holds a value against its field, which no payload has any more.
func (s *Spec) checkParam(name, value string) error {
	field, ok := s.Field(name)
	if !ok {
		return nil
	}
	alone := Spec{Fields: []Field{*field}}
	_, err := alone.Fit(Create, map[string]any{field.Name: value})
	return err
}

// choose takes over what the value of the first param says, where the sink has a choice.
func (s *Spec) choose(values map[string]string) error {
	if len(s.Choices) == 0 {
		return nil
	}
	var words []string
	for _, c := range s.Choices {
		if c.Value == values[s.Params[0]] {
			s.Kind, s.Destructive = c.Kind, s.Destructive || c.Destructive
			return nil
		}
		words = append(words, c.Value)
	}
	return fmt.Errorf("%s: must be one of %s", s.Params[0], strings.Join(words, ", "))
}

// fill puts one value in the place of its slot: encoded in paths, plain elsewhere.
func (s *Spec) fill(slot, segment, plain string) {
	s.Object = strings.ReplaceAll(s.Object, slot, plain)
	if s.Batch != nil {
		batch := *s.Batch
		batch.Path = strings.ReplaceAll(batch.Path, slot, segment)
		s.Batch = &batch
	}
	s.Create = fillAll(s.Create, func(r Route) Route {
		r.Method, r.Path = strings.ReplaceAll(r.Method, slot, plain), strings.ReplaceAll(r.Path, slot, segment)
		return r
	})
	if s.Update != nil {
		r := *s.Update
		r.Path = strings.ReplaceAll(r.Path, slot, segment)
		s.Update = &r
	}
	s.Lookups = fillAll(s.Lookups, func(l Lookup) Lookup {
		l.Paths = fillAll(l.Paths, func(p string) string { return strings.ReplaceAll(p, slot, segment) })
		return l
	})
	s.Roles = fillAll(s.Roles, func(r Role) Role {
		r.AnyOf = fillAll(r.AnyOf, func(name string) string { return strings.ReplaceAll(name, slot, plain) })
		return r
	})
}

// fillAll returns a new list, so that the sink in the catalog stays as it is.
func fillAll[T any](list []T, fill func(T) T) []T {
	filled := make([]T, len(list))
	for i, item := range list {
		filled[i] = fill(item)
	}
	return filled
}
