package mappings

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// appendJSON appends a value as compact JSON with sorted members. It stops at the bounds of a
// template, so that a list that holds itself many times over cannot grow without end.
func appendJSON(b []byte, v any, depth int) ([]byte, error) {
	if depth > maxNesting {
		return b, errTooDeep
	}
	if len(b) > maxText {
		return b, errTooLong
	}
	switch v := v.(type) {
	case nil, null:
		return append(b, "null"...), nil
	case []any:
		return appendJSONList(b, v, depth)
	case map[string]any:
		return appendJSONObject(b, v, depth)
	case string:
		return appendJSONString(b, v)
	case json.Number:
		if _, err := toRat(v); err != nil {
			return b, err
		}
		return appendText(b, v)
	}
	if kindOf(v) == "a time" {
		text, err := asText(v)
		if err != nil {
			return b, err
		}
		return appendJSONString(b, text)
	}
	return appendText(b, v)
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
		if b, err = appendJSONString(b, name); err != nil {
			return b, err
		}
		if b, err = appendJSON(append(b, ':'), object[name], depth+1); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// appendJSONString leaves < > & as they are: the text goes to an API, not into a web page.
func appendJSONString(b []byte, s string) ([]byte, error) {
	if len(s) > maxText {
		return b, errTooLong
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

// isPlain says whether a text needs no escapes in JSON.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			return false
		}
	}
	return true
}
