package sinks

import (
	"fmt"
	"slices"
	"strings"
)

// Lookup returns the look-up of that name.
func (s *Spec) Lookup(by string) (Lookup, bool) {
	i := slices.IndexFunc(s.Lookups, func(l Lookup) bool { return l.By == by })
	if i < 0 {
		return Lookup{}, false
	}
	return s.Lookups[i], true
}

// Values returns the distinct texts that a fitted payload holds at From, in order.
func (l Lookup) Values(payload map[string]any) []string {
	var found []string
	collect(payload, l.From, func(text string) {
		if text != "" && !slices.Contains(found, text) {
			found = append(found, text)
		}
	})
	return found
}

// collect calls add with every text at from, a path like "emails[].email".
func collect(v any, from string, add func(string)) {
	if from == "" {
		if text, ok := v.(string); ok {
			add(text)
		}
		return
	}
	object, ok := v.(map[string]any)
	if !ok {
		return
	}
	name, rest, _ := strings.Cut(from, ".")
	name, each := strings.CutSuffix(name, "[]")
	if !each {
		collect(object[name], rest, add)
		return
	}
	items, _ := object[name].([]any)
	for _, item := range items {
		collect(item, rest, add)
	}
}

// Fill returns Paths with value in place of {value}, percent-encoded. It refuses a value that is
// empty, or that holds control characters, which no object can be found by.
func (l Lookup) Fill(value string) ([]string, error) {
	if value == "" || hasControl(value) {
		return nil, fmt.Errorf("a look-up by %s needs a text without control characters; correct the row", l.By)
	}
	paths := make([]string, len(l.Paths))
	for i, path := range l.Paths {
		paths[i] = strings.Replace(path, "{value}", escape(value), 1)
	}
	return paths, nil
}
