package sinks

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// person has a field of each type.
var person = Prepare(Spec{Name: "make_person", Fields: []Field{
	{Name: "name", Type: Text, Nullable: true},
	{Name: "age", Type: Integer, Nullable: true},
	{Name: "vip", Type: Bool},
	{Name: "seenAt", Type: Time},
	{Name: "company", Type: ID},
	{Name: "tags", Type: List, Unique: true, Nullable: true, Items: &Field{Type: Text}},
	{Name: "path", Type: List, Items: &Field{Type: Text}},
	{Name: "emails", Type: List, Unique: true, Items: &Field{Type: Object, Fields: []Field{
		{Name: "email", Type: Email}, {Name: "type", Type: Text}, {Name: "verified", Type: Bool}}}},
	{Name: "phones", Type: List, Unique: true, Items: &Field{Type: Object, Fields: []Field{{Name: "phone", Type: Phone}}}},
	{Name: "queue", Type: Object, Fields: []Field{{Name: "id", Type: ID}}},
	{Name: "meta", Type: Object},
	{Name: "data", Type: Free},
	{Name: "custom", Type: Custom},
	{Name: "rev", Type: Integer},
}})[0]

func TestSame(t *testing.T) {
	tests := map[string]struct{ field, want, have string }{
		"text":                           {"name", `"Ann"`, `"Ann"`},
		"nothing and an empty text":      {"name", `null`, `""`},
		"nothing and no member":          {"name", `null`, ``},
		"an empty list and no member":    {"tags", `[]`, ``},
		"a number as text":               {"age", `7`, `"7"`},
		"a number with a point":          {"age", `7`, `7.0`},
		"more digits than a float":       {"age", `12345678901234567890`, `12345678901234567000`},
		"a time with another offset":     {"seenAt", `"2026-01-02T03:04:05.000Z"`, `"2026-01-02T04:04:05+01:00"`},
		"a time with less precision":     {"seenAt", `"2026-01-02T03:04:05.678Z"`, `"2026-01-02T03:04:05Z"`},
		"an id in capitals":              {"company", `"65a0c0ffee0000000000abcd"`, `"65A0C0FFEE0000000000ABCD"`},
		"a set in another order":         {"tags", `["a","b"]`, `["b","a"]`},
		"tags as ids":                    {"tags", `["vip"]`, `["65a0c0ffee0000000000abcd"]`},
		"an e-mail in lower case":        {"emails", `[{"email":"Ann@X.com","type":"work"}]`, `[{"email":"ann@x.com","type":"work","verified":false,"id":null}]`},
		"not verified and not shown":     {"emails", `[{"email":"a@x.com","verified":false}]`, `[{"email":"a@x.com"}]`},
		"a phone with other marks":       {"phones", `[{"phone":"+1 (555) 010-0000"}]`, `[{"phone":"+15550100000"}]`},
		"an object shown by its id":      {"queue", `{"id":"65a0c0ffee0000000000abcd"}`, `"65a0c0ffee0000000000abcd"`},
		"an object with more members":    {"meta", `{"a":1}`, `{"a":1,"b":2}`},
		"deep in an object":              {"data", `{"a":[{"at":"2026-01-02T03:04:05Z"}]}`, `{"a":[{"at":"2026-01-02T03:04:05.000Z"}]}`},
		"a custom number":                {"custom", `{"mrrNum":12}`, `{"mrrNum":"12","otherStr":"x"}`},
		"a custom text that is a number": {"custom", `{"zipStr":"01234"}`, `{"zipStr":"01234"}`},
		"a custom time":                  {"custom", `{"atAt":"2026-01-02T00:00:00.000Z"}`, `{"atAt":"2026-01-02T00:00:00Z"}`},
		"a custom attribute to clear":    {"custom", `{"tierStr":null}`, `{}`},
		"a revision":                     {"rev", `3`, `9`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := differences(t, tt.field, tt.want, tt.have); len(got) > 0 {
				t.Errorf("they differ: %+v", got)
			}
		})
	}
}

