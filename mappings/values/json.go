package values

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// AppendJSON appends a value as compact JSON with sorted members. Text of more than MaxText bytes and more than
// MaxNesting levels are an error, so that a list that holds one list many times over cannot fill the memory.
func AppendJSON(b []byte, v any) ([]byte, error) { return appendJSON(b, v, 0) }

func appendJSON(b []byte, v any, depth int) ([]byte, error) {
	if depth > MaxNesting {
		return b, ErrTooDeep
	}
	if len(b) > MaxText {
		return b, ErrTooLong
	}
	switch v := v.(type) {
	case nil, null:
		return append(b, "null"...), nil
	case []any:
		return appendJSONList(b, v, depth)
	case map[string]any:
		return appendJSONObject(b, v, depth)
	case string:
		return AppendJSONString(b, v)
	case json.Number:
		if _, err := Rat(v); err != nil {
			return b, err
		}
		return AppendText(b, v)
	case time.Time:
		text, err := Text(v)
		if err != nil {
			return b, err
		}
		return AppendJSONString(b, text)
	}
	return AppendText(b, v)
}

func appendJSONList(b []byte, list []any, depth int) (_ []byte, err error) {
	b = append(b, '[')
	for i, item := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, item, depth+1); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func appendJSONObject(b []byte, object map[string]any, depth int) (_ []byte, err error) {
	b = append(b, '{')
	for i, name := range slices.Sorted(maps.Keys(object)) {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = AppendJSONString(b, name); err != nil {
			return b, err
		}
		if b, err = appendJSON(append(b, ':'), object[name], depth+1); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// AppendJSONString appends a text in quotes, escaped as in JSON. The characters < > & stay as they are, since the
// text goes to an API and not into a web page. Text of more than MaxText bytes is an error.
func AppendJSONString(b []byte, s string) ([]byte, error) {
	if len(s) > MaxText {
		return b, ErrTooLong
	}
	if isPlain(s) {
		return append(append(append(b, '"'), s...), '"'), nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return b, err
	}
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...), nil
}

// isPlain reports whether a text is printable ASCII that JSON writes without escapes.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			return false
		}
	}
	return true
}
