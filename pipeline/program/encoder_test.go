package program

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/functions"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sources"
)

// everySpec is a sink that has a field of every type and with every rule.
func everySpec() *sinks.Spec {
	text := func(name string) sinks.Field { return sinks.Field{Name: name, Type: sinks.Text} }
	must := func(f sinks.Field) sinks.Field { f.Required = true; return f }
	with := func(f sinks.Field, value any) sinks.Field { f.Default = value; return f }
	most := 9.5
	address := sinks.Field{Type: sinks.Object, MinItems: 1, MaxItems: 2,
		Fields: []sinks.Field{must(text("city")), with(text("kind"), "home"), {Name: "zip", Type: sinks.Integer, Aliases: []string{"code"}}}}
	home := address
	home.Name = "home"
	return &sinks.Prepare(sinks.Spec{
		Name: "everything", Kind: sinks.Makes, ExternalID: "externalId", Object: "thing", Lookups: []sinks.Lookup{{By: "externalId"}},
		Create: []sinks.Route{{Path: "/v1/owners/{owner}/things"}, {Path: "/v1/names/{name}"}}, Params: []string{"class"},
		Fields: []sinks.Field{
			{Name: "name", Type: sinks.Text, MinLen: 2, MaxLen: 8, Aliases: []string{"title"}, Nullable: true}, text("externalId"), {Name: "owner", Type: sinks.ID},
			{Name: "tags", Type: sinks.List, Unique: true, MinItems: 1, MaxItems: 2, Items: &sinks.Field{Type: sinks.Text, Pattern: "^[a-z ]+$"}},
			{Name: "places", Type: sinks.List, Unique: true, MaxItems: 2, Items: &address}, {Name: "custom", Type: sinks.Custom, MaxItems: 2}, home,
			{Name: "meta", Type: sinks.Free}, {Name: "list", Type: sinks.List}, {Name: "object", Type: sinks.Object}, {Name: "late", Type: sinks.Text, Use: sinks.UpdateOnly},
			{Name: "count", Type: sinks.Integer}, {Name: "price", Type: sinks.Number, Max: &most}, {Name: "ok", Type: sinks.Bool}, {Name: "at", Type: sinks.Time},
			must(with(text("app"), "kustsync")), {Name: "word", Type: sinks.Text, Enum: []string{"a", "b"}}, {Name: "email", Type: sinks.Email}, text("class"),
		},
	})[0]
}

// cells are the values that rows are drawn from: some are valid in a field, others in none.
var cells = []any{
	nil, "", "a", "b", "ab", "ab", "ab", "two words", "much too long", "ünï", "7", "1.50", "-0", "1e3", "true", "No", "a@b.example", "2026-01-31T09:30:00+02:00",
	"aaaaaaaaaaaaaaaaaaaaaaaa", "a|b", "a|a", "b|a|c", "\xff", "\"\\\n", json.Number("3.0"), json.Number("12"), true, []any{}, []any{"a", nil, ""}, []any{"b", "b"},
	map[string]any{}, map[string]any{"city": "ab", "zip": "7"}, map[string]any{"zip": "x"}, map[string]any{"tierStr": "x"}, []any{map[string]any{"city": "ab"}},
	[]any{map[string]any{"city": "ab", "zip": "x"}}, wrapped(63), wrapped(64),
}

// wrapped is a text inside so many lists.
func wrapped(depth int) (v any) {
	v = "a"
	for range depth {
		v = []any{v}
	}
	return v
}

// templates are what a mapping can hold for a value.
var templates = []string{
	"", "ab", "7", "{{ .c0 }}", "{{ .c1 }}", "{{ .c2 }}", "{{ .c3 }}", "{{ .c4 }}", "{{ .c0 }}", "{{ .c1 }}", "{{ .c2 }} b", "{{ .c0 }}{{ .c3 }}", `{{ .c1 | split "|" }}`,
	`{{ if .c0 }}{{ null }}{{ end }}`, "{{ null }}", `{{ list .c0 .c1 }}`, `{{ dict "city" .c0 }}`, `{{ .c2 | date }}`, `{{ .c3 | int }}`, "{{ key }}",
}

