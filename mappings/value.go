package mappings

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/kustsync/kustsync/mappings/decimal"
)

// The values of templates: text (string), numbers (json.Number, int64; int and float64 are
// understood too), bool, time.Time, lists ([]any), objects (map[string]any), Null and nil.

const (
	// maxText bounds what one template prints and every text inside it, in bytes.
	maxText = 1 << 20
	// maxItems bounds a list that a template makes or ranges over.
	maxItems = 100_000
	// maxNesting bounds lists and objects inside each other.
	maxNesting = 100
)

var (
	errTooLong  = errors.New("gives more than 1 MiB of text; cut it shorter with trunc")
	errTooMany  = fmt.Errorf("gives a list of more than %d items", maxItems)
	errTooDeep  = fmt.Errorf("lists and objects are nested more than %d deep", maxNesting)
	errNotFloat = errors.New("the number is not finite")
)

// timeForm is the text of a time: ISO 8601, UTC, milliseconds.
const timeForm = "2006-01-02T15:04:05.000Z"

// isEmpty says whether a value counts as empty: nothing, "", an empty list, an empty object. The
// number 0 and false are values.
func isEmpty(v any) bool {
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

// truth is what if, with, and, or, not go by: false, 0 and the empty values are false.
func truth(v any) bool {
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
		r, err := toRat(v)
		return err != nil || r.Sign() != 0
	}
	return !isEmpty(v)
}

// kindOf names the type of a value for messages.
func kindOf(v any) string {
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

// asText gives a value to a function that wants text. Lists and objects are refused.
func asText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case nil, null:
		return "", nil
	case []any, map[string]any:
		return "", fmt.Errorf("wants text, got %s; use join, index or json", kindOf(v))
	}
	b, err := appendText(nil, v)
	return string(b), err
}

// appendText appends the text form of a value: numbers without exponent, times in ISO 8601 UTC,
// lists and objects as JSON, nothing for an empty value.
func appendText(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil, null:
		return b, nil
	case string:
		return append(b, v...), nil
	case json.Number:
		return append(b, decimal.WithoutExponent(string(v))...), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return b, errNotFloat
		}
		return strconv.AppendFloat(b, v, 'f', -1, 64), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case time.Time:
		return v.UTC().AppendFormat(b, timeForm), nil
	case []any, map[string]any:
		return appendJSON(b, v, 0)
	}
	return b, fmt.Errorf("cannot print %s", kindOf(v))
}

// asInt gives a value to a function that wants a small whole number.
func asInt(v any) (int, error) {
	switch v := v.(type) {
	case int64:
		return int(v), nil
	case int:
		return v, nil
	}
	r, err := toRat(v)
	if err != nil {
		return 0, err
	}
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, &ValueError{Message: "not a whole number", Value: shown(v)}
	}
	return int(r.Num().Int64()), nil
}

// asList gives a value to a function that wants a list; an empty value is an empty list.
func asList(v any) ([]any, error) {
	if l, ok := v.([]any); ok {
		return l, nil
	}
	if isEmpty(v) {
		return nil, nil
	}
	return nil, fmt.Errorf("wants a list, got %s; split makes a list of text", kindOf(v))
}

// shown is the value for a ValueError.
func shown(v any) string {
	b, err := appendText(nil, v)
	if err != nil {
		return kindOf(v)
	}
	return string(b[:min(len(b), 200)])
}
