package values

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/kustsync/kustsync/mappings/decimal"
)

// timeForm is the text of a time: ISO 8601, UTC, milliseconds.
const timeForm = "2006-01-02T15:04:05.000Z"

// maxShown is the longest value that an Error quotes, in bytes.
const maxShown = 200

// Text returns a value as text: "" for an empty one, else what AppendText writes. Lists and objects are an error.
func Text(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case nil, null:
		return "", nil
	case []any, map[string]any:
		return "", fmt.Errorf("wants text, got %s; use join, index or json", KindOf(v))
	}
	b, err := AppendText(nil, v)
	return string(b), err
}

// AppendText appends the text of a value: numbers without an exponent, times in ISO 8601 and UTC with
// milliseconds, lists and objects as JSON, nothing for nil and Null. A number that is not finite, and a list or
// an object beyond the limits of this package, are an error.
func AppendText(b []byte, v any) ([]byte, error) {
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
			return b, ErrNotFinite
		}
		return strconv.AppendFloat(b, v, 'f', -1, 64), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case time.Time:
		return v.UTC().AppendFormat(b, timeForm), nil
	case []any, map[string]any:
		return AppendJSON(b, v)
	}
	return b, fmt.Errorf("cannot print %s", KindOf(v))
}

// Shown returns a value as an Error quotes it: its text, at most 200 bytes of it, or its kind.
func Shown(v any) string {
	b, err := AppendText(nil, v)
	if err != nil {
		return KindOf(v)
	}
	return string(b[:min(len(b), maxShown)])
}
