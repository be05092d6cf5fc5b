package values

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"

	"github.com/kustsync/kustsync/mappings/decimal"
)

var errEmptyNumber = errors.New("a number is empty; give it one first: {{ default 0 .column }}")

// Rat returns a value as an exact number. Text counts when it is written as a number ("12.50", not "1,250"). An
// empty value is an error, and so is a number that ParseRat refuses.
func Rat(v any) (*big.Rat, error) {
	switch v := v.(type) {
	case int64:
		return new(big.Rat).SetInt64(v), nil
	case int:
		return new(big.Rat).SetInt64(int64(v)), nil
	case float64:
		text, err := Text(v)
		if err != nil {
			return nil, err
		}
		return ParseRat(text)
	case json.Number:
		return ParseRat(string(v))
	case string:
		if v == "" {
			return nil, errEmptyNumber
		}
		return ParseRat(strings.TrimSpace(v))
	case nil, null:
		return nil, errEmptyNumber
	}
	return nil, errors.New("wants a number, got " + KindOf(v))
}

// ParseRat reads a text as an exact number. The error is an *Error for what is no number, else decimal.ErrTooLarge.
func ParseRat(s string) (*big.Rat, error) {
	r, err := decimal.ParseRat(s)
	if errors.Is(err, decimal.ErrSyntax) {
		return nil, &Error{Message: "not a number (digits with an optional sign, point and exponent)", Value: s}
	}
	return r, err
}

// FromRat returns a number as a value: an int64, or a json.Number with every digit where it has a fraction or does
// not fit. The error is decimal.ErrTooLarge.
func FromRat(r *big.Rat) (any, error) {
	if r.IsInt() && r.Num().IsInt64() {
		return r.Num().Int64(), nil
	}
	text, err := decimal.FormatRat(r)
	if err != nil {
		return nil, err
	}
	return json.Number(text), nil
}
