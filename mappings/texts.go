package mappings

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"html"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text1 makes a function of one text.
func text1(fn func(string) string) impl {
	return func(_ *frame, args []any) (any, error) {
		s, err := asText(args[0])
		if err != nil {
			return nil, err
		}
		return fn(s), nil
	}
}

// text2 makes a function of two texts that gives a text.
func text2(fn func(a, b string) string) impl {
	return func(_ *frame, args []any) (any, error) {
		a, b, err := twoTexts(args)
		if err != nil {
			return nil, err
		}
		return fn(a, b), nil
	}
}

// textTest makes a function of two texts that gives true or false.
func textTest(fn func(a, b string) bool) impl {
	return func(_ *frame, args []any) (any, error) {
		a, b, err := twoTexts(args)
		if err != nil {
			return nil, err
		}
		return fn(a, b), nil
	}
}

func twoTexts(args []any) (a, b string, err error) {
	if a, err = asText(args[0]); err != nil {
		return "", "", err
	}
	b, err = asText(args[1])
	return a, b, err
}

// intAndText reads the arguments of trunc, repeat and their like.
func intAndText(args []any) (n int, s string, err error) {
	if n, err = asInt(args[0]); err != nil {
		return 0, "", err
	}
	s, err = asText(args[len(args)-1])
	return n, s, err
}

func printAll(_ *frame, args []any) (any, error) {
	var b []byte
	for _, a := range args {
		var err error
		if b, err = appendText(b, a); err != nil {
			return nil, err
		}
		if len(b) > maxText {
			return nil, errTooLong
		}
	}
	return string(b), nil
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
func nospace(s string) string { return strings.Join(strings.Fields(s), "") }

func replace(_ *frame, args []any) (any, error) {
	old, fresh, err := twoTexts(args)
	if err != nil {
		return nil, err
	}
	s, err := asText(args[2])
	if err != nil || old == "" {
		return s, err
	}
	if len(s)+strings.Count(s, old)*(len(fresh)-len(old)) > maxText {
		return nil, errTooLong
	}
	return strings.ReplaceAll(s, old, fresh), nil
}

// truncate counts as Kustomer's validator does: UTF-16 units.
func truncate(_ *frame, args []any) (any, error) {
	n, s, err := intAndText(args)
	if err != nil {
		return nil, err
	}
	if n >= 0 {
		return firstUnits(s, n), nil
	}
	return lastUnits(s, -n), nil
}

func firstUnits(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i, r := range s {
		if n -= units(r); n < 0 {
			return s[:i]
		}
	}
	return s
}

func lastUnits(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := len(s); i > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if n -= units(r); n < 0 {
			return s[i:]
		}
		i -= size
	}
	return s
}

// units is the length of a character in UTF-16.
func units(r rune) int {
	if r > 0xFFFF {
		return 2
	}
	return 1
}

func substr(_ *frame, args []any) (any, error) {
	start, s, err := intAndText(args)
	if err != nil {
		return nil, err
	}
	end, err := asInt(args[1])
	if err != nil {
		return nil, err
	}
	length := utf8.RuneCountInString(s)
	if end < 0 || end > length {
		end = length
	}
	if start = max(start, 0); start >= end {
		return "", nil
	}
	return s[byteOffset(s, start):byteOffset(s, end)], nil
}

// byteOffset is where the nth character begins.
func byteOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func repeat(_ *frame, args []any) (any, error) {
	n, s, err := intAndText(args)
	switch {
	case err != nil:
		return nil, err
	case n <= 0 || s == "":
		return "", nil
	case n > maxText/len(s):
		return nil, errTooLong
	}
	return strings.Repeat(s, n), nil
}

func indent(_ *frame, args []any) (any, error) {
	n, s, err := intAndText(args)
	if err != nil {
		return nil, err
	}
	if n < 0 || n > 100 {
		return nil, errors.New("wants between 0 and 100 spaces")
	}
	if len(s)+(strings.Count(s, "\n")+1)*n > maxText {
		return nil, errTooLong
	}
	spaces := strings.Repeat(" ", n)
	return spaces + strings.ReplaceAll(s, "\n", "\n"+spaces), nil
}

func quote(_ *frame, args []any) (any, error) {
	s, err := asText(args[0])
	if err != nil {
		return nil, err
	}
	b, err := appendJSONString(nil, s)
	return string(b), err
}

func hash(_ *frame, args []any) (any, error) {
	b, err := appendText(nil, args[0])
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

func escapeHTML(s string) string   { return html.EscapeString(s) }
func unescapeHTML(s string) string { return html.UnescapeString(s) }
func escapeQuery(s string) string  { return url.QueryEscape(s) }

// isInvisible says whether a character shows nothing: controls, zero-width and bidirectional marks.
func isInvisible(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.IsSpace(r)
}
