package values

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// draw makes any value that has a form in JSON, lists and objects up to a depth.
func draw(t *rapid.T, depth int) any {
	kinds := 8
	if depth == 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.SampledFrom([]any{nil, Null, true, false}).Draw(t, "word")
	case 1:
		return rapid.String().Draw(t, "text")
	case 2:
		return rapid.SampledFrom([]any{"", "<a&b>", `say "hi"`, `a\b`, `"\`, "\u2028", "é\x7f", "\x00\n\t"}).Draw(t, "odd text")
	case 3:
		return rapid.Int64().Draw(t, "number")
	case 4:
		return json.Number(rapid.StringMatching(`-?[1-9][0-9]{0,30}(\.[0-9]{1,9})?`).Draw(t, "digits"))
	case 5:
		return rapid.Float64Range(-1e15, 1e15).Draw(t, "float")
	case 6:
		list := make([]any, rapid.IntRange(0, 3).Draw(t, "items"))
		for i := range list {
			list[i] = draw(t, depth-1)
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "members") {
		object[rapid.String().Draw(t, "name")] = draw(t, depth-1)
	}
	return object
}

// TestJSONIsThatOfGo: AppendJSON writes what encoding/json writes, except for floats, which have no exponent here.
func TestJSONIsThatOfGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := draw(t, 3)
		got, err := AppendJSON(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(got, &a) != nil || json.Unmarshal(want.Bytes(), &b) != nil {
			t.Fatalf("AppendJSON(%#v) = %s, which is no JSON", v, got)
		}
		first, _ := json.Marshal(a)
		second, _ := json.Marshal(b)
		if !bytes.Equal(first, second) {
			t.Fatalf("AppendJSON(%#v) = %s, want %s", v, got, want.Bytes())
		}
	})
}

// TestEqualAndCompareAgree: both see the same order, whichever value comes first.
func TestEqualAndCompareAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, 1), draw(t, 1)
		same, err := Equal(a, b)
		again, errAgain := Equal(b, a)
		if same != again || (err == nil) != (errAgain == nil) {
			t.Fatalf("Equal(%#v, %#v) = %v, %v; the other way round %v, %v", a, b, same, err, again, errAgain)
		}
		order, err := Compare(a, b)
		back, errBack := Compare(b, a)
		if order != -back || (err == nil) != (errBack == nil) {
			t.Fatalf("Compare(%#v, %#v) = %d, %v; the other way round %d, %v", a, b, order, err, back, errBack)
		}
		if err == nil && !IsEmpty(a) && !IsEmpty(b) && same != (order == 0) {
			t.Fatalf("%#v and %#v: Equal is %v, Compare %d", a, b, same, order)
		}
	})
}

func TestText(t *testing.T) {
	for _, tt := range []struct {
		v    any
		want string // or "!" and words of the error
	}{
		{nil, ""}, {Null, ""}, {"a", "a"}, {true, "true"}, {int64(-7), "-7"}, {7, "7"}, {1e21, "1000000000000000000000"}, {0.1, "0.1"},
		{json.Number("1.50"), "1.50"}, {json.Number("1.5e3"), "1500"}, {json.Number("1e9999"), "1e9999"},
		{time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.FixedZone("", 3600)), "2026-01-02T02:04:05.678Z"},
		{[]any{"a"}, "!wants text, got a list"}, {map[string]any{}, "!wants text, got an object"}, {math.NaN(), "!not finite"}, {struct{}{}, "!cannot print"},
	} {
		got, err := Text(tt.v)
		if words, refused := strings.CutPrefix(tt.want, "!"); refused != (err != nil) || refused && !strings.Contains(err.Error(), words) || !refused && got != tt.want {
			t.Errorf("Text(%#v) = %q, %v; want %q", tt.v, got, err, tt.want)
		}
	}
}

func TestInt(t *testing.T) {
	for _, tt := range []struct {
		v    any
		want int
		ok   bool
	}{
		{7, 7, true}, {int64(-7), -7, true}, {"12", 12, true}, {json.Number("1e3"), 1000, true}, {3.0, 3, true},
		{3.5, 0, false}, {"", 0, false}, {nil, 0, false}, {"x", 0, false}, {json.Number("1e30"), 0, false}, {true, 0, false},
	} {
		if got, err := Int(tt.v); got != tt.want || (err == nil) != tt.ok {
			t.Errorf("Int(%#v) = %d, %v", tt.v, got, err)
		}
	}
}

// TestErrorsLeaveValuesOut: the value of a row is in the field Value and not in the text of the error.
func TestErrorsLeaveValuesOut(t *testing.T) {
	_, err := ParseRat("secret")
	var wrong *Error
	if !errors.As(err, &wrong) || wrong.Value != "secret" || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
	if long := Shown(strings.Repeat("x", 1000)); len(long) != maxShown {
		t.Errorf("an Error shows %d bytes", len(long))
	}
}

// TestLimits: a list that has one list many times over is cut off in JSON, and so is one that is nested too deep.
func TestLimits(t *testing.T) {
	wide, deep := any("some text"), any("x")
	for range 40 {
		wide = []any{wide, wide}
	}
	for range MaxNesting + 1 {
		deep = []any{deep}
	}
	if _, err := AppendJSON(nil, wide); !errors.Is(err, ErrTooLong) {
		t.Errorf("wide: %v", err)
	}
	if _, err := AppendJSON(nil, deep); !errors.Is(err, ErrTooDeep) {
		t.Errorf("deep: %v", err)
	}
}
