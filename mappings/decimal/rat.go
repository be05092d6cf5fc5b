package decimal

import (
	"math/big"
	"strings"
)

// MaxPlaces is how many digits after the point FormatRat writes for a number that has no end, such as 1/3.
const MaxPlaces = 12

// ParseRat reads all of a text as an exact number to calculate with. The error is ErrTooLarge when the text is
// longer than MaxDigits bytes or its exponent is beyond MaxDigits in size, else ErrSyntax. A text whose exponent
// does not fit into an int is no number to it.
func ParseRat(text string) (*big.Rat, error) {
	n, err := Parse(text)
	if err != nil {
		return nil, err
	}
	exponent, ok := n.Exponent()
	if !ok {
		return nil, ErrSyntax
	}
	if exponent > MaxDigits || exponent < -MaxDigits {
		return nil, ErrTooLarge
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, ErrSyntax
	}
	return r, nil
}

// FormatRat writes a number without an exponent: all of its digits when they end, else MaxPlaces of them after the
// point, rounded and without trailing zeros. The error is ErrTooLarge.
func FormatRat(r *big.Rat) (string, error) {
	// 2^1330 is about 10^400.
	if r.Num().BitLen() > 1330+r.Denom().BitLen() || r.Denom().BitLen() > 8*MaxDigits {
		return "", ErrTooLarge
	}
	if r.IsInt() {
		return r.Num().String(), nil
	}
	digits, exact := r.FloatPrec()
	if exact {
		return r.FloatString(digits), nil
	}
	text := strings.TrimRight(r.FloatString(MaxPlaces), "0")
	text = strings.TrimSuffix(text, ".")
	if text == "-0" {
		text = "0"
	}
	return text, nil
}

// WithoutExponent writes a number of JSON without its exponent. A number without one stays as it is written, and so
// does one that ParseRat or FormatRat refuses.
func WithoutExponent(text string) string {
	if !strings.ContainsAny(text, "eE") {
		return text
	}
	r, err := ParseRat(text)
	if err != nil {
		return text
	}
	plain, err := FormatRat(r)
	if err != nil {
		return text
	}
	return plain
}
