package mappings_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

// These functions make nodes as the decoder of pipeline files makes them.

func tmpl(s string) mappings.Node {
	pos := mappings.Pos{File: "p.yaml", Line: 1, Column: 1}
	return mappings.Node{Kind: mappings.Scalar, Pos: pos, Text: mappings.Text{Value: s, Pos: pos}}
}

func constant(v any) mappings.Node { return mappings.Node{Kind: mappings.Scalar, Const: v} }

func items(nodes ...mappings.Node) mappings.Node {
	return mappings.Node{Kind: mappings.List, Items: nodes}
}

func object(pairs ...any) mappings.Node {
	n := mappings.Node{Kind: mappings.Map}
	for i := 0; i < len(pairs); i += 2 {
		n.Fields = append(n.Fields, mappings.Field{Name: pairs[i].(string), Value: pairs[i+1].(mappings.Node)})
	}
	return n
}

func TestPayload(t *testing.T) {
	type fields = map[string]any
	when := time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name    string
		mapping mappings.Node
		row     fields
		want    fields // under empty: omit
		cleared fields // under empty: clear; nil is the same
	}{
		{
			name: "types are kept by exactly one expression",
			mapping: object("text", tmpl("{{ .s }}"), "number", tmpl("{{ .n }}"), "int", tmpl("{{ int .s }}"), "bool", tmpl("{{ .b }}"),
				"time", tmpl("{{ .t }}"), "list", tmpl("{{ .l }}"), "object", tmpl("{{ .o }}"), "null", tmpl("{{ null }}"), "trimmed", tmpl("{{- .n -}}")),
			row: fields{"s": "7", "n": json.Number("1.50"), "b": true, "t": when, "l": []any{"a"}, "o": fields{"k": "v"}},
			want: fields{"text": "7", "number": json.Number("1.50"), "int": int64(7), "bool": true, "time": when,
				"list": []any{"a"}, "object": fields{"k": "v"}, "null": mappings.Null, "trimmed": json.Number("1.50")},
		},
		{
			name: "anything around the expression makes text",
			mapping: object("number", tmpl("{{ .n }} "), "two", tmpl("{{ .n }}{{ .b }}"), "time", tmpl("at {{ .t }}"),
				"list", tmpl("{{ .l }}!"), "null", tmpl("x{{ null }}"), "branch", tmpl("{{ if .b }}{{ .n }}{{ end }}")),
			row:  fields{"n": json.Number("1e3"), "b": true, "t": when, "l": []any{"a", json.Number("1")}},
			want: fields{"number": "1000 ", "two": "1000true", "time": "at 2025-12-31T00:00:00.000Z", "list": `["a",1]!`, "null": "x", "branch": "1000"},
		},
		{
			name:    "constants pass",
			mapping: object("n", constant(json.Number("1.0")), "b", constant(false), "null", constant(mappings.Null), "s", tmpl("work"), "none", tmpl("")),
			want:    fields{"n": json.Number("1.0"), "b": false, "null": mappings.Null, "s": "work"},
			cleared: fields{"n": json.Number("1.0"), "b": false, "null": mappings.Null, "s": "work", "none": mappings.Null},
		},
		{
			name:    "empty values are left out or cleared",
			mapping: object("empty", tmpl("{{ .s }}"), "nil", tmpl("{{ .missing }}"), "list", tmpl(`{{ split "," .s }}`), "text", tmpl("{{ .s }}{{ .s }}"), "conversion", tmpl("{{ int .s }}"), "constants", items(), "kept", tmpl("{{ .zero }}"), "false", tmpl("{{ false }}")),
			row:     fields{"s": "", "zero": json.Number("0")},
			want:    fields{"kept": json.Number("0"), "false": false},
			cleared: fields{"kept": json.Number("0"), "false": false, "empty": mappings.Null, "nil": mappings.Null, "list": mappings.Null, "text": mappings.Null, "conversion": mappings.Null, "constants": mappings.Null},
		},
		{
			name:    "an object in a list whose templates came out empty is dropped, constants or not",
			mapping: object("phones", items(object("type", tmpl("mobile"), "phone", tmpl("{{ .p }}")), object("type", tmpl("home"), "phone", tmpl("{{ .q }}")))),
			row:     fields{"p": "", "q": "1"},
			want:    fields{"phones": []any{fields{"type": "home", "phone": "1"}}},
		},
		{
			name:    "a list that lost every item is empty",
			mapping: object("phones", items(object("type", tmpl("mobile"), "phone", tmpl("{{ .p }}")))),
			row:     fields{"p": ""},
			want:    fields{},
			cleared: fields{"phones": mappings.Null},
		},
		{
			name:    "an object of constants alone stays",
			mapping: object("phones", items(object("type", tmpl("mobile")), tmpl("{{ .p }}"), tmpl(""), constant(json.Number("1")))),
			row:     fields{"p": ""},
			want:    fields{"phones": []any{fields{"type": "mobile"}, json.Number("1")}},
		},
		{
			name:    "a partly filled object in a list loses its empty members even under clear, since a list is sent whole",
			mapping: object("emails", items(object("type", tmpl("{{ .p }}"), "email", tmpl("{{ .q }}")))),
			row:     fields{"q": "a@x.io"},
			want:    fields{"emails": []any{fields{"email": "a@x.io"}}},
		},
		{
			name:    "a nested object is left out whole, or cleared member by member",
			mapping: object("custom", object("kind", tmpl("k"), "a", tmpl("{{ .a }}"), "deep", object("b", tmpl("{{ .b }}")))),
			row:     fields{},
			want:    fields{},
			cleared: fields{"custom": fields{"kind": "k", "a": mappings.Null, "deep": fields{"b": mappings.Null}}},
		},
		{
			name:    "one live template keeps the objects around it",
			mapping: object("custom", object("kind", tmpl("k"), "a", tmpl("{{ .a }}"), "deep", object("b", tmpl("{{ .b }}")))),
			row:     fields{"b": "x"},
			want:    fields{"custom": fields{"kind": "k", "deep": fields{"b": "x"}}},
			cleared: fields{"custom": fields{"kind": "k", "a": mappings.Null, "deep": fields{"b": "x"}}},
		},
		{
			name:    "an explicit null is a value",
			mapping: object("emails", items(object("type", tmpl("work"), "email", tmpl("{{ null }}"))), "custom", object("a", tmpl("{{ null }}"))),
			want:    fields{"emails": []any{fields{"type": "work", "email": mappings.Null}}, "custom": fields{"a": mappings.Null}},
		},
		{
			name:    "lists and objects of the row are cleaned the same way",
			mapping: object("emails", tmpl("{{ .emails }}"), "custom", tmpl("{{ .custom }}"), "made", tmpl(`{{ dict "a" .missing "b" null }}`)),
			row: fields{
				"emails": []any{fields{"email": "a", "x": ""}, fields{"email": nil}, nil, ""},
				"custom": fields{"a": nil, "b": "x", "c": []any{""}},
			},
			want:    fields{"emails": []any{fields{"email": "a"}}, "custom": fields{"b": "x"}, "made": fields{"b": mappings.Null}},
			cleared: fields{"emails": []any{fields{"email": "a"}}, "custom": fields{"a": mappings.Null, "b": "x", "c": mappings.Null}, "made": fields{"a": mappings.Null, "b": mappings.Null}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for empty, want := range map[mappings.Empty]fields{mappings.Omit: tt.want, mappings.Clear: tt.cleared} {
				if want == nil {
					want = tt.want
				}
				m := mustCompile(t, tt.mapping, mappings.Options{Empty: empty})
				got, err := m.Apply(&mappings.Input{Row: mapRow(tt.row)})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(mappings.Null)); diff != "" {
					t.Errorf("empty %d (-want +got):\n%s", empty, diff)
				}
			}
		})
	}
}

