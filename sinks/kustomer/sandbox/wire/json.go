// Package wire is the JSON that the sandbox reads and writes: documents, ids, times and links in the form that
// Kustomer gives them.
package wire

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

// Document is a JSON object as the sandbox reads, keeps and writes it. Its values are nil, bool, string,
// json.Number, []any and Document; answers also hold Raw, RawBytes, int, uint32 and []string.
type Document = map[string]any

// Raw is JSON text that AppendJSON writes as it is.
type Raw string

// RawBytes is JSON text that AppendJSON writes as it is.
type RawBytes []byte

// maxDepth bounds the nesting of a body; Kustomer's own bound is not known.
const maxDepth = 100

// Decode reads one JSON value of any type and nothing after it. Numbers keep every digit. Text that is not UTF-8
// and values that are nested more than 100 levels deep are errors.
func Decode(text []byte) (any, error) {
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
	if deeperThan(v, maxDepth) {
		return nil, fmt.Errorf("nested more than %d levels deep", maxDepth)
	}
	return v, nil
}

// deeperThan reports whether v has more than limit levels of lists and objects.
func deeperThan(v any, limit int) bool {
	switch v := v.(type) {
	case Document:
		for _, member := range v {
			if limit == 0 || deeperThan(member, limit-1) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if limit == 0 || deeperThan(item, limit-1) {
				return true
			}
		}
	}
	return false
}

// TypeOf names the JSON type of a decoded value: null, boolean, string, number, array or object.
func TypeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		return "number"
	case []any:
		return "array"
	default:
		return "object"
	}
}

// Text is a string member of a document; "" when there is none.
func Text(d Document, name string) string {
	s, ok := d[name].(string)
	if !ok {
		return ""
	}
	return s
}

// JSON writes a value, see AppendJSON.
func JSON(v any) []byte { return AppendJSON(nil, v) }

// AppendJSON appends a value as JSON. The members of objects come in order of their names, so that equal values
// give equal text.
func AppendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case Raw:
		return append(dst, v...)
	case RawBytes:
		return append(dst, v...)
	case bool:
		return strconv.AppendBool(dst, v)
	case string:
		return AppendString(dst, v)
	case json.Number:
		return append(dst, v...)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case uint32:
		return strconv.AppendUint(dst, uint64(v), 10)
	case Document:
		return appendObject(dst, v)
	case []any:
		return appendArray(dst, v)
	case []string:
		return appendArray(dst, v)
	default:
		return AppendString(dst, fmt.Sprint(v))
	}
}

func appendObject(dst []byte, object Document) []byte {
	var room [64]string
	names := slices.AppendSeq(room[:0], maps.Keys(object))
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendString(dst, name), ':')
		dst = AppendJSON(dst, object[name])
	}
	return append(dst, '}')
}

func appendArray[T any](dst []byte, items []T) []byte {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = AppendJSON(dst, item)
	}
	return append(dst, ']')
}

const hexDigits = "0123456789abcdef"

// AppendString appends a JSON string; only quotes, backslashes and control characters are escaped.
func AppendString(dst []byte, s string) []byte {
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
