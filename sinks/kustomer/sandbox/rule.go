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
	minItems int
	maxItems int
	unique   bool
	fields   map[string]*rule // of an object: the only members
	required []string
	suffixes bool // of an object: members by the suffix of their name (custom attributes)
	minProps int
	maxProps int
	anyOf    []*rule
	chooser  string           // of an object: the member whose value names the rule among choices
	choices  map[string]*rule // the rules to choose from
}

// maxProblems bounds one answer; a body of 100 kB could hold tens of thousands of mistakes.
const maxProblems = 50

// check is one validation, and where it is in the schema and in the value.
type check struct {
	path     []string
	at       []string
	problems []problem
}

// validate gives the mistakes in v, in a stable order.
func (r *rule) validate(v any) []problem {
	c := check{path: make([]string, 0, 8), at: make([]string, 0, 4)}
	c.visit(r, v)
	slices.SortStableFunc(c.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.detail, b.detail), cmp.Compare(a.parameter, b.parameter))
	})
	return c.problems[:min(len(c.problems), maxProblems)]
}

// fail notes a mistake: which rule was broken. The parameter is the last step of the path in the
// value, as tv4 has it.
func (c *check) fail(rule, format string, args ...any) {
	p := problem{code: codeBadParam, title: fmt.Sprintf(format, args...), detail: "/" + strings.Join(append(c.path, rule), "/")}
	if len(c.at) > 0 {
		p.parameter, p.pointer = c.at[len(c.at)-1], pointerTo(c.at)
	}
	c.problems = append(c.problems, p)
}

var pointerMarks = strings.NewReplacer("~", "~0", "/", "~1")

// pointerTo is the JSON pointer to a part of a value.
func pointerTo(steps []string) string {
	var b strings.Builder
	for _, step := range steps {
		b.WriteString("/" + pointerMarks.Replace(step))
	}
	return b.String()
}

// into visits a part of what is being checked.
func (c *check) into(r *rule, v any, name string, steps ...string) {
	path, at := len(c.path), len(c.at)
	c.path, c.at = append(c.path, steps...), append(c.at, name)
	c.visit(r, v)
	c.path, c.at = c.path[:path], c.at[:at]
}

func (c *check) visit(r *rule, v any) {
	if !r.fits(v) {
		c.fail("type", "Invalid type: %s (expected %s)", typeOf(v), strings.Join(r.types, "/"))
		return
	}
	switch v := v.(type) {
	case string:
		c.text(r, v)
	case json.Number:
		c.number(r, v)
	case []any:
		c.array(r, v)
	case document:
		if r.chooser != "" {
			c.choose(r, v)
			return
		}
		c.object(r, v)
	}
	if len(r.anyOf) > 0 && !slices.ContainsFunc(r.anyOf, func(one *rule) bool { return len(one.validate(v)) == 0 }) {
		c.fail("anyOf", `Data does not match any schemas from "anyOf"`)
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

func (c *check) text(r *rule, s string) {
	if len(r.enum) > 0 && !slices.Contains(r.enum, s) {
		c.fail("type", "No enum match for: %s", appendString(nil, s))
	}
	n := utf16Len(s)
	if n < r.minLen {
		c.fail("minLength", "String is too short (%d chars), minimum %d", n, r.minLen)
	}
	if r.maxLen > 0 && n > r.maxLen {
		c.fail("maxLength", "String is too long (%d chars), maximum %d", n, r.maxLen)
	}
	if r.pattern != nil && !r.pattern.MatchString(s) {
		c.fail("pattern", "String does not match pattern: %s", r.pattern)
	}
	if r.format != nil && !r.format.ok(s) {
		c.fail("format", "Format validation failed (%s expected)", r.format.name)
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

func (c *check) number(r *rule, n json.Number) {
	f, err := n.Float64()
	if err != nil {
		c.fail("type", "Invalid type: number out of range")
		return
	}
	if len(r.whole) > 0 && !slices.ContainsFunc(r.whole, func(p int) bool { return float64(p) == f }) {
		c.fail("type", "No enum match for: %s", n)
	}
	if r.low != nil && f < *r.low {
		c.fail("minimum", "Value %s is less than minimum %g", n, *r.low)
	}
	if r.high != nil && f > *r.high {
		c.fail("maximum", "Value %s is greater than maximum %g", n, *r.high)
	}
}

func (c *check) array(r *rule, items []any) {
	if len(items) < r.minItems {
		c.fail("minItems", "Array is too short (%d), minimum %d", len(items), r.minItems)
	}
	if r.maxItems > 0 && len(items) > r.maxItems {
		c.fail("maxItems", "Array is too long (%d), maximum %d", len(items), r.maxItems)
	} else if i, j, twice := firstTwins(items); r.unique && twice {
		c.fail("uniqueItems", "Array items are not unique (indices %d and %d)", i, j)
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

func (c *check) object(r *rule, object document) {
	if len(object) < r.minProps {
		c.fail("minProperties", "Too few properties defined (%d), minimum %d", len(object), r.minProps)
	}
	if r.maxProps > 0 && len(object) > r.maxProps {
		c.fail("maxProperties", "Too many properties defined (%d), maximum %d", len(object), r.maxProps)
	}
	for i, member := range r.required {
		if _, ok := object[member]; !ok {
			c.fail("required/"+strconv.Itoa(i), "Missing required property: %s", member)
		}
	}
	if r.fields == nil && !r.suffixes {
		return
	}
	for member, v := range object {
		c.member(r, member, v)
	}
}

// choose checks an object by the rule that one of its members names.
func (c *check) choose(r *rule, object document) {
	if one := r.chosen(object); one != nil {
		c.visit(one, object)
	} else {
		c.fail("anyOf", `Data does not match any schemas from "anyOf"`)
	}
}

func (r *rule) chosen(object document) *rule { return r.choices[textOf(object, r.chooser)] }

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
	c.at = append(c.at, name)
	c.fail("additionalProperties", "Additional properties not allowed")
	c.at = c.at[:len(c.at)-1]
}
