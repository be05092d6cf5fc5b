package sinks

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxFitErrors bounds the FitErrors of one row.
const maxFitErrors = 20

// FitError says which value of a row does not fit its field, and why. More holds the other values of the row that do not
// fit, at most maxFitErrors in all.
type FitError struct {
	Field string // "emails[0].email"
	// Rule is the rule that is broken: type, null, required, unknown, alias, use, suffix, length, enum,
	// pattern, format, reserved, range, items, unique, apart, encoding or depth.
	Rule    string
	Message string // what is wrong and what to do about it, in one line; never the value
	Value   string // the value, cut short; to be shown only with --show-values
	More    []*FitError
}

// Error says what is wrong with every field, and no value of the row.
func (e *FitError) Error() string { return e.join((*FitError).line) }

// WithValues is Error with the values beside the errors, for --show-values.
func (e *FitError) WithValues() string { return e.join((*FitError).lineWithValue) }

func (e *FitError) join(line func(*FitError) string) string {
	lines := []string{line(e)}
	for _, more := range e.More {
		lines = append(lines, line(more))
	}
	return strings.Join(lines, "; ")
}

func (e *FitError) line() string { return e.Field + ": " + e.Message }

func (e *FitError) lineWithValue() string {
	if e.Value == "" {
		return e.line()
	}
	return fmt.Sprintf("%s (value %q)", e.line(), e.Value)
}

// segment is one part of a place inside a payload: a member's name, or an index.
type segment struct {
	name  string
	index int // when name is ""
}

// pathText prints segments as "emails[0].email".
func pathText(path []segment) string {
	var b strings.Builder
	for i, s := range path {
		switch {
		case s.name == "":
			fmt.Fprintf(&b, "[%d]", s.index)
		case i > 0:
			b.WriteString("." + cut(s.name, 64))
		default:
			b.WriteString(cut(s.name, 64))
		}
	}
	return b.String()
}

// shortValue is a value as a FitError holds it: short, and without the inside of lists and maps.
func shortValue(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		return fmt.Sprintf("a list of %d", len(v))
	case map[string]any:
		return fmt.Sprintf("a map of %d", len(v))
	}
	if text, ok := scalarText(v); ok {
		return cut(text, 200)
	}
	return fmt.Sprintf("%T", v)
}

// cut shortens text to at most limit bytes, at the border of a character.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit] + "..."
}
