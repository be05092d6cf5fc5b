package mappings

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

var errNotComparable = errors.New("lists and objects cannot be compared; use len, has or empty")

// equal compares two values. Text is compared exactly, numbers by value (json.Number included),
// times by instant. Empty values equal each other and nothing else. Text never equals a number
// silently: that is an error that says how to write it.
func equal(a, b any) (bool, error) {
	if isEmpty(a) || isEmpty(b) {
		return isEmpty(a) && isEmpty(b), nil
	}
	if x, ok := a.(bool); ok {
		if y, ok := b.(bool); ok {
			return x == y, nil
		}
	}
	order, err := compare(a, b)
	return order == 0, err
}

// compare orders two values of one type. An empty value orders as "" against text.
func compare(a, b any) (int, error) {
	switch {
	case isContainer(a) || isContainer(b):
		return 0, errNotComparable
	case isTextual(a) && isTextual(b):
		x, _ := a.(string)
		y, _ := b.(string)
		return strings.Compare(x, y), nil
	case isNumber(a) && isNumber(b):
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
	x, err := toRat(a)
	if err != nil {
		return 0, err
	}
	y, err := toRat(b)
	if err != nil {
		return 0, err
	}
	return x.Cmp(y), nil
}

func mismatch(a, b any) error {
	hint := "both sides must be of one type"
	switch {
	case isEmpty(a) || isEmpty(b):
		hint = "give the empty one a value with default"
	case isNumber(a) != isNumber(b) && (isTextual(a) || isTextual(b)):
		hint = `compare text with text (eq .zip "501") or make a number of it (eq (number .zip) 501)`
	case kindOf(a) == "a time" || kindOf(b) == "a time":
		hint = "make a time of the text with date"
	case kindOf(a) == "true or false" || kindOf(b) == "true or false":
		hint = "make true or false of the text with bool"
	}
	return fmt.Errorf("cannot compare %s with %s; %s", kindOf(a), kindOf(b), hint)
}

func isContainer(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

func isNumber(v any) bool {
	switch v.(type) {
	case json.Number, int64, int, float64:
		return true
	}
	return false
}

// isTextual says whether a value orders as text: text itself, and nothing as "".
func isTextual(v any) bool {
	switch v.(type) {
	case string, nil, null:
		return true
	}
	return false
}