// TestContractExample renders the mapping of the first step in contract.md.
func TestContractExample(t *testing.T) {
	o := mappings.Options{Columns: []string{"id", "first", "Last Name", "email", "phone", "labels", "plan", "mrr", "renewal"}}
	m := mustCompile(t, object(
		"externalId", tmpl("{{ key }}"),
		"name", tmpl(`{{ .first }} {{ col "Last Name" }}`),
		"emails", items(object("type", tmpl("work"), "email", tmpl("{{ .email | lower | trim }}"))),
		"phones", items(object("type", tmpl("mobile"), "phone", tmpl(`{{ .phone | phone "US" }}`))),
		"tags", tmpl(`{{ .labels | split "|" }}`),
		"custom", object("tierStr", tmpl("{{ .plan }}"), "mrrNum", tmpl("{{ .mrr }}"), "renewsAt", tmpl(`{{ .renewal | date "01/02/2006" }}`)),
	), o)
	row := map[string]any{
		"id": "7", "first": "Jo", "Last Name": "O'Neil", "email": " Jo@X.io ", "phone": "415-555-2671",
		"labels": "vip|new", "plan": "gold", "mrr": "12.5", "renewal": "12/31/2025",
	}
	got, err := m.Apply(&mappings.Input{Row: mapRow(row), Key: "zd-7"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"externalId": "zd-7", "name": "Jo O'Neil",
		"emails": []any{map[string]any{"type": "work", "email": "jo@x.io"}},
		"phones": []any{map[string]any{"type": "mobile", "phone": "+14155552671"}},
		"tags":   []any{"vip", "new"},
		"custom": map[string]any{"tierStr": "gold", "mrrNum": "12.5", "renewsAt": time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name := range row {
		row[name] = ""
	}
	if got, err = m.Apply(&mappings.Input{Row: mapRow(row), Key: "zd-7"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"externalId": "zd-7", "name": " "}, got); diff != "" {
		t.Errorf("of an empty row (-want +got):\n%s", diff)
	}
}

type refused struct{ key string }

func (r *refused) Error() string { return "customer " + r.key + " was rejected" }

// TestRowErrors: an error of a row names the field, the place of the function that failed, and the cause.
func TestRowErrors(t *testing.T) {
	pos := mappings.Pos{File: "p.yaml", Line: 4, Column: 11}
	at := func(template string) mappings.Node {
		return mappings.Node{Kind: mappings.Scalar, Pos: pos, Text: mappings.Text{Value: template, Pos: pos}}
	}
	ref := func(_ string, key *string) (string, error) { return "", &refused{*key} }
	tests := []struct {
		template string
		column   int
		message  string
		value    string // of the ValueError
	}{
		{`{{ .n | trim | int }}`, 26, "int: not a whole number", "12a"},
		{`x {{ .n }}{{ date .n }}`, 24, `date: not a date in ISO 8601 form (2006-01-02, 2006-01-02T15:04:05Z); give its layout: date "01/02/2006"`, "12a"},
		{`{{ .n | lookup "t" }}`, 19, `lookup: table "t" has no such key; add it, or "*" for every other key`, "12a"},
		{`{{ .none | required "no id" }}`, 22, "no id", ""},
		{`{{ eq .n 5 }}`, 14, `eq: cannot compare text with a number; compare text with text (eq .zip "501") or make a number of it (eq (number .zip) 501)`, ""},
		{`{{ .n.city }}`, 14, `text has no member "city"; only an object has`, ""},
		{`{{ range .n }}{{ end }}`, 20, "range goes over a list, not text", ""},
		{`{{ ref "customer" .n }}`, 14, "customer 12a was rejected", ""},
		{`{{ ref "customer" .none }}`, 14, `ref "customer": the key is empty; if a row may have no parent, put {{ if .column }} around the ref`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.template, func(t *testing.T) {
			m := mustCompile(t, object("emails", items(object("email", at(tt.template)))),
				mappings.Options{Steps: []string{"customer"}, Tables: map[string]mappings.Table{"t": {}}})
			got, err := m.Apply(&mappings.Input{Row: mapRow{"n": "12a"}, Ref: ref})
			var wrong *mappings.Error
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v, %v", got, err)
			}
			if wrong.Field != "emails[0].email" || wrong.Pos.Column != tt.column || wrong.Err.Error() != tt.message {
				t.Errorf("got %s %s\n%s\nwant column %d\n%s", wrong.Field, wrong.Pos, wrong.Err, tt.column, tt.message)
			}
			if strings.Contains(err.Error(), "12a") && !strings.Contains(tt.message, "12a") {
				t.Errorf("the message shows the row's value: %s", err)
			}
			var bad *values.Error
			if errors.As(err, &bad) != (tt.value != "") || bad != nil && bad.Value != tt.value {
				t.Errorf("value: got %+v, want %q", bad, tt.value)
			}
			var own *refused
			if errors.As(err, &own) != strings.Contains(tt.template, `"customer" .n }`) {
				t.Error("the error of Ref is lost: failAt and failIn must wrap it")
			}
		})
	}
}

func TestPick(t *testing.T) {
	o := mappings.Options{Steps: []string{"customer"}}
	m := mustCompile(t, object("a", tmpl("{{ .x }}"), "b", object("c", tmpl(`{{ ref "customer" .y }}`)), "d", tmpl("{{ run_id }}")), o)
	if diff := cmp.Diff([]string{"a", "b", "d"}, m.Fields()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"x", "y"}, m.Columns()); diff != "" {
		t.Error(diff)
	}
	if !m.Volatile() || len(m.Refs()) != 1 {
		t.Errorf("volatile %v, refs %v", m.Volatile(), m.Refs())
	}
	a, ok := m.Pick("a")
	if !ok || a.Volatile() || len(a.Refs()) != 0 {
		t.Fatalf("pick a: %v", ok)
	}
	got, err := a.Apply(&mappings.Input{Row: mapRow{"x": "1"}})
	if diff := cmp.Diff(map[string]any{"a": "1"}, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if _, ok := m.Pick("z"); ok {
		t.Error("picked a field that is not there")
	}
}

func TestBool(t *testing.T) {
	row := map[string]any{"email": "a@x.io", "yes": true, "none": nil, "t": "true", "f": "false", "e": "", "odd": "maybe", "one": json.Number("1")}
	for template, want := range map[string]any{
		`{{ ne .email "" }}`: true, `{{ ne .none "" }}`: false, `{{ .yes }}`: true, `{{ .none }}`: false,
		`{{ .t }}`: true, `{{ .f }}`: false, `{{ .e }}`: false, `true`: true, `false`: false,
		`{{ if .yes }}true{{ end }}`: true, `{{ if .e }}true{{ end }}`: false, `{{ not .yes }}`: false,
		`{{ .odd }}`: nil, `{{ .one }}`: nil, ` {{ .t }}`: nil, `{{ list }}`: nil,
	} {
		e, diagnostics := compileText(mappings.Text{Value: template}, mappings.Options{})
		if len(diagnostics) > 0 {
			t.Fatal(template, diagnostics)
		}
		got, err := e.Bool(&mappings.Input{Row: mapRow(row)})
		if want == nil {
			if wrong := new(mappings.Error); !errors.As(err, &wrong) {
				t.Errorf("%s: got %v, want an error", template, got)
			}
		} else if err != nil || got != want {
			t.Errorf("%s: got %v, %v", template, got, err)
		}
	}
}