func TestDifferent(t *testing.T) {
	tests := map[string]struct{ field, want, have, at string }{
		"text":                         {"name", `"Ann"`, `"ann"`, "name"},
		"a leading zero":               {"name", `"012"`, `"12"`, "name"},
		"to be cleared":                {"name", `null`, `"Ann"`, "name"},
		"to be filled":                 {"name", `"Ann"`, ``, "name"},
		"a number":                     {"age", `7`, `8`, "age"},
		"a number and a word":          {"age", `7`, `"seven"`, "age"},
		"a flag":                       {"vip", `true`, `false`, "vip"},
		"a time":                       {"seenAt", `"2026-01-02T03:04:05.678Z"`, `"2026-01-02T03:04:05.679Z"`, "seenAt"},
		"another id":                   {"company", `"65a0c0ffee0000000000abcd"`, `"65a0c0ffee0000000000abce"`, "company"},
		"one tag more":                 {"tags", `["a","b"]`, `["a"]`, "tags"},
		"another tag":                  {"tags", `["a","b"]`, `["a","c"]`, "tags"},
		"the same tag twice there":     {"tags", `["a","b"]`, `["a","a"]`, "tags"},
		"more tags than ids":           {"tags", `["a","b"]`, `["65a0c0ffee0000000000abcd"]`, "tags"},
		"a list in another order":      {"path", `["a","b"]`, `["b","a"]`, "path"},
		"another type of e-mail":       {"emails", `[{"email":"a@x.com","type":"work"}]`, `[{"email":"a@x.com","type":"home"}]`, "emails"},
		"another phone":                {"phones", `[{"phone":"+15550100000"}]`, `[{"phone":"+15550100001"}]`, "phones"},
		"a list where a text is":       {"tags", `["a"]`, `"a"`, "tags"},
		"a member":                     {"meta", `{"a":1}`, `{"a":2}`, "meta"},
		"a custom text with less in":   {"custom", `{"zipStr":"01234"}`, `{"zipStr":"1234"}`, "custom.zipStr"},
		"a custom attribute":           {"custom", `{"tierStr":"gold","mrrNum":1}`, `{"tierStr":"silver","mrrNum":1}`, "custom.tierStr"},
		"a custom attribute not there": {"custom", `{"tierStr":"gold"}`, ``, "custom.tierStr"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := differences(t, tt.field, tt.want, tt.have)
			if len(got) != 1 || got[0].Field != tt.at {
				t.Errorf("got %+v, want a difference in %s", got, tt.at)
			}
		})
	}
}

// differences compares one field, given as JSON; have "" is not there.
func differences(t *testing.T, field, want, have string) []Difference {
	t.Helper()
	held := map[string]any{"unasked": "x"}
	if have != "" {
		held[field] = decoded(t, have)
	}
	got, err := person.Differences(map[string]any{field: decoded(t, want)}, held)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(`{"v":` + text + `}`))
	dec.UseNumber()
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m["v"]
}

// TestDifferencesOfAnAppend: only items that the list lacks are a difference.
func TestDifferencesOfAnAppend(t *testing.T) {
	adding := Spec{Append: &Append{List: "phones", By: "phone"}, Fields: person.Fields}
	have := map[string]any{"phones": decoded(t, `[{"phone":"+1 555 0100000","type":"work"}]`)}
	tests := map[string]struct{ want, grown string }{
		"is there":  {`[{"phone":"+15550100000"}]`, ``},
		"is added":  {`[{"phone":"+15550100000"},{"phone":"+15550100001"}]`, `[{"phone":"+1 555 0100000","type":"work"},{"phone":"+15550100001"}]`},
		"is no map": {`["x"]`, `[{"phone":"+1 555 0100000","type":"work"},"x"]`},
	}
	for name, tt := range tests {
		got, err := adding.Differences(map[string]any{"phones": decoded(t, tt.want)}, have)
		if err != nil {
			t.Fatal(err)
		}
		var want []Difference
		if tt.grown != "" {
			want = []Difference{{"phones", have["phones"], decoded(t, tt.grown)}}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestDifferencesShowsBoth(t *testing.T) {
	got, err := person.Differences(map[string]any{"name": "Ann"}, map[string]any{"name": "Bob"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Difference{{Field: "name", Old: "Bob", New: "Ann"}}, got); d != "" {
		t.Error(d)
	}
}

// TestNothingDiffersFromItself: what Fit returned, stored and read back, is the same.
func TestNothingDiffersFromItself(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		payload := map[string]any{}
		for name, g := range map[string]*rapid.Generator[any]{
			"name": rapid.String().AsAny(), "age": rapid.Int().AsAny(), "vip": rapid.Bool().AsAny(),
			"data": rapid.SliceOf(rapid.MapOf(rapid.String(), rapid.Float64Range(-1e9, 1e9).AsAny())).AsAny(),
			"tags": rapid.SliceOfNDistinct(rapid.StringMatching(`[a-f0-9]{1,24}`), 0, 5, rapid.ID).AsAny(),
		} {
			if rapid.Bool().Draw(rt, name+" is set") {
				payload[name] = g.Draw(rt, name)
			}
		}
		if list, ok := payload["data"].([]map[string]any); ok {
			var free []any
			for _, m := range list {
				free = append(free, m)
			}
			payload["data"] = free
		}
		fitted, err := person.Fit(Create, payload)
		if err != nil {
			rt.Skip(err)
		}
		body, err := Canonical(fitted)
		if err != nil {
			rt.Fatal(err)
		}
		var back map[string]any
		dec := json.NewDecoder(strings.NewReader(string(body)))
		dec.UseNumber()
		if err := dec.Decode(&back); err != nil {
			rt.Fatal(err)
		}
		maps.Copy(back, map[string]any{"rev": 1, "id": nil})
		if got, err := person.Differences(fitted, back); err != nil || len(got) > 0 {
			rt.Fatalf("%s differs from itself: %+v %v", body, got, err)
		}
	})
}
