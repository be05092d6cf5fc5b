package values

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

var errNotComparable = errors.New("lists and objects cannot be compared; use len, has or empty")

// Equal compares two values: text character by character, numbers by what they amount to, times by the instant.
// Empty values equal each other and nothing else. Values of two types, such as text and a number, are an error
// that says how to write the comparison; so are lists and objects.
func Equal(a, b any) (bool, error) {
	if IsEmpty(a) || IsEmpty(b) {
		return IsEmpty(a) && IsEmpty(b), nil
	}
	if x, ok := a.(bool); ok {
		if y, ok := b.(bool); ok {
			return x == y, nil
		}
	}
	order, err := Compare(a, b)
	return order == 0, err
}

// Compare orders two values of one type: the result is below, equal to or above 0 as a is less than, equal to or
// greater than b. Beside text an empty value counts as "". Its errors are those of Equal.
func Compare(a, b any) (int, error) {
	switch {
	case isContainer(a) || isContainer(b):
		return 0, errNotComparable
	case isTextual(a) && isTextual(b):
		x, _ := a.(string)
		y, _ := b.(string)
		return strings.Compare(x, y), nil
	case IsNumber(a) && IsNumber(b):
		return compareNumbers(a, b)
	}
	if x, ok := a.(time.Time); ok {
		if y, ok := b.(time.Time); ok {
			return x.Compare(y), nil
		}
	}
	return 0, mismatch(a, b)
}

func compareNumbers(a, b any) (int, error) {
	if x, ok := a.(int64); ok {
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y), nil
		}
	}
	x, err := Rat(a)
	if err != nil {
		return 0, err
	}
	y, err := Rat(b)
	if err != nil {
		return 0, err
	}
	return x.Cmp(y), nil
}

func mismatch(a, b any) error {
	hint := "both sides must be of one type"
	switch {
	case IsEmpty(a) || IsEmpty(b):
		hint = "give the empty one a value with default"
	case IsNumber(a) != IsNumber(b) && (isTextual(a) || isTextual(b)):
		hint = `compare text with text (eq .zip "501") or make a number of it (eq (number .zip) 501)`
	case KindOf(a) == "a time" || KindOf(b) == "a time":
		hint = "make a time of the text with date"
	case KindOf(a) == "true or false" || KindOf(b) == "true or false":
		hint = "make true or false of the text with bool"
	}
	return fmt.Errorf("cannot compare %s with %s; %s", KindOf(a), KindOf(b), hint)
}

func isContainer(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

// isTextual reports whether a value is compared as text: text itself, and nothing as "".
func isTextual(v any) bool {
	switch v.(type) {
	case string, nil, null:
		return true
	}
	return false
}
