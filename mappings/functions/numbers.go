package functions

import (
	"encoding/json"
	"errors"
	"math/big"
	"strconv"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/decimal"
	"github.com/kustsync/kustsync/mappings/values"
)

func numberFunctions() []Function {
	const g = "number"
	return []Function{
		{"int", g, `int A`,
			`A whole number, with every digit: "077" is 77, "12.0" is 12, "12a" and "3.3E+11" reject the ` +
				`row; "" gives "".`,
			`{{ int "077" }}`, "77", run(toInt)},
		{"number", g, `number A`,
			`A number: digits with an optional sign, point and exponent, nothing else; "1.10" is 1.1, ` +
				`"1,234" rejects the row; "" gives "".`,
			`{{ number "12.50" }}`, "12.5", run(toNumber)},
		{"add", g, `add A B...`,
			"The sum. Numbers are exact; an empty one rejects the row.",
			`{{ add 0.1 0.2 }}`, "0.3", run(fold(addRat))},
		{"sub", g, `sub A B`,
			"A minus B.",
			`{{ sub 5 2.5 }}`, "2.5", ordered(run(fold(subRat)))},
		{"mul", g, `mul A B...`,
			"The product.",
			`{{ mul 1.1 3 }}`, "3.3", run(fold(mulRat))},
		{"div", g, `div A B`,
			"A divided by B; a quotient that does not end keeps 12 decimals.",
			`{{ div 1999 100 }}`, "19.99", ordered(run(fold(divRat)))},
		{"mod", g, `mod A B`,
			"What is left when the whole number A is divided by the whole number B; it has the sign of A.",
			`{{ mod 7 3 }}`, "1", ordered(run(fold(modRat)))},
		{"round", g, `round A [PLACES]`,
			"To that many decimals, halves away from zero.",
			`{{ round 2.345 2 }}`, "2.35", bindRound},
		{"floor", g, `floor A`,
			"The whole number at or below.",
			`{{ floor 2.7 }}`, "2", run(rounded(floorRat))},
		{"ceil", g, `ceil A`,
			"The whole number at or above.",
			`{{ ceil 2.1 }}`, "3", run(rounded(ceilRat))},
		{"abs", g, `abs A`,
			"Without its sign.",
			`{{ abs -3 }}`, "3", run(rounded(absRat))},
		{"min", g, `min A...`,
			"The least.",
			`{{ min 3 1 2 }}`, "1", run(fold(minRat))},
		{"max", g, `max A...`,
			"The greatest.",
			`{{ max 3 1 2 }}`, "3", run(fold(maxRat))},
	}
}

func toInt(_ *mappings.Frame, args []any) (any, error) {
	switch v := args[0].(type) {
	case int64:
		return v, nil
	case string:
		return parseInt(strings.TrimSpace(v))
	case json.Number:
		return parseInt(string(v))
	}
	if values.IsEmpty(args[0]) {
		return "", nil
	}
	r, err := values.Rat(args[0])
	if err != nil {
		return nil, err
	}
	if !r.IsInt() {
		return nil, notWhole(values.Shown(args[0]))
	}
	return values.FromRat(r)
}

// parseInt reads digits with an optional sign, and a fraction of zeros. An exponent is an error: an id that is written
// as 3.3E+11 has lost its last digits already.
func parseInt(s string) (any, error) {
	if s == "" {
		return "", nil
	}
	n, err := decimal.Parse(s)
	if errors.Is(err, decimal.ErrTooLarge) {
		return nil, err
	}
	if _, fits := n.Exponent(); err == nil && n.HasExponent() && fits {
		return nil, &values.Error{Message: "a whole number in scientific notation may have lost digits; take it from a column that shows all of them", Value: s}
	}
	whole, _, _ := strings.Cut(s, ".")
	if err != nil || !n.IsWhole() || strings.Trim(whole, "+-") == "" {
		return nil, notWhole(s)
	}
	if i, err := strconv.ParseInt(whole, 10, 64); err == nil {
		return i, nil
	}
	r, err := values.ParseRat(whole)
	if err != nil {
		return nil, err
	}
	return values.FromRat(r)
}

func notWhole(s string) error { return &values.Error{Message: "not a whole number", Value: s} }

func toNumber(_ *mappings.Frame, args []any) (any, error) {
	if s, ok := args[0].(string); ok && strings.TrimSpace(s) == "" || values.IsEmpty(args[0]) {
		return "", nil
	}
	r, err := values.Rat(args[0])
	if err != nil {
		return nil, err
	}
	return values.FromRat(r)
}

// fold returns a function that combines numbers from left to right, exactly.
func fold(combine func(a, b *big.Rat) (*big.Rat, error)) mappings.Func {
	return func(_ *mappings.Frame, args []any) (any, error) {
		total, err := values.Rat(args[0])
		for i := 1; i < len(args) && err == nil; i++ {
			var next *big.Rat
			if next, err = values.Rat(args[i]); err != nil {
				break
			}
			if total, err = combine(total, next); err == nil {
				_, err = decimal.FormatRat(total)
			}
		}
		if err != nil {
			return nil, err
		}
		return values.FromRat(total)
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

// rounded returns a function of one number. An empty argument gives "".
func rounded(fn func(*big.Rat) *big.Rat) mappings.Func {
	return func(_ *mappings.Frame, args []any) (any, error) {
		if values.IsEmpty(args[0]) {
			return "", nil
		}
		r, err := values.Rat(args[0])
		if err != nil {
			return nil, err
		}
		return values.FromRat(fn(r))
	}
}

// floorRat rounds down. Int.Div does so because the denominator of a Rat is positive.
func floorRat(r *big.Rat) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Div(r.Num(), r.Denom()))
}

func ceilRat(r *big.Rat) *big.Rat {
	down := floorRat(new(big.Rat).Neg(r))
	return down.Neg(down)
}

func absRat(r *big.Rat) *big.Rat { return new(big.Rat).Abs(r) }

func bindRound(c *mappings.Call) mappings.Func {
	places := int64(0)
	if c.Args() == 2 {
		n, ok := c.Literal(1).(int64)
		if !ok || n < 0 || n > decimal.MaxPlaces {
			return c.Refuse(1, "the places must be a number from 0 to 12, written out", "write round .amount 2")
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
