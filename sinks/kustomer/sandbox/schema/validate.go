package schema

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Mistake is one way in which a value breaks a rule. Its texts are those of the validator that Kustomer uses (tv4;
// kustomer-api.md 3.1).
type Mistake struct {
	Title     string
	Detail    string // which rule is broken: its path in the schema
	Parameter string // the last step of the path in the value, as tv4 has it; "" when the whole value is wrong
	Pointer   string // the JSON pointer to the place in the value; "" when the whole value is wrong
}

// maxMistakes bounds one answer; a body of 100 kB could hold tens of thousands of mistakes.
const maxMistakes = 50

// validator is one validation, and where it is in the schema and in the value.
type validator struct {
	path     []string // in the schema
	at       []string // in the value
	mistakes []Mistake
}

// Validate lists the mistakes in a decoded value, at most 50, in a stable order. None means that it is valid.
func (r *Rule) Validate(v any) []Mistake {
	c := validator{path: make([]string, 0, 8), at: make([]string, 0, 4)}
	c.visit(r, v)
	slices.SortStableFunc(c.mistakes, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Detail, b.Detail), cmp.Compare(a.Parameter, b.Parameter))
	})
	return c.mistakes[:min(len(c.mistakes), maxMistakes)]
}

// fail notes that a rule was broken.
func (c *validator) fail(rule, format string, args ...any) {
	m := Mistake{Title: fmt.Sprintf(format, args...), Detail: "/" + strings.Join(append(c.path, rule), "/")}
	if len(c.at) > 0 {
		m.Parameter, m.Pointer = c.at[len(c.at)-1], pointerTo(c.at)
	}
	c.mistakes = append(c.mistakes, m)
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

// into visits a part of the value.
func (c *validator) into(r *Rule, v any, name string, steps ...string) {
	path, at := len(c.path), len(c.at)
	c.path, c.at = append(c.path, steps...), append(c.at, name)
	c.visit(r, v)
	c.path, c.at = c.path[:path], c.at[:at]
}

func (c *validator) visit(r *Rule, v any) {
	if !r.fits(v) {
		c.fail("type", "Invalid type: %s (expected %s)", wire.TypeOf(v), strings.Join(r.types, "/"))
		return
	}
	switch v := v.(type) {
	case string:
		c.text(r, v)
	case json.Number:
		c.number(r, v)
	case []any:
		c.array(r, v)
	case wire.Document:
		if r.chooser != "" {
			c.choose(r, v)
			return
		}
		c.object(r, v)
	}
	if len(r.anyOf) > 0 && !slices.ContainsFunc(r.anyOf, func(one *Rule) bool { return len(one.Validate(v)) == 0 }) {
		c.fail("anyOf", `Data does not match any schemas from "anyOf"`)
	}
}

func (c *validator) text(r *Rule, s string) {
	if len(r.enum) > 0 && !slices.Contains(r.enum, s) {
		c.fail("type", "No enum match for: %s", wire.AppendString(nil, s))
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

func (c *validator) number(r *Rule, n json.Number) {
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

func (c *validator) array(r *Rule, items []any) {
	if len(items) < r.minItems {
		c.fail("minItems", "Array is too short (%d), minimum %d", len(items), r.minItems)
	}
	if r.maxItems > 0 && len(items) > r.maxItems {
		c.fail("maxItems", "Array is too long (%d), maximum %d", len(items), r.maxItems)
	} else if i, j, found := firstEqual(items); r.unique && found {
		c.fail("uniqueItems", "Array items are not unique (indices %d and %d)", i, j)
	}
	if r.items == nil {
		return
	}
	for i, item := range items {
		c.into(r.items, item, strconv.Itoa(i), "items")
	}
}

// firstEqual finds the first item that is equal to one before it.
func firstEqual(items []any) (i, j int, found bool) {
	if len(items) < 2 {
		return 0, 0, false
	}
	seen := make(map[string]int, len(items))
	for j, item := range items {
		text := string(wire.JSON(item))
		if i, found := seen[text]; found {
			return i, j, true
		}
		seen[text] = j
	}
	return 0, 0, false
}

func (c *validator) object(r *Rule, object wire.Document) {
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
func (c *validator) choose(r *Rule, object wire.Document) {
	if one := r.chosen(object); one != nil {
		c.visit(one, object)
	} else {
		c.fail("anyOf", `Data does not match any schemas from "anyOf"`)
	}
}

func (c *validator) member(r *Rule, name string, v any) {
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
