package sinks

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kustsync/kustsync/mappings/decimal"
)

// timeLayout is ISO 8601 UTC with milliseconds, as Kustomer writes times (kustomer-api.md 1.6).
const timeLayout = "2006-01-02T15:04:05.000Z"

// readLayouts are the texts that are times by themselves: RFC 3339 and its ISO 8601 neighbours that
// name a day, a minute and an offset. Go reads a fraction of a second with each of them.
var readLayouts = [...]string{
	time.RFC3339,
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04Z07:00",
}

// scalarText is the text of a scalar. False: v is no scalar, or not a finite number.
func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case time.Time:
		return timeText(v)
	}
	return numberText(v)
}

// timeText writes t in timeLayout. False: JSON has no such year.
func timeText(t time.Time) (string, bool) {
	t = t.UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return "", false
	}
	return t.Format(timeLayout), true
}

// toTime converts a time, or a text that is one, to a text in timeLayout.
func toTime(v any) (string, bool) {
	switch v := v.(type) {
	case time.Time:
		return timeText(v)
	case string:
		text := strings.TrimSpace(v)
		for _, layout := range readLayouts {
			if t, err := time.Parse(layout, text); err == nil {
				return timeText(t)
			}
		}
	}
	return "", false
}

// toBool converts a boolean, or true and false in any case.
func toBool(v any) (value, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		text := strings.TrimSpace(v)
		value = strings.EqualFold(text, "true")
		return value, value || strings.EqualFold(text, "false")
	}
	return false, false
}

// numberText is the plain text of a value that is a number: no exponent for a float64 unless it is
// beyond 1e21, as JavaScript writes it. False: not a number, or not a finite one.
func numberText(v any) (string, bool) {
	switch v := v.(type) {
	case json.Number:
		return v.String(), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", false
		}
		if size := math.Abs(v); size >= 1e21 || (size != 0 && size < 1e-6) {
			return strconv.FormatFloat(v, 'e', -1, 64), true
		}
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// toNumber converts a number, or a text that is one, within the range of a float64.
func toNumber(v any) (decimal.Number, bool) {
	text, ok := v.(string)
	if !ok {
		if text, ok = numberText(v); !ok {
			return decimal.Number{}, false
		}
	}
	n, err := decimal.Parse(strings.TrimSpace(text))
	return n, err == nil && n.FitsFloat64()
}

// toList returns v as a list.
func toList(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case []string:
		list := make([]any, len(v))
		for i, text := range v {
			list[i] = text
		}
		return list, true
	}
	return nil, false
}

// describe names what a value is, in the words of a pipeline file.
func describe(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case bool:
		return "true or false"
	case json.Number, int, int64, float64:
		return "a number"
	case time.Time:
		return "a time"
	case []any, []string:
		return "a list"
	case map[string]any:
		return "a map"
	}
	return "a value of an unknown type"
}
