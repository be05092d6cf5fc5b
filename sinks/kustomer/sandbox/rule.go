package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// rule is one node of a strict JSON schema. Its texts are those of the validator that Kustomer
// uses (tv4; kustomer-api.md 3.1).
type rule struct {
	types    []string // JSON types that fit; "integer" is a whole number; empty: any
	enum     []string // the only strings
	whole    []int    // the only numbers
	minLen   int      // UTF-16 units
	maxLen   int      // UTF-16 units; 0: no limit
	pattern  *regexp.Regexp
	format   *format
	low      *float64
	high     *float64
	items    *rule
	maxItems int
	unique   bool
	fields   map[string]*rule // of an object: the only members
	required []string
	suffixes bool // of an object: members by the suffix of their name (custom attributes)
	minProps int
	maxProps int
	anyOf    []*rule
}

// maxProblems bounds one answer; a body of 100 kB could hold tens of thousands of mistakes.
const maxProblems = 50

// check is one validation. path is where it is in the schema.
type check struct {
	path     []string
	problems []problem
}

// validate gives the mistakes in v, in a stable order.
func (r *rule) validate(v any) []problem {
	var c check
	c.visit(r, v, "")
	slices.SortStableFunc(c.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.detail, b.detail), cmp.Compare(a.parameter, b.parameter))
	})
	return c.problems[:min(len(c.problems), maxProblems)]
}

// fail notes a mistake. name is the last step of the path in the body, rule what was broken.
func (c *check) fail(name, rule, format string, args ...any) {
	detail := "/" + strings.Join(append(c.path, rule), "/")
	c.problems = append(c.problems, problem{codeBadParam, fmt.Sprintf(format, args...), detail, name})
}

// into visits a part of what is being checked.
func (c *check) into(r *rule, v any, name string, steps ...string) {
	outside := len(c.path)
	c.path = append(c.path, steps...)
	c.visit(r, v, name)
	c.path = c.path[:outside]
}

func (c *check) visit(r *rule, v any, name string) {
	if !r.fits(v) {
		c.fail(name, "type", "Invalid type: %s (expected %s)", typeOf(v), strings.Join(r.types, "/"))
		return
	}
	switch v := v.(type) {
	case string:
		c.text(r, v, name)
	case json.Number:
		c.number(r, v, name)
	case []any:
		c.array(r, v, name)
	case document:
		c.object(r, v, name)
	}
	if len(r.anyOf) > 0 && !slices.ContainsFunc(r.anyOf, func(one *rule) bool { return len(one.validate(v)) == 0 }) {
		c.fail(name, "anyOf", `Data does not match any schemas from "anyOf"`)
	}
}

// fits says whether v has one of the types.
func (r *rule) fits(v any) bool {
	if len(r.types) == 0 {
		return true
	}
	t := typeOf(v)
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

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		return "number"
	case []any:
		return "array"
	default:
		return "object"
	}
}

func (c *check) text(r *rule, s, name string) {
	if len(r.enum) > 0 && !slices.Contains(r.enum, s) {
		c.fail(name, "type", "No enum match for: %s", appendString(nil, s))
	}
	n := utf16Len(s)
	if n < r.minLen {
		c.fail(name, "minLength", "String is too short (%d chars), minimum %d", n, r.minLen)
	}
	if r.maxLen > 0 && n > r.maxLen {
		c.fail(name, "maxLength", "String is too long (%d chars), maximum %d", n, r.maxLen)
	}
	if r.pattern != nil && !r.pattern.MatchString(s) {
		c.fail(name, "pattern", "String does not match pattern: %s", r.pattern)
	}
	if r.format != nil && !r.format.ok(s) {
		c.fail(name, "format", "Format validation failed (%s expected)", r.format.name)
	}
}

// utf16Len counts as JavaScript does.
func utf16Len(s string) int {
	n := 0
	for _, c := range s {
		n += utf16.RuneLen(c)
	}
	return n
}

func (c *check) number(r *rule, n json.Number, name string) {
	f, err := n.Float64()
	if err != nil {
		c.fail(name, "type", "Invalid type: number out of range")
		return
	}
	if len(r.whole) > 0 && !slices.ContainsFunc(r.whole, func(p int) bool { return float64(p) == f }) {
		c.fail(name, "type", "No enum match for: %s", n)
	}
	if r.low != nil && f < *r.low {
		c.fail(name, "minimum", "Value %s is less than minimum %g", n, *r.low)
	}
	if r.high != nil && f > *r.high {
		c.fail(name, "maximum", "Value %s is greater than maximum %g", n, *r.high)
	}
}

func (c *check) array(r *rule, items []any, name string) {
	if r.maxItems > 0 && len(items) > r.maxItems {
		c.fail(name, "maxItems", "Array is too long (%d), maximum %d", len(items), r.maxItems)
	} else if i, j, twice := firstTwins(items); r.unique && twice {
		c.fail(name, "uniqueItems", "Array items are not unique (indices %d and %d)", i, j)
	}
	if r.items == nil {
		return
	}
	for i, item := range items {
		c.into(r.items, item, strconv.Itoa(i), "items")
	}
}

// firstTwins finds two equal items.
func firstTwins(items []any) (i, j int, found bool) {
	if len(items) < 2 {
		return 0, 0, false
	}
	seen := make(map[string]int, len(items))
	for j, item := range items {
		text := string(appendJSON(nil, item))
		if i, found := seen[text]; found {
			return i, j, true
		}
		seen[text] = j
	}
	return 0, 0, false
}

func (c *check) object(r *rule, object document, name string) {
	if len(object) < r.minProps {
		c.fail(name, "minProperties", "Too few properties defined (%d), minimum %d", len(object), r.minProps)
	}
	if r.maxProps > 0 && len(object) > r.maxProps {
		c.fail(name, "maxProperties", "Too many properties defined (%d), maximum %d", len(object), r.maxProps)
	}
	for i, member := range r.required {
		if _, ok := object[member]; !ok {
			c.fail(name, "required/"+strconv.Itoa(i), "Missing required property: %s", member)
		}
	}
	if r.fields == nil && !r.suffixes {
		return
	}
	for member, v := range object {
		c.member(r, member, v)
	}
}

func (c *check) member(r *rule, name string, v any) {
	if one := r.fields[name]; one != nil {
		c.into(one, v, name, "properties", name)
		return
	}
	if r.suffixes {
		if suffix, one := customRule(name); one != nil {
			c.into(one, v, name, "patternProperties", suffix)
			return
		}
	}
	c.fail(name, "additionalProperties", "Additional properties not allowed")
}
