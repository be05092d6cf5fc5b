package decimal

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// grammar says in another way what Parse accepts.
var grammar = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$`)

// texts generates numbers of every form and texts that are nearly numbers.
func texts() *rapid.Generator[string] {
	const fraction, exponent = `(\.[0-9]{0,30})?`, `([eE][+-]?[0-9]{1,3})?`
	return rapid.OneOf(
		rapid.StringMatching(`[+-]?[0-9]{1,30}`+fraction+exponent),
		rapid.StringMatching(`[+-]?\.[0-9]{1,30}`+exponent),
		rapid.StringMatching(`[+-]?0{1,5}`+fraction+exponent),
		rapid.StringMatching(`[+-]{0,2}[0-9]{0,3}[._, x/]{0,2}[0-9]{0,3}([eEpP][+-]{0,2}[0-9]{0,3})?`),
	)
}

// TestParseAgreesWithBig compares each way to read and write a number with math/big.
func TestParseAgreesWithBig(t *testing.T) {
	numbers := 0
	rapid.Check(t, func(t *rapid.T) {
		text := texts().Draw(t, "text")
		if checkNumber(t, text) {
			numbers++
		}
	})
	if numbers < 10 {
		t.Errorf("only %d of the texts were numbers", numbers)
	}
}

// FuzzParse does the same with any text.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"0", "-0", "+.5e-7", "5.", "0012.3400", "1e400", "-1E+401", "1e99999999999999999999", "0x1p3", "1_000", ".", "1/3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkNumber(t, text) })
}

type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkNumber says whether a text is a number, and fails the test where this package and math/big disagree.
func checkNumber(t reporter, text string) bool {
	t.Helper()
	n, err := Parse(text)
	if len(text) > MaxDigits {
		if !errors.Is(err, ErrTooLarge) {
			t.Fatalf("Parse of %d bytes gives the error %v, want ErrTooLarge", len(text), err)
		}
		return false
	}
	if isNumber := grammar.MatchString(text); (err == nil) != isNumber || err != nil && !errors.Is(err, ErrSyntax) {
		t.Fatalf("Parse(%q) gives the error %v; that the text is a number is %v", text, err, isNumber)
	}
	r, ratErr := ParseRat(text)
	if err != nil {
		if !errors.Is(ratErr, ErrSyntax) {
			t.Fatalf("ParseRat(%q) gives the error %v, Parse gives %v", text, ratErr, err)
		}
		return false
	}
	if number := n.JSON(); !json.Valid([]byte(number)) {
		t.Fatalf("%q is written as %s, which is not JSON", text, number)
	}
	if exponent, fits := n.Exponent(); !fits || max(exponent, -exponent) > MaxDigits {
		if ratErr == nil {
			t.Fatalf("ParseRat(%q) has no error; want one, for its exponent", text)
		}
		return true
	}
	want, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is a number here and none for math/big", text)
	}
	if ratErr != nil || r.Cmp(want) != 0 {
		t.Fatalf("ParseRat(%q) = %v, %v; want %v", text, r, ratErr, want)
	}
	checkNumberWritten(t, text, n, want)
	return true
}

func checkNumberWritten(t reporter, text string, n Number, want *big.Rat) {
	t.Helper()
	if again, ok := new(big.Rat).SetString(n.JSON().String()); !ok || again.Cmp(want) != 0 {
		t.Fatalf("%q is written as %s, which is another number", text, n.JSON())
	}
	if !n.HasExponent() && n.IsWhole() != want.IsInt() || n.HasExponent() && n.IsWhole() {
		t.Fatalf("IsWhole of %q is %v", text, n.IsWhole())
	}
	if n.isZero() != (want.Sign() == 0) {
		t.Fatalf("isZero of %q is %v", text, n.isZero())
	}
	f, fits := n.Float64()
	nearest, _ := want.Float64()
	if fits != !math.IsInf(nearest, 0) || fits && f != nearest || n.FitsFloat64() != fits {
		t.Fatalf("Float64 of %q = %v, %v and FitsFloat64 = %v; the nearest is %v", text, f, fits, n.FitsFloat64(), nearest)
	}
	plain, err := FormatRat(want)
	if err != nil {
		return // TestFormatRat has the limits
	}
	if again, ok := new(big.Rat).SetString(plain); !ok || again.Cmp(want) != 0 || strings.ContainsAny(plain, "eE+") {
		t.Fatalf("FormatRat of %q = %q, which is another number or has an exponent", text, plain)
	}
	if got := WithoutExponent(text); n.HasExponent() && got != plain || !n.HasExponent() && got != text {
		t.Fatalf("WithoutExponent(%q) = %q", text, got)
	}
}

// TestFormatRatRounds compares quotients that have no end with math/big.
func TestFormatRatRounds(t *testing.T) {
	half := big.NewRat(5, 1)
	for range MaxPlaces + 1 {
		half.Quo(half, big.NewRat(10, 1))
	}
	rapid.Check(t, func(t *rapid.T) {
		r := big.NewRat(rapid.Int64().Draw(t, "a"), rapid.Int64Range(1, math.MaxInt64).Draw(t, "b"))
		text, err := FormatRat(r)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := new(big.Rat).SetString(text)
		if !ok || text == "-0" {
			t.Fatalf("%v is written as %q", r, text)
		}
		off := got.Sub(got, r)
		if _, exact := r.FloatPrec(); exact && off.Sign() != 0 || off.Abs(off).Cmp(half) > 0 {
			t.Fatalf("%v is written as %s, which is %v off", r, text, off)
		}
	})
}

func TestFormatRat(t *testing.T) {
	huge := func(zeros int) string { return "1" + strings.Repeat("0", zeros) }
	tests := []struct{ numerator, denominator, want string }{
		{"1", "3", "0.333333333333"},
		{"2", "3", "0.666666666667"},
		{"-1", "3", "-0.333333333333"},
		{"-1", huge(13) + "3", "0"},
		{"30", "10", "3"},
		{"1", huge(20), "0." + strings.Repeat("0", 19) + "1"},
		{huge(399), "1", huge(399)},
		{huge(401), "1", ""},
		{huge(401), huge(2), huge(399)},
		{"1", huge(1000), ""},
	}
	for _, tt := range tests {
		r, _ := new(big.Rat).SetString(tt.numerator + "/" + tt.denominator)
		got, err := FormatRat(r)
		if wantErr := tt.want == ""; got != tt.want || wantErr != errors.Is(err, ErrTooLarge) {
			t.Errorf("FormatRat(%.30s/%.30s) = %q, %v; want %q", tt.numerator, tt.denominator, got, err, tt.want)
		}
	}
}

func TestParse(t *testing.T) {
	tests := []struct {
		text, json string // json "" where the text is no number
		whole      bool
	}{
		{"0", "0", true},
		{"-0", "0", true},
		{"-0.00", "0.00", true},
		{"+007", "7", true},
		{"12.50", "12.50", false},
		{"3.0", "3.0", true},
		{"3e0", "3e0", false},
		{".5", "0.5", false},
		{"-.5", "-0.5", false},
		{"5.", "5", true},
		{"1.2E+13", "1.2e13", false},
		{"1e-007", "1e-007", false},
		{"1e99999999999999999999", "1e99999999999999999999", false},
		{"", "", false},
		{".", "", false},
		{"-", "", false},
		{"+-1", "", false},
		{"1e", "", false},
		{"1e+-5", "", false},
		{"1,234", "", false},
		{"1_000", "", false},
		{"0x10", "", false},
		{" 1", "", false},
		{"1 ", "", false},
		{"1/3", "", false},
		{"Inf", "", false},
		{"NaN", "", false},
		{"١", "", false},
	}
	for _, tt := range tests {
		n, err := Parse(tt.text)
		if tt.json == "" {
			if !errors.Is(err, ErrSyntax) {
				t.Errorf("Parse(%q) = %v, %v; want ErrSyntax", tt.text, n, err)
			}
			continue
		}
		if err != nil || n.JSON().String() != tt.json || n.IsWhole() != tt.whole {
			t.Errorf("Parse(%q) = %s, whole %v, %v; want %s, whole %v", tt.text, n.JSON(), n.IsWhole(), err, tt.json, tt.whole)
		}
	}
}

// TestLimits shows the last number on this side of each limit and the first one beyond it.
func TestLimits(t *testing.T) {
	ones := func(n int) string { return strings.Repeat("1", n) }
	tests := []struct {
		name, text         string
		parse, rat         error
		hasExponent, float bool
	}{
		{name: "400 digits", text: ones(400)},
		{name: "401 digits", text: ones(401), parse: ErrTooLarge, rat: ErrTooLarge},
		{name: "401 letters", text: strings.Repeat("x", 401), parse: ErrTooLarge, rat: ErrTooLarge},
		{name: "largest digits of a float", text: ones(309), float: true},
		{name: "too many digits for a float", text: ones(310)},
		{name: "exponent 308", text: "1e308", hasExponent: true, float: true},
		{name: "exponent 309", text: "1e309", hasExponent: true},
		{name: "exponent 400", text: "1e400", hasExponent: true},
		{name: "exponent 401", text: "1e401", hasExponent: true, rat: ErrTooLarge},
		{name: "exponent -401", text: "1e-401", hasExponent: true, rat: ErrTooLarge, float: true},
		{name: "exponent beyond int", text: "1e" + ones(20), hasExponent: true, rat: ErrSyntax},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := Parse(tt.text)
			if !errors.Is(err, tt.parse) {
				t.Fatalf("Parse gives the error %v, want %v", err, tt.parse)
			}
			if _, err := ParseRat(tt.text); !errors.Is(err, tt.rat) {
				t.Errorf("ParseRat gives the error %v, want %v", err, tt.rat)
			}
			if err == nil && (n.HasExponent() != tt.hasExponent || n.FitsFloat64() != tt.float) {
				t.Errorf("HasExponent = %v, FitsFloat64 = %v", n.HasExponent(), n.FitsFloat64())
			}
		})
	}
}

func TestWithoutFraction(t *testing.T) {
	n, err := Parse("-3.00")
	if got := n.WithoutFraction().JSON(); err != nil || got != "-3" {
		t.Errorf("-3.00 without its fraction is %s, %v", got, err)
	}
}

func ExampleParse() {
	n, err := Parse("+0012.50")
	fmt.Println(n.JSON(), n.IsWhole(), err)
	// Output: 12.50 false <nil>
}

func BenchmarkParse(b *testing.B) {
	for _, text := range []string{"7", strconv.FormatInt(math.MaxInt64, 10), "-1234.50"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n, err := Parse(text); err != nil || !n.FitsFloat64() {
					b.Fatal(err)
				}
			}
		})
	}
}
