package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// raw is JSON text that is written as it is, and so is rawBytes.
type (
	raw      string
	rawBytes []byte
)

// document is a JSON object as the sandbox reads, keeps and writes it: values are nil, bool,
// string, json.Number, []any and document; answers also hold raw, int, uint32 and []string.
type document = map[string]any

// maxDepth bounds the nesting of a body; Kustomer's own bound is not known.
const maxDepth = 100

// decode reads one JSON value of any type and nothing after it. Numbers keep every digit.
func decode(text []byte) (any, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("the text is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("unexpected end of JSON input")
		}
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more text after the JSON value")
	}
	if deeper(v, maxDepth) {
		return nil, fmt.Errorf("nested more than %d levels deep", maxDepth)
	}
	return v, nil
}

// deeper says whether v has more than limit levels of lists and objects.
func deeper(v any, limit int) bool {
	switch v := v.(type) {
	case document:
		for _, member := range v {
			if limit == 0 || deeper(member, limit-1) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if limit == 0 || deeper(item, limit-1) {
				return true
			}
		}
	}
	return false
}

// appendJSON writes v with the members of objects in order of their names, so that equal
// values give equal text.
func appendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case raw:
		return append(dst, v...)
	case rawBytes:
		return append(dst, v...)
	case bool:
		return strconv.AppendBool(dst, v)
	case string:
		return appendString(dst, v)
	case json.Number:
		return append(dst, v...)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case uint32:
		return strconv.AppendUint(dst, uint64(v), 10)
	case document:
		return appendObject(dst, v)
	case []any:
		return appendArray(dst, v)
	case []string:
		return appendArray(dst, v)
	default:
		return appendString(dst, fmt.Sprint(v))
	}
}

func appendObject(dst []byte, object document) []byte {
	var room [64]string
	names := slices.AppendSeq(room[:0], maps.Keys(object))
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, name), ':')
		dst = appendJSON(dst, object[name])
	}
	return append(dst, '}')
}

// member is one member of an object, written already.
type member struct {
	name string
	text raw
}

// members writes the members of an object once, in order, for appendOver.
func members(object document) []member {
	var list []member
	for _, name := range slices.Sorted(maps.Keys(object)) {
		list = append(list, member{name, raw(appendJSON(nil, object[name]))})
	}
	return list
}

// appendOver writes an object together with the defaults that it does not have itself.
func appendOver(dst []byte, object document, defaults []member) []byte {
	dst = appendObject(dst, object)
	dst = dst[:len(dst)-1]
	for _, d := range defaults {
		if _, has := object[d.name]; has {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(append(dst, d.name...), '"', ':')
		dst = append(dst, d.text...)
	}
	return append(dst, '}')
}

func appendArray[T any](dst []byte, items []T) []byte {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSON(dst, item)
	}
	return append(dst, ']')
}

const hexDigits = "0123456789abcdef"

// appendString writes a JSON string; only quotes, backslashes and control characters are escaped.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		start = i + 1
	}
	return append(append(dst, s[start:]...), '"')
}
