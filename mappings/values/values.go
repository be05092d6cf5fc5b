// Package values holds what templates compute with: which Go types their values have, and how these are read,
// compared and printed.
//
// A value is text (string), a number (json.Number or int64; int and float64 are understood too), a bool, a
// time.Time, a list ([]any), an object (map[string]any), Null, or nil for nothing.
package values

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	// MaxText is the longest text that a template may make or print, in bytes.
	MaxText = 1 << 20
	// MaxItems is the longest list that a template may make or range over.
	MaxItems = 100_000
	// MaxNesting is how many lists and objects may stand inside each other.
	MaxNesting = 100
)

// The errors of values beyond these limits.
var (
	ErrTooLong   = errors.New("gives more than 1 MiB of text; cut it shorter with trunc")
	ErrTooMany   = fmt.Errorf("gives a list of more than %d items", MaxItems)
	ErrTooDeep   = fmt.Errorf("lists and objects are nested more than %d deep", MaxNesting)
	ErrNotFinite = errors.New("the number is not finite")
)

// Error says what is wrong with a value of a row. Its text leaves the value out, since values of rows appear in
// messages only when asked for (--show-values).
type Error struct {
	Message string // what is wrong, and what to do
	Value   string // the value, at most 200 bytes where a function shortened it
	Absent  bool   // the value names something that Kustomer does not have, or has no longer
}

func (e *Error) Error() string { return e.Message }

// Null is the value that is sent as an explicit null, which clears a field. nil in a row is an empty value
// instead, and is left out of the payload.
var Null = null{}

type null struct{}

// MarshalJSON writes null.
func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// String returns "", which is what a text around {{ null }} shows.
func (null) String() string { return "" }

// IsEmpty reports whether a value is nothing, Null, "", an empty list or an empty object. The number 0 and
// false are not empty.
func IsEmpty(v any) bool {
	switch v := v.(type) {
	case nil, null:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// IsTrue reports whether if, with, and, or and not take a value for true: all but false, 0 and empty values.
func IsTrue(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case int64:
		return v != 0
	case int:
		return v != 0
	case float64:
		return v != 0
	case json.Number:
		r, err := Rat(v)
		return err != nil || r.Sign() != 0
	}
	return !IsEmpty(v)
}

// IsNumber reports whether a value is a number. Text that looks like one is not.
func IsNumber(v any) bool {
	switch v.(type) {
	case json.Number, int64, int, float64:
		return true
	}
	return false
}

// KindOf names the type of a value in messages: "text", "a number", "a list".
func KindOf(v any) string {
	switch v.(type) {
	case nil, null:
		return "nothing"
	case string:
		return "text"
	case json.Number, int64, int, float64:
		return "a number"
	case bool:
		return "true or false"
	case time.Time:
		return "a time"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprintf("a %T", v)
}
