// Package schema checks the bodies of requests against strict JSON schemas: the rules, and one file of tables for
// each resource.
//
// To change what a field may hold, change its line in the table of its resource. To add a body, add a table and
// a rule made of it with objectOf.
package schema

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Rule is one node of a strict JSON schema. The zero value accepts any value.
type Rule struct {
	types    []string // JSON types that fit; "integer" is a whole number; empty: any
	enum     []string // the only strings
	whole    []int    // the only numbers
	minLen   int      // UTF-16 units
	maxLen   int      // UTF-16 units; 0: no limit
	pattern  *regexp.Regexp
	format   *format
	low      *float64
	high     *float64
	items    *Rule
	minItems int
	maxItems int
	unique   bool
	fields   Fields // of an object: the only members
	required []string
	suffixes bool // of an object: members by the suffix of their name (custom attributes)
	minProps int
	maxProps int
	anyOf    []*Rule
	chooser  string           // of an object: the member whose value names the rule among choices
	choices  map[string]*Rule // the rules to choose from
}

// Fields is a table of the members that an object may have.
type Fields map[string]*Rule

// chosen is the rule that a member of the object names; nil when it names none.
func (r *Rule) chosen(object wire.Document) *Rule { return r.choices[wire.Text(object, r.chooser)] }

// fits reports whether v has one of the types.
func (r *Rule) fits(v any) bool {
	if len(r.types) == 0 {
		return true
	}
	t := wire.TypeOf(v)
	if slices.Contains(r.types, t) {
		return true
	}
	n, isNumber := v.(json.Number)
	return isNumber && slices.Contains(r.types, "integer") && isWhole(n)
}

func isWhole(n json.Number) bool {
	f, err := n.Float64()
	return err == nil && f == math.Trunc(f)
}
