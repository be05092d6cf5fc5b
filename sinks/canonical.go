package sinks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kustsync/kustsync/mappings/decimal"
)

// Canonical writes a fitted payload, or a value of one, as compact JSON with sorted keys, numbers as they are and no HTML
// escapes. Equal payloads give equal bytes: it is both the request's body and the input of its hash.
// It refuses what Fit does not return: other types, text that is not UTF-8, numbers that are not JSON.
func Canonical(payload any) ([]byte, error) {
	b, err := appendJSON(make([]byte, 0, 512), payload)
	if err != nil {
		return nil, fmt.Errorf("writing a payload as JSON: %w", err)
	}
	return b, nil
}

// Decode reads a payload that Canonical wrote.
func Decode(body []byte) map[string]any {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var payload map[string]any
	if err := d.Decode(&payload); err != nil {
		panic(fmt.Sprintf("a payload of kustsync's own is no JSON: %v", err))
	}
	return payload
}

func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendText(b, v)
	case RunTimeValue:
		return appendText(b, v.String()+v.Question)
	case json.Number:
		n, err := decimal.Parse(v.String())
		if err != nil {
			return nil, errors.New("a number that is not one in JSON")
		}
		return n.Append(b), nil
	case []any:
		return appendList(b, v)
	case map[string]any:
		return appendMap(b, v)
	}
	return nil, fmt.Errorf("a value of type %T has not been fitted to its field", v)
}

func appendList(b []byte, items []any) ([]byte, error) {
	b = append(b, '[')
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendJSON(b, item); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func appendMap(b []byte, members map[string]any) ([]byte, error) {
	b = append(b, '{')
	var few [12]member
	for i, m := range sorted(few[:0], members) {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = appendText(b, m.name); err != nil {
			return nil, err
		}
		b = append(b, ':')
		if b, err = appendJSON(b, m.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// member is a member of an object.
type member struct {
	name  string
	value any
}

// sorted returns the members of an object by their names, in all where there is room.
func sorted(all []member, object map[string]any) []member {
	for name, value := range object {
		all = append(all, member{name, value})
	}
	slices.SortFunc(all, func(x, y member) int { return strings.Compare(x.name, y.name) })
	return all
}

// sortedNames returns the names of members, in names where there is room.
func sortedNames(names []string, members map[string]any) []string {
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// appendText writes a JSON string in which only what must be escaped is.
func appendText(b []byte, text string) ([]byte, error) {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return appendEscaped(b, text)
		}
	}
	b = append(append(b, '"'), text...)
	return append(b, '"'), nil
}

// appendEscaped is appendText for a text that may hold more than plain ASCII.
func appendEscaped(b []byte, text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("a text that is not UTF-8")
	}
	const hex = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	b = append(b, text[start:]...)
	return append(b, '"'), nil
}
