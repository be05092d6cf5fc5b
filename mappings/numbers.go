package mappings

import (
	"encoding/json"
	"errors"
	"math/big"
	"strconv"
	"strings"

	"github.com/kustsync/kustsync/mappings/decimal"
)

func toInt(_ *frame, args []any) (any, error) {
	switch v := args[0].(type) {
	case int64:
		return v, nil
	case string:
		return parseInt(strings.TrimSpace(v))
	case json.Number:
		return parseInt(string(v))
	}
	if isEmpty(args[0]) {
		return "", nil
	}
	r, err := toRat(args[0])
	if err != nil {
		return nil, err
	}
	if !r.IsInt() {
		return nil, notWhole(shown(args[0]))
	}
	return ratValue(r)
}

// parseInt reads digits with an optional sign, and a fraction of zeros. An exponent is refused:
// who writes an id as 3.3E+11 has lost its last digits already.
func parseInt(s string) (any, error) {
	if s == "" {
		return "", nil
	}
	n, err := decimal.Parse(s)
	if errors.Is(err, decimal.ErrTooLarge) {
		return nil, err
	}
	if _, fits := n.Exponent(); err == nil && n.HasExponent() && fits {
		return nil, &ValueError{Message: "a whole number in scientific notation may have lost digits; take it from a column that shows all of them", Value: s}
	}
	whole, _, _ := strings.Cut(s, ".")
	if err != nil || !n.IsWhole() || strings.Trim(whole, "+-") == "" {
		return nil, notWhole(s)
	}
	if i, err := strconv.ParseInt(whole, 10, 64); err == nil {
		return i, nil
	}
	r, err := parseRat(whole)
	if err != nil {
		return nil, err
	}
	return ratValue(r)
}

func notWhole(s string) error { return &ValueError{Message: "not a whole number", Value: s} }

func toNumber(_ *frame, args []any) (any, error) {
	if s, ok := args[0].(string); ok && strings.TrimSpace(s) == "" || isEmpty(args[0]) {
		return "", nil
	}
	r, err := toRat(args[0])
	if err != nil {
		return nil, err
	}
	return ratValue(r)
}

// fold makes a function that combines numbers from left to right, exactly.
func fold(combine func(a, b *big.Rat) (*big.Rat, error)) impl {
	return func(_ *frame, args []any) (any, error) {
		total, err := toRat(args[0])
		for i := 1; i < len(args) && err == nil; i++ {
			var next *big.Rat
			if next, err = toRat(args[i]); err != nil {
				break
			}
			if total, err = combine(total, next); err == nil {
				_, err = decimal.FormatRat(total)
			}
		}
		if err != nil {
			return nil, err
		}
		return ratValue(total)
	}
}

func addRat(a, b *big.Rat) (*big.Rat, error) { return new(big.Rat).Add(a, b), nil }
func subRat(a, b *big.Rat) (*big.Rat, error) { return new(big.Rat).Sub(a, b), nil }
func mulRat(a, b *big.Rat) (*big.Rat, error) { return new(big.Rat).Mul(a, b), nil }

var errZero = errors.New("division by zero")

func divRat(a, b *big.Rat) (*big.Rat, error) {
	if b.Sign() == 0 {
		return nil, errZero
	}
	return new(big.Rat).Quo(a, b), nil
}

func modRat(a, b *big.Rat) (*big.Rat, error) {
	if !a.IsInt() || !b.IsInt() {
		return nil, errors.New("wants whole numbers")
	}
	if b.Sign() == 0 {
		return nil, errZero
	}
	return new(big.Rat).SetInt(new(big.Int).Rem(a.Num(), b.Num())), nil
}

func minRat(a, b *big.Rat) (*big.Rat, error) {
	if b.Cmp(a) < 0 {
		return b, nil
	}
	return a, nil
}

func maxRat(a, b *big.Rat) (*big.Rat, error) {
	if b.Cmp(a) > 0 {
		return b, nil
	}
	return a, nil
}

// rounded makes a function of one number; an empty value stays empty.
func rounded(fn func(*big.Rat) *big.Rat) impl {
	return func(_ *frame, args []any) (any, error) {
		if isEmpty(args[0]) {
			return "", nil
		}
		r, err := toRat(args[0])
		if err != nil {
			return nil, err
		}
		return ratValue(fn(r))
	}
}

// floorRat relies on a Rat's denominator being positive, for which Int.Div rounds down.
func floorRat(r *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Div(r.Num(), r.Denom()))
}

func ceilRat(r *big.Rat) *big.Rat {
	down := floorRat(new(big.Rat).Neg(r))
	return down.Neg(down)
}

func absRat(r *big.Rat) *big.Rat { return new(big.Rat).Abs(r) }

func bindRound(s *site) impl {
	places := int64(0)
	if len(s.args) == 2 {
		n, ok := s.args[1].literal.(int64)
		if !ok || n < 0 || n > decimal.MaxPlaces {
			return s.fault(1, "the places must be a number from 0 to 12, written out", "write round .amount 2")
		}
		places = n
	}
	return rounded(func(r *big.Rat) *big.Rat {
		text := r.FloatString(int(places))
		nearest, ok := new(big.Rat).SetString(text)
		if !ok {
			return r
		}
		return nearest
	})
}
