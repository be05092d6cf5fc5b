package sinks_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

func TestFitValue(t *testing.T) {
	moment := time.Date(2026, 1, 31, 9, 30, 0, 123_456_789, time.FixedZone("", -5*3600))
	const momentText = "2026-01-31T14:30:00.123Z"
	wide := strings.Repeat("😀", 128)
	text := func(minimum, maximum int) sinks.Field {
		return sinks.Field{Type: sinks.Text, MinLen: minimum, MaxLen: maximum}
	}
	tests := []struct {
		name  string
		field sinks.Field
		in    any
		want  any
		rule  string
	}{
		{"text", text(0, 0), "a", "a", ""},
		{"text from json.Number", text(0, 0), json.Number("12345678901234567890"), "12345678901234567890", ""},
		{"text from int", text(0, 0), 7, "7", ""},
		{"text from int64", text(0, 0), int64(-7), "-7", ""},
		{"text from float64", text(0, 0), 1.2e13, "12000000000000", ""},
		{"text from bool", text(0, 0), true, "true", ""},
		{"text from time", text(0, 0), moment, momentText, ""},
		{"text from list", text(0, 0), []any{"a"}, nil, "type"},
		{"text from map", text(0, 0), map[string]any{}, nil, "type"},
		{"text from NaN", text(0, 0), math.NaN(), nil, "type"},
		{"text not UTF-8", text(0, 0), "a\xff", nil, "encoding"},
		{"text of 256 units", text(0, 256), strings.Repeat("é", 256), strings.Repeat("é", 256), ""},
		{"text of 257 units", text(0, 256), strings.Repeat("é", 257), nil, "length"},
		{"text of 256 units in pairs", text(0, 256), wide, wide, ""},
		{"text of 257 units in pairs", text(0, 256), wide + "a", nil, "length"},
		{"text of least length", text(2, 0), "😀", "😀", ""},
		{"text under least length", text(2, 0), "é", nil, "length"},
		{"text empty under least length", text(1, 0), "", nil, "length"},
		{"text null", text(0, 0), nil, nil, "null"},
		{"text nullable", sinks.Field{Type: sinks.Text, Nullable: true}, nil, nil, ""},
		{"enum", sinks.Field{Type: sinks.Text, Enum: []string{"in", "out"}}, "out", "out", ""},
		{"enum in another case", sinks.Field{Type: sinks.Text, Enum: []string{"in", "out"}}, "Out", nil, "enum"},
		{"pattern", sinks.Field{Type: sinks.Text, Pattern: "^[a-z]+$"}, "ab", "ab", ""},
		{"pattern missed", sinks.Field{Type: sinks.Text, Pattern: "^[a-z]+$"}, "ab\n", nil, "pattern"},

		{"integer from text", sinks.Field{Type: sinks.Integer}, "3", json.Number("3"), ""},
		{"integer from padded text", sinks.Field{Type: sinks.Integer}, " +007 ", json.Number("7"), ""},
		{"integer from int64", sinks.Field{Type: sinks.Integer}, int64(3), json.Number("3"), ""},
		{"integer from whole float", sinks.Field{Type: sinks.Integer}, 3.0, json.Number("3"), ""},
		{"integer with zero fraction", sinks.Field{Type: sinks.Integer}, json.Number("3.00"), json.Number("3"), ""},
		{"integer minus zero", sinks.Field{Type: sinks.Integer}, "-0", json.Number("0"), ""},
		{"integer keeps digits", sinks.Field{Type: sinks.Integer}, "12345678901234567890", json.Number("12345678901234567890"), ""},
		{"integer with fraction", sinks.Field{Type: sinks.Integer}, "3.5", nil, "type"},
		{"integer with exponent", sinks.Field{Type: sinks.Integer}, "3.3E+11", nil, "type"},
		{"integer from word", sinks.Field{Type: sinks.Integer}, "three", nil, "type"},
		{"integer from bool", sinks.Field{Type: sinks.Integer}, true, nil, "type"},
		{"integer empty", sinks.Field{Type: sinks.Integer}, " ", nil, "type"},
		{"integer under least", sinks.Field{Type: sinks.Integer, Min: new(1.0)}, 0, nil, "range"},
		{"integer over most", sinks.Field{Type: sinks.Integer, Max: new(5.0)}, "6", nil, "range"},

		{"number as written", sinks.Field{Type: sinks.Number}, "12.50", json.Number("12.50"), ""},
		{"number made JSON", sinks.Field{Type: sinks.Number}, "+.5", json.Number("0.5"), ""},
		{"number with lone point", sinks.Field{Type: sinks.Number}, "5.", json.Number("5"), ""},
		{"number with exponent", sinks.Field{Type: sinks.Number}, "1.2E+13", json.Number("1.2e13"), ""},
		{"number small", sinks.Field{Type: sinks.Number}, 1e-7, json.Number("1e-07"), ""},
		{"number with comma", sinks.Field{Type: sinks.Number}, "1,234", nil, "type"},
		{"number hex", sinks.Field{Type: sinks.Number}, "0x10", nil, "type"},
		{"number with two signs", sinks.Field{Type: sinks.Number}, "1e+-5", nil, "type"},
		{"number infinite", sinks.Field{Type: sinks.Number}, "Inf", nil, "type"},
		{"number too large", sinks.Field{Type: sinks.Number}, "1e999", nil, "type"},
		{"number too long", sinks.Field{Type: sinks.Number}, strings.Repeat("1", 401), nil, "type"},
		{"number float infinite", sinks.Field{Type: sinks.Number}, math.Inf(1), nil, "type"},

		{"bool", sinks.Field{Type: sinks.Bool}, false, false, ""},
		{"bool from text", sinks.Field{Type: sinks.Bool}, "TRUE", true, ""},
		{"bool from false text", sinks.Field{Type: sinks.Bool}, "false", false, ""},
		{"bool from yes", sinks.Field{Type: sinks.Bool}, "yes", nil, "type"},
		{"bool from number", sinks.Field{Type: sinks.Bool}, 1, nil, "type"},

		{"time", sinks.Field{Type: sinks.Time}, moment, momentText, ""},
		{"time from RFC 3339", sinks.Field{Type: sinks.Time}, "2026-01-31T09:30:00.123456-05:00", momentText, ""},
		{"time without seconds", sinks.Field{Type: sinks.Time}, "2026-01-31T09:30Z", "2026-01-31T09:30:00.000Z", ""},
		{"time with blank", sinks.Field{Type: sinks.Time}, "2026-01-31 09:30:00Z", "2026-01-31T09:30:00.000Z", ""},
		{"time with plain offset", sinks.Field{Type: sinks.Time}, "2026-01-31T09:30:00+0100", "2026-01-31T08:30:00.000Z", ""},
		{"time without offset", sinks.Field{Type: sinks.Time}, "2026-01-31T09:30:00", nil, "type"},
		{"time of a day", sinks.Field{Type: sinks.Time}, "2026-01-31", nil, "type"},
		{"time impossible", sinks.Field{Type: sinks.Time}, "2026-02-30T00:00:00Z", nil, "type"},
		{"time from number", sinks.Field{Type: sinks.Time}, 1769851800, nil, "type"},
		{"time before the year 0", sinks.Field{Type: sinks.Time}, "0000-01-01T00:00:00+01:00", nil, "type"},
		{"time beyond JSON", sinks.Field{Type: sinks.Time}, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), nil, "type"},

		{"id", sinks.Field{Type: sinks.ID}, id, id, ""},
		{"id short", sinks.Field{Type: sinks.ID}, id[1:], nil, "format"},
		{"id not hex", sinks.Field{Type: sinks.ID}, "g" + id[1:], nil, "format"},
		{"id with at sign", sinks.Field{Type: sinks.ID}, "@" + id[1:], nil, "format"},
		{"email", sinks.Field{Type: sinks.Email}, "ana+x@example.com", "ana+x@example.com", ""},
		{"email without at", sinks.Field{Type: sinks.Email}, "ana", nil, "format"},
		{"email with two", sinks.Field{Type: sinks.Email}, "a@b@c", nil, "format"},
		{"email with blank", sinks.Field{Type: sinks.Email}, "ana@example.com ", nil, "format"},
		{"email without domain", sinks.Field{Type: sinks.Email}, "ana@", nil, "format"},
		{"phone", sinks.Field{Type: sinks.Phone}, "+15550100", "+15550100", ""},
		{"phone from number", sinks.Field{Type: sinks.Phone}, json.Number("15550100"), "15550100", ""},
		{"phone with 15 digits", sinks.Field{Type: sinks.Phone}, "+123456789012345", "+123456789012345", ""},
		{"phone with 16 digits", sinks.Field{Type: sinks.Phone}, "+1234567890123456", nil, "format"},
		{"phone with marks", sinks.Field{Type: sinks.Phone}, "+1 (555) 010-0.1/2", "+1 (555) 010-0.1/2", ""},
		{"phone in letters", sinks.Field{Type: sinks.Phone}, "555-CALL", nil, "format"},
		{"phone with a plus inside", sinks.Field{Type: sinks.Phone}, "555+0100", nil, "format"},
		{"phone of one digit", sinks.Field{Type: sinks.Phone}, "(5)", nil, "format"},
		{"url", sinks.Field{Type: sinks.URL}, "https://example.com/a?b=c", "https://example.com/a?b=c", ""},
		{"url of mail", sinks.Field{Type: sinks.URL}, "mailto:ana@example.com", "mailto:ana@example.com", ""},
		{"url without scheme", sinks.Field{Type: sinks.URL}, "www.example.com", nil, "format"},
		{"url without host", sinks.Field{Type: sinks.URL}, "https://", nil, "format"},
		{"url with blank", sinks.Field{Type: sinks.URL}, "https://example.com/a b", nil, "format"},

		{"list of texts", sinks.Field{Type: sinks.List, Items: &sinks.Field{Type: sinks.Text}}, []string{"a"}, []any{"a"}, ""},
		{"list from text", sinks.Field{Type: sinks.List, Items: &sinks.Field{Type: sinks.Text}}, "a", nil, "type"},
		{"list with null", sinks.Field{Type: sinks.List, Items: &sinks.Field{Type: sinks.Text}}, []any{"a", nil}, nil, "null"},
		{"list cleared", sinks.Field{Type: sinks.List, Nullable: true}, nil, []any{}, ""},
		{"list full", sinks.Field{Type: sinks.List, MaxItems: 2}, []any{"a", "b"}, []any{"a", "b"}, ""},
		{"list too full", sinks.Field{Type: sinks.List, MaxItems: 2}, []any{"a", "b", "c"}, nil, "items"},
		{"list too empty", sinks.Field{Type: sinks.List, MinItems: 1}, []any{}, nil, "items"},
		{"list with equal items", sinks.Field{Type: sinks.List, Unique: true, Items: &sinks.Field{Type: sinks.Number}}, []any{1, "2", "1"}, nil, "unique"},
		{"list of unlike items", sinks.Field{Type: sinks.List, Unique: true}, []any{"1", 1, map[string]any{"a": 1}}, []any{"1", json.Number("1"), map[string]any{"a": json.Number("1")}}, ""},

		{"free", sinks.Field{Type: sinks.Free}, map[string]any{"a": []any{1, nil, moment, 1.5, false}},
			map[string]any{"a": []any{json.Number("1"), nil, momentText, json.Number("1.5"), false}}, ""},
		{"free null", sinks.Field{Type: sinks.Free}, nil, nil, ""},
		{"free with a key not UTF-8", sinks.Field{Type: sinks.Free}, map[string]any{"\xff": 1}, nil, "encoding"},
		{"free with a strange value", sinks.Field{Type: sinks.Free}, []any{struct{}{}}, nil, "type"},
		{"free with a bad number", sinks.Field{Type: sinks.Free}, json.Number("1x"), nil, "type"},
		{"free too deep", sinks.Field{Type: sinks.Free}, nested(100), nil, "depth"},
		{"object of any members", sinks.Field{Type: sinks.Object, MaxItems: 1}, map[string]any{"a": 1}, map[string]any{"a": json.Number("1")}, ""},
		{"object with too many members", sinks.Field{Type: sinks.Object, MaxItems: 1}, map[string]any{"a": 1, "b": 2}, nil, "items"},
		{"object from text", sinks.Field{Type: sinks.Object}, "a", nil, "type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := one(tt.field).Fit(sinks.Create, map[string]any{"f": tt.in})
			if got := rule(t, err); got != tt.rule {
				t.Fatalf("rule is %q, want %q: %v", got, tt.rule, err)
			}
			if err == nil {
				if diff := cmp.Diff(map[string]any{"f": tt.want}, out); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// nested is a list inside a list, depth times.
func nested(depth int) any {
	var v any = "a"
	for range depth {
		v = []any{v}
	}
	return v
}

func TestFitCustom(t *testing.T) {
	spec := one(sinks.Field{Type: sinks.Custom, MaxItems: 8})
	in := map[string]any{
		"tierStr": 5, "noteTxt": strings.Repeat("x", 1024), "mrrNum": "12.50", "vipBool": "true",
		"renewsAt": "2026-01-31T00:00:00Z", "siteUrl": "https://example.com", "ownerId": id, "goneStr": nil,
	}
	want := map[string]any{
		"tierStr": "5", "noteTxt": in["noteTxt"], "mrrNum": json.Number("12.50"), "vipBool": true,
		"renewsAt": "2026-01-31T00:00:00.000Z", "siteUrl": "https://example.com", "ownerId": id, "goneStr": nil,
	}
	out, err := spec.Fit(sinks.Create, map[string]any{"f": in})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"f": want}, out); diff != "" {
		t.Error(diff)
	}

	refused := []struct {
		name, rule string
		in         any
	}{
		{"no map", "type", "a"},
		{"no suffix", "suffix", map[string]any{"tier": "a"}},
		{"suffix in another case", "suffix", map[string]any{"tierSTR": "a"}},
		{"suffix alone", "suffix", map[string]any{"Str": "a"}},
		{"text too long", "length", map[string]any{"tierStr": strings.Repeat("x", 1025)}},
		{"no number", "type", map[string]any{"mrrNum": "a lot"}},
		{"no id", "format", map[string]any{"zendeskId": "12"}},
		{"too many", "items", map[string]any{"aStr": 1, "bStr": 1, "cStr": 1, "dStr": 1, "eStr": 1, "fStr": 1, "gStr": 1, "hStr": 1, "iStr": 1}},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			_, err := spec.Fit(sinks.Create, map[string]any{"f": tt.in})
			if got := rule(t, err); got != tt.rule {
				t.Errorf("rule is %q, want %q: %v", got, tt.rule, err)
			}
		})
	}
}
