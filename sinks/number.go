package sinks

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// decimal is a decimal number in parts, so that no digit is lost on the way to JSON.
type decimal struct {
	negative    bool
	whole, frac string // digits before and after the point; whole has no leading zeros
	exp         string // "e-7", "" without one
}

// maxDigits bounds the text of a number.
const maxDigits = 400

// parseDecimal reads an optional sign, digits with an optional point, and an optional exponent.
func parseDecimal(text string) (decimal, bool) {
	if len(text) > maxDigits {
		return decimal{}, false
	}
	var d decimal
	rest := text
	switch {
	case strings.HasPrefix(rest, "-"):
		d.negative, rest = true, rest[1:]
	case strings.HasPrefix(rest, "+"):
		rest = rest[1:]
	}
	whole, rest := digits(rest)
	if strings.HasPrefix(rest, ".") {
		d.frac, rest = digits(rest[1:])
	}
	if whole == "" && d.frac == "" {
		return decimal{}, false
	}
	d.whole = strings.TrimLeft(whole, "0")
	if d.whole == "" {
		d.whole = "0"
	}
	var ok bool
	d.exp, ok = exponent(rest)
	return d, ok
}

// digits splits text after its leading digits.
func digits(text string) (leading, rest string) {
	i := 0
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	return text[:i], text[i:]
}

// exponent reads all of text as "", or as e or E, an optional sign and digits.
func exponent(text string) (string, bool) {
	if text == "" {
		return "", true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return "", false
	}
	sign, rest := "", text[1:]
	switch {
	case strings.HasPrefix(rest, "-"):
		sign, rest = "-", rest[1:]
	case strings.HasPrefix(rest, "+"):
		rest = rest[1:]
	}
	power, rest := digits(rest)
	return "e" + sign + power, power != "" && rest == ""
}

// isWhole reports whether d is written as a whole number: 3 and 3.0 are, 3e0 and 3.5 are not.
func (d decimal) isWhole() bool { return d.exp == "" && strings.Trim(d.frac, "0") == "" }

// isZero reports whether all digits of d are zeros.
func (d decimal) isZero() bool { return d.whole == "0" && strings.Trim(d.frac, "0") == "" }

// JSON writes d as a JSON number: no plus sign, no leading zeros, no lone point.
func (d decimal) JSON() json.Number {
	var few [40]byte
	return json.Number(d.append(few[:0]))
}

// append appends what JSON returns.
func (d decimal) append(b []byte) []byte {
	if d.negative && !d.isZero() {
		b = append(b, '-')
	}
	b = append(b, d.whole...)
	if d.frac != "" {
		b = append(append(b, '.'), d.frac...)
	}
	return append(b, d.exp...)
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