// fieldNames are the fields of all objects together; an object refuses a field that it does not know.
var fieldNames = []string{
	"name", "name", "title", "externalId", "owner", "owner", "tags", "places", "custom", "home", "meta", "list", "object", "late", "count", "price", "ok", "at", "app",
	"word", "email", "class",
}

var memberNames = []string{"city", "city", "kind", "zip", "code", "tierStr", "aNum", "okBool", "x"}

func drawNode(t *rapid.T, depth int) mappings.Node {
	switch kind := rapid.IntRange(0, 5).Draw(t, "kind"); {
	case kind == 0 && depth < 3:
		n := mappings.Node{Kind: mappings.List}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			n.Items = append(n.Items, drawNode(t, depth+1))
		}
		return n
	case kind == 1 && depth < 3:
		return drawMap(t, memberNames, depth+1)
	case kind == 2:
		return mappings.Node{Const: rapid.SampledFrom([]any{json.Number("7"), json.Number("1.50"), true, mappings.Null}).Draw(t, "const")}
	}
	return mappings.Node{Text: mappings.Text{Value: rapid.SampledFrom(templates).Draw(t, "template")}}
}

func drawMap(t *rapid.T, names []string, depth int) mappings.Node {
	n := mappings.Node{Kind: mappings.Map}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 4, rapid.ID[string]).Draw(t, "names") {
		n.Fields = append(n.Fields, mappings.Field{Name: name, Value: drawNode(t, depth)})
	}
	return n
}

// drawMapping draws a mapping in which most values have the form that their field wants.
func drawMapping(t *rapid.T) mappings.Node {
	n := drawMap(t, fieldNames, 0)
	for i := range n.Fields {
		f := &n.Fields[i]
		if rapid.IntRange(0, 5).Draw(t, "odd") == 0 {
			continue
		}
		switch f.Name {
		case "custom":
			f.Value = drawMap(t, []string{"tierStr", "aNum", "okBool"}, 3)
		case "home":
			f.Value = drawMap(t, []string{"city", "kind", "zip"}, 3)
		case "places":
			f.Value = mappings.Node{Kind: mappings.List, Items: []mappings.Node{drawMap(t, []string{"city", "zip"}, 3), drawMap(t, []string{"city", "kind"}, 3)}}
		case "tags":
			f.Value = mappings.Node{Kind: mappings.List, Items: []mappings.Node{drawNode(t, 3), drawNode(t, 3), drawNode(t, 3)}}
		default:
			f.Value = drawNode(t, 3)
		}
	}
	if !slices.ContainsFunc(n.Fields, func(f mappings.Field) bool { return f.Name == "name" || f.Name == "title" }) {
		n.Fields = append(n.Fields, mappings.Field{Name: "name", Value: mappings.Node{Text: mappings.Text{Value: "n {{ .c0 }}"}}})
	}
	return n
}

func drawRow(t *rapid.T) sources.Object {
	row := sources.Object{}
	for i := range 5 {
		row[fmt.Sprintf("c%d", i)] = rapid.SampledFrom(cells).Draw(t, "cell")
	}
	return row
}

// TestEncoderIsFit checks that an encoder writes what Fit and Canonical make of the same row, for any mapping and
// any row.
func TestEncoderIsFit(t *testing.T) {
	written, left := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		for range 20 { // many for each check of rapid: one mapping takes little time
			w, l := checkMapping(rt)
			written, left = written+w, left+l
		}
	})
	if written == 0 || left == 0 {
		t.Errorf("%d rows were written by encoders, and %d left to Fit", written, left)
	}
}

// checkMapping draws a mapping and rows, and says how many of them its encoder wrote, and left.
func checkMapping(t *rapid.T) (written, left int) {
	o := mappings.Options{Functions: functions.Table(), Step: "s", Empty: rapid.SampledFrom([]mappings.Empty{mappings.Omit, mappings.Omit, mappings.Clear}).Draw(t, "empty")}
	m, diagnostics := mappings.Compile(drawMapping(t), o)
	if len(diagnostics) > 0 {
		return 0, 0
	}
	step := &Step{Spec: everySpec(), Mapping: m, ByExternalID: true}
	step.Encoder = newEncoder(step)
	for range 8 {
		values, err := m.Values(&mappings.Input{Row: drawRow(t), Key: "k1"}, nil)
		switch {
		case err != nil:
		case checkEncoder(t, step, values):
			written++
		default:
			left++
		}
	}
	return written, left
}

