package mappings

import (
	"encoding/json"
	"errors"
	"math/big"
	"strconv"
	"strings"
)

const (
	// maxDigits bounds a number: its digits as written, and its power of ten.
	maxDigits = 400
	// quotientDigits is how many decimals a division keeps when it does not end.
	quotientDigits = 12
)

var (
	errTooLarge    = errors.New("the number has more than 400 digits")
	errEmptyNumber = errors.New("a number is empty; give it one first: {{ default 0 .column }}")
)

// toRat reads a number exactly. Text counts when it is written as a number ("12.50", not "1,250").
func toRat(v any) (*big.Rat, error) {
	switch v := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(v), nil
	case int:
		return new(big.Rat).SetInt64(int64(v)), nil
	case float64:
		text, err := asText(v)
		if err != nil {
			return nil, err
		}
		return parseRat(text)
	case json.Number:
		return parseRat(string(v))
	case string:
		if v == "" {
			return nil, errEmptyNumber
		}
		return parseRat(strings.TrimSpace(v))
	case nil, null:
		return nil, errEmptyNumber
	}
	return nil, errors.New("wants a number, got " + kindOf(v))
}

// parseRat accepts [+-]digits[.digits][e[+-]digits] and nothing else: no hex, no octal, no
// fraction, no separator of thousands, no currency.
func parseRat(s string) (*big.Rat, error) {
	if len(s) > maxDigits {
		return nil, errTooLarge
	}
	exponent, ok := scanNumber(s)
	if !ok {
		return nil, &ValueError{Message: "not a number (digits with an optional sign, point and exponent)", Value: s}
	}
	if exponent > maxDigits || exponent < -maxDigits {
		return nil, errTooLarge
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, &ValueError{Message: "not a number", Value: s}
	}
	return r, nil
}

// scanNumber checks the form of a number and returns its exponent.
func scanNumber(s string) (exponent int, ok bool) {
	rest := strings.TrimLeft(s, "+-")
	if len(s)-len(rest) > 1 {
		return 0, false
	}
	mantissa, power := rest, ""
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		mantissa, power = rest[:i], rest[i+1:]
		n, err := strconv.Atoi(power)
		if err != nil {
			return 0, false
		}
		exponent = n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return exponent, whole+fraction != "" && allDigits(whole) && allDigits(fraction)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// plainNumber is a JSON number without its exponent, digit for digit as written otherwise.
func plainNumber(s string) string {
	if !strings.ContainsAny(s, "eE") {
		return s
	}
	r, err := parseRat(s)
	if err != nil {
		return s
	}
	text, err := ratText(r)
	if err != nil {
		return s
	}
	return text
}

// ratText writes a number without exponent; one that does not end keeps 12 decimals.
func ratText(r *big.Rat) (string, error) {
	// 2^1330 is about 10^400.
	if r.Num().BitLen() > 1330+r.Denom().BitLen() || r.Denom().BitLen() > 8*maxDigits {
		return "", errTooLarge
	}
	if r.IsInt() {
		return r.Num().String(), nil
	}
	digits, exact := r.FloatPrec()
	if exact {
		return r.FloatString(digits), nil
	}
	text := strings.TrimRight(r.FloatString(quotientDigits), "0")
	text = strings.TrimSuffix(text, ".")
	if text == "-0" {
		text = "0"
	}
	return text, nil
}

// ratValue is a number as templates hold it: int64, or a json.Number with every digit.
func ratValue(r *big.Rat) (any, error) {
	if r.IsInt() && r.Num().IsInt64() {
		return r.Num().Int64(), nil
	}
	text, err := ratText(r)
	if err != nil {
		return nil, err
	}
	return json.Number(text), nil
}
