package schema

import (
	"maps"
	"slices"
)

// The functions of this file build the rules of the tables. Each call makes a new rule; no table changes once it is
// built.

func str(maxLen int) *Rule { return &Rule{types: []string{"string"}, maxLen: maxLen} }

func textFrom(minLen, maxLen int) *Rule {
	r := str(maxLen)
	r.minLen = minLen
	return r
}

func enum(values ...string) *Rule { return &Rule{types: []string{"string"}, enum: values} }

func formatted(f *format) *Rule { return &Rule{types: []string{"string"}, format: f} }

func boolean() *Rule { return &Rule{types: []string{"boolean"}} }

func number() *Rule { return &Rule{types: []string{"number"}} }

func between(low, high float64) *Rule {
	return &Rule{types: []string{"number"}, low: &low, high: &high}
}

func integer(low, high float64) *Rule {
	return &Rule{types: []string{"integer"}, low: &low, high: &high}
}

// listOf is an array of at most n different items; n = 0: no limit.
func listOf(n int, items *Rule) *Rule {
	return &Rule{types: []string{"array"}, maxItems: n, unique: n > 0, items: items}
}

// objectOf is an object with these members and no others.
func objectOf(fields Fields, required ...string) *Rule {
	return &Rule{types: []string{"object"}, fields: fields, required: required}
}

// open is an object with any members, at most n of them; n = 0: no limit.
func open(n int) *Rule { return &Rule{types: []string{"object"}, maxProps: n} }

func nullable(r *Rule) *Rule {
	r.types = append(r.types, "null")
	return r
}

// with puts the fields of several tables into one; later tables win.
func with(tables ...Fields) Fields {
	all := Fields{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

func without(table Fields, names ...string) Fields {
	rest := maps.Clone(table)
	maps.DeleteFunc(rest, func(name string, _ *Rule) bool { return slices.Contains(names, name) })
	return rest
}