// checkEncoder reports whether the step's encoder wrote the row.
func checkEncoder(t *rapid.T, step *Step, values []any) bool {
	wrote, _, externalID, ok := step.Encoder.Encode(values, "k1")
	if !ok {
		return false
	}
	payload, err := step.Fit(values, "k1")
	if err != nil {
		t.Fatalf("the encoder wrote %s, and Fit refuses the row: %v", wrote, err)
	}
	body, err := sinks.Canonical(payload)
	if err != nil || string(body) != string(wrote) {
		t.Fatalf("the encoder wrote\n%s, and Fit makes\n%s (%v)", wrote, body, err)
	}
	if id, _ := payload["externalId"].(string); id != externalID {
		t.Fatalf("the external id is %q, and the encoder says %q", id, externalID)
	}
	if back := sinks.Decode(wrote); !reflect.DeepEqual(payload, back) { // cmp.Diff is far too slow on lists nested so deep
		t.Fatalf("read back, the payload %v is %v", payload, back)
	}
	return true
}

// TestEncoderTakesOrdinaryRows checks that the encoder writes ordinary rows and leaves every other row to Fit.
func TestEncoderTakesOrdinaryRows(t *testing.T) {
	scalar := func(text string) mappings.Node { return mappings.Node{Text: mappings.Text{Value: text}} }
	object := func(name, text string) mappings.Node {
		return mappings.Node{Kind: mappings.Map, Fields: []mappings.Field{{Name: name, Value: scalar(text)}}}
	}
	n := mappings.Node{Kind: mappings.Map, Fields: []mappings.Field{
		{Name: "title", Value: scalar("{{ .name }}")}, {Name: "tags", Value: scalar(`{{ .tags | split "|" }}`)}, {Name: "custom", Value: object("tierStr", "{{ .tier }}")},
		{Name: "places", Value: mappings.Node{Kind: mappings.List, Items: []mappings.Node{object("city", "{{ .one }}"), object("city", "{{ .two }}")}}},
		{Name: "home", Value: scalar("{{ .home }}")}, {Name: "meta", Value: scalar("{{ .meta }}")},
	}}
	m, diagnostics := mappings.Compile(n, mappings.Options{Functions: functions.Table(), Step: "s"})
	if len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	step := &Step{Spec: everySpec(), Mapping: m, ByExternalID: true}
	step.Encoder = newEncoder(step)
	for _, tc := range []struct {
		row  map[string]any
		want string
	}{
		{map[string]any{"name": "Ana", "tags": "a|b", "tier": "x", "one": "X", "two": "Y"},
			`{"app":"kustsync","custom":{"tierStr":"x"},"externalId":"k","name":"Ana","places":[{"city":"X","kind":"home"},{"city":"Y","kind":"home"}],"tags":["a","b"]}`},
		{map[string]any{"name": "Ana", "tags": "", "tier": ""}, `{"app":"kustsync","externalId":"k","name":"Ana"}`},
		{map[string]any{"name": "Ana", "one": "X", "two": "X"}, ""},                          // two equal places
		{map[string]any{"name": "A"}, ""},                                                    // too short
		{map[string]any{"tags": "a"}, ""},                                                    // without a name, which the path of the create needs
		{map[string]any{"name": "Ana", "home": map[string]any{"city": "X", "zip": "x"}}, ""}, // a wrong value inside an object
		{map[string]any{"name": "Ana", "meta": wrapped(64)}, ""},                             // too deep
	} {
		values, err := m.Values(&mappings.Input{Row: sources.Object(tc.row), Key: "k"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, _, _, _ := step.Encoder.Encode(values, "k"); string(body) != tc.want {
			t.Errorf("%v\n gives %s,\nwant %s", tc.row, body, tc.want)
		}
	}
}
