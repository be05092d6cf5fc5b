package mappings

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"

	"github.com/kustsync/kustsync/mappings/decimal"
)

var errEmptyNumber = errors.New("a number is empty; give it one first: {{ default 0 .column }}")

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

// parseRat reads a decimal number exactly.
func parseRat(s string) (*big.Rat, error) {
	r, err := decimal.ParseRat(s)
	if errors.Is(err, decimal.ErrSyntax) {
		return nil, &ValueError{Message: "not a number (digits with an optional sign, point and exponent)", Value: s}
	}
	return r, err
}

// ratValue is a number as templates hold it: int64, or a json.Number with every digit.
func ratValue(r *big.Rat) (any, error) {
	if r.IsInt() && r.Num().IsInt64() {
		return r.Num().Int64(), nil
	}
	text, err := decimal.FormatRat(r)
	if err != nil {
		return nil, err
	}
	return json.Number(text), nil
}
