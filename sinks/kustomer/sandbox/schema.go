package sandbox

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The builders of the schema tables. Each call makes a new rule; the tables are never changed
// after they are built.

func str(maxLen int) *rule { return &rule{types: []string{"string"}, maxLen: maxLen} }

func textFrom(minLen, maxLen int) *rule {
	r := str(maxLen)
	r.minLen = minLen
	return r
}

func enum(values ...string) *rule { return &rule{types: []string{"string"}, enum: values} }

func formatted(f *format) *rule { return &rule{types: []string{"string"}, format: f} }

func boolean() *rule { return &rule{types: []string{"boolean"}} }

func number() *rule { return &rule{types: []string{"number"}} }

func between(low, high float64) *rule {
	return &rule{types: []string{"number"}, low: &low, high: &high}
}

func integer(low, high float64) *rule {
	return &rule{types: []string{"integer"}, low: &low, high: &high}
}

// list is an array of at most n different items; n = 0: no limit.
func listOf(n int, items *rule) *rule {
	return &rule{types: []string{"array"}, maxItems: n, unique: n > 0, items: items}
}

// object has these members and no others.
func objectOf(fields map[string]*rule, required ...string) *rule {
	return &rule{types: []string{"object"}, fields: fields, required: required}
}

// open is an object with any members, at most n of them; n = 0: no limit.
func open(n int) *rule { return &rule{types: []string{"object"}, maxProps: n} }

func nullable(r *rule) *rule {
	r.types = append(r.types, "null")
	return r
}

// with gives the fields of several tables in one; later tables win.
func with(tables ...map[string]*rule) map[string]*rule {
	all := map[string]*rule{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

func without(table map[string]*rule, names ...string) map[string]*rule {
	rest := maps.Clone(table)
	maps.DeleteFunc(rest, func(name string, _ *rule) bool { return slices.Contains(names, name) })
	return rest
}

// customSuffixes decide the type of a custom attribute (kustomer-api.md 5.4).
var customSuffixes = []struct {
	suffix string
	rule   *rule
}{
	{"Str", nullable(str(1024))},
	{"Txt", nullable(str(1024))},
	{"Num", nullable(number())},
	{"At", nullable(formatted(dateTime))},
	{"Bool", nullable(boolean())},
	{"Url", nullable(formatted(absURI))},
	{"Id", nullable(formatted(hexID))},
}

// customRule finds the rule for a custom attribute; nil when its name has no known suffix.
func customRule(name string) (suffix string, r *rule) {
	for _, s := range customSuffixes {
		if len(name) > len(s.suffix) && strings.HasSuffix(name, s.suffix) {
			return s.suffix, s.rule
		}
	}
	return "", nil
}

// Pieces that several tables share (kustomer-api.md 2.4).
var (
	anID        = formatted(hexID)
	aDate       = formatted(dateTime)
	maybeDate   = nullable(formatted(dateTime))
	customAttrs = &rule{types: []string{"object"}, suffixes: true, maxProps: 100}
	tagList     = listOf(20, &rule{types: []string{"string"}, minLen: 1, maxLen: 64, pattern: tagName})
	tagName     = regexp.MustCompile(`^[0-9a-zA-ZÀ-ÿ_/<>\-.][0-9a-zA-ZÀ-ÿ_/<>\-. ]*$`)
	inOrOut     = enum("in", "out")
	aSentiment  = objectOf(map[string]*rule{
		"polarity":   {types: []string{"integer"}, whole: []int{-1, 0, 1}},
		"confidence": between(-1, 1),
	}, "polarity", "confidence")
	aQueue = &rule{types: []string{"object"}, minProps: 1, fields: map[string]*rule{
		"id": anID, "external": enum("amazon-connect"),
	}}
	aLocation = objectOf(map[string]*rule{
		"type": enum("home", "work", "other"), "name": str(256),
		"address": str(256), "address2": str(256), "address3": str(256),
		"latitude": number(), "longitude": number(),
		"countryCode": textFrom(2, 2), "countryName": str(64), "regionCode": str(2), "regionName": str(128),
		"cityName": str(128), "zipCode": str(30), "areaCode": str(30),
	})
)
