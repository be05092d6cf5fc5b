// Package decimal reads and writes decimal numbers by their digits, so that no digit is lost.
//
// A number is written as an optional sign, digits with an optional point, and an optional exponent: 12.50,
// -.5, 5., +1.2E-13. Nothing else is a number: no hex, no octal, no fraction, no separator of thousands, no
// currency, no space.
package decimal

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

// MaxDigits bounds the text of a number in bytes and, for a Rat, its power of ten.
const MaxDigits = 400

var (
	// ErrSyntax is the error for a text that is no decimal number.
	ErrSyntax = errors.New("not a decimal number")
	// ErrTooLarge is the error for a number beyond MaxDigits.
	ErrTooLarge = errors.New("the number has more than 400 digits")
)

// Number is a decimal number as it was written, except for plus signs and leading zeros.
type Number struct {
	negative    bool
	whole, frac string // the digits before and after the point; whole has no leading zeros and is never empty
	exponent    string // "e-7"; "" without one
}

// Parse reads all of a text as a number. The error is ErrTooLarge when the text is longer than MaxDigits bytes,
// else ErrSyntax. The exponent may have any size.
func Parse(text string) (Number, error) {
	if len(text) > MaxDigits {
		return Number{}, ErrTooLarge
	}
	var n Number
	rest := text
	switch {
	case strings.HasPrefix(rest, "-"):
		n.negative, rest = true, rest[1:]
	case strings.HasPrefix(rest, "+"):
		rest = rest[1:]
	}
	whole, rest := cutDigits(rest)
	if strings.HasPrefix(rest, ".") {
		n.frac, rest = cutDigits(rest[1:])
	}
	if whole == "" && n.frac == "" {
		return Number{}, ErrSyntax
	}
	if n.whole = strings.TrimLeft(whole, "0"); n.whole == "" {
		n.whole = "0"
	}
	var ok bool
	if n.exponent, ok = parseExponent(rest); !ok {
		return Number{}, ErrSyntax
	}
	return n, nil
}

// cutDigits splits a text after its leading digits.
func cutDigits(text string) (digits, rest string) {
	i := 0
	for i < len(text) && '0' <= text[i] && text[i] <= '9' {
		i++
	}
	return text[:i], text[i:]
}

// parseExponent reads all of a text as "", or as e or E, an optional sign and digits.
func parseExponent(text string) (exponent string, ok bool) {
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
	power, rest := cutDigits(rest)
	return "e" + sign + power, power != "" && rest == ""
}

// HasExponent reports whether n was written with an exponent, even with e0.
func (n Number) HasExponent() bool { return n.exponent != "" }

// Exponent returns the exponent of n, 0 when it has none. False: the exponent does not fit into an int.
func (n Number) Exponent() (int, bool) {
	if n.exponent == "" {
		return 0, true
	}
	power, err := strconv.Atoi(n.exponent[1:])
	return power, err == nil
}

// IsWhole reports whether n is written as a whole number: 3 and 3.0 are, 3e0 and 3.5 are not.
func (n Number) IsWhole() bool { return n.exponent == "" && strings.Trim(n.frac, "0") == "" }

// isZero reports whether all digits of n are zeros.
func (n Number) isZero() bool { return n.whole == "0" && strings.Trim(n.frac, "0") == "" }

// WithoutFraction returns n without the digits after its point.
func (n Number) WithoutFraction() Number {
	n.frac = ""
	return n
}

// JSON writes n as a JSON number: no plus sign, no leading zeros, no point without digits on both sides, no
// minus sign before zero, and otherwise the digits that were read.
func (n Number) JSON() json.Number {
	var buffer [40]byte
	return json.Number(n.Append(buffer[:0]))
}

// Append appends to b what JSON returns.
func (n Number) Append(b []byte) []byte {
	if n.negative && !n.isZero() {
		b = append(b, '-')
	}
	b = append(b, n.whole...)
	if n.frac != "" {
		b = append(append(b, '.'), n.frac...)
	}
	return append(b, n.exponent...)
}

// finiteDigits is a count of digits before the point that a float64 can hold whatever the digits are; the
// largest float64 has 309.
const finiteDigits = 300

// FitsFloat64 reports whether n is within the range of a float64, which may hold fewer digits than n has.
func (n Number) FitsFloat64() bool {
	if n.exponent == "" && len(n.whole) <= finiteDigits {
		return true
	}
	_, ok := n.Float64()
	return ok
}

// Float64 returns the float64 that is nearest to n. False: n is beyond the range of a float64.
func (n Number) Float64() (float64, bool) {
	f, err := n.JSON().Float64()
	return f, err == nil
}
