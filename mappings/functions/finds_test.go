package functions

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

// TestFindDiagnostics: the offset, the message and the fix of everything that can be wrong in a use of find.
func TestFindDiagnostics(t *testing.T) {
	for _, tc := range []struct {
		template string
		at       int
		message  string
		hint     string
	}{
		{`{{ find "usr" "email" .id }}`, 8, `find: nothing of the kind "usr" can be found`, `did you mean "user"?`},
		{`{{ find "zebra" "email" .id }}`, 8, `find: nothing of the kind "zebra" can be found`, "use one of user, kobject, org"},
		{`{{ find .status .id }}`, 8, "find: the kind must be written out in quotes", `write find "KIND" ["BY"] [VALUE...]`},
		{`{{ find "user" "mail" .id }}`, 15, `find: a user cannot be found by "mail"`, `did you mean "email"?`},
		{`{{ find "user" "shoe size" .id }}`, 15, `find: a user cannot be found by "shoe size"`, "use one of id, email"},
		{`{{ find "user" .id }}`, 15, "find: by what the user is found must be written out in quotes", `write one of: find "user" "id" ID, find "user" "email" EMAIL`},
		{`{{ find "user" }}`, 8, "find: by what the user is found must be written out in quotes", `write one of: find "user" "id" ID, find "user" "email" EMAIL`},
		{`{{ find "user" "email" }}`, 3, "find: wrong number of values (0) behind the kind", `write find "user" "email" EMAIL`},
		{`{{ find "kobject" "externalId" .id }}`, 3, "find: wrong number of values (1) behind the kind", `write find "kobject" "externalId" KLASS EXTERNALID`},
		{`{{ .id | find "org" }}`, 9, "find: wrong number of values (1) behind the kind", `write find "org"`},
		{`{{ findOr "" "usr" "id" .id }}`, 13, `findOr: nothing of the kind "usr" can be found`, `did you mean "user"?`},
		{`{{ findOr "user" "id" .id }}`, 17, `findOr: nothing of the kind "id" can be found`, "use one of user, kobject, org"},
		{`{{ findOr "" "user" "id" }}`, 3, "findOr: wrong number of values (0) behind the kind", `write findOr DEFAULT "user" "id" ID`},
		{`{{ find "user" "id" .idd }}`, 20, `no column "idd"`, "did you mean .id?"},
	} {
		t.Run(tc.template, func(t *testing.T) {
			_, diagnostics := compileText(mappings.Text{Value: tc.template, Pos: mappings.Pos{Line: 1, Column: 1}}, manualOptions())
			want := []mappings.Diagnostic{{Pos: mappings.Pos{Line: 1, Column: tc.at + 1}, Message: tc.message, Hint: tc.hint}}
			if diff := cmp.Diff(want, diagnostics); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFindIsForMappings(t *testing.T) {
	o := manualOptions()
	o.NoFind = true
	_, diagnostics := compileText(mappings.Text{Value: `{{ (find "user" "id" .id).name }}`}, o)
	if len(diagnostics) != 1 || diagnostics[0].Message != "find: this must be known before Kustomer is asked" {
		t.Errorf("diagnostics %v", diagnostics)
	}
	_, diagnostics = compileText(mappings.Text{Value: `{{ (find "user" "id" .id).name }}`}, mappings.Options{})
	if len(diagnostics) != 1 || diagnostics[0].Hint != "there is nothing to find here" {
		t.Errorf("diagnostics %v", diagnostics)
	}
}

func TestFind(t *testing.T) {
	for _, tc := range []struct {
		template, want, err, value string
	}{
		{template: `{{ (find "user" "email" .id).id }}`, want: "id-of-7"},
		{template: `{{ (find "user" "email" .id).emial }}`, want: ""},
		{template: `{{ (.id | find "user" "email").name }}`, want: "Ana"},
		{template: `{{ with .id | findOr "" "user" "email" }}{{ .name }}{{ end }}`, want: "Ana"},
		{template: `{{ (find "kobject" "externalId" "order" .id).id }}`, want: "id-of-7"},
		{template: `{{ (find "user" "id" (find "user" "email" .id).id).id }}`, want: "id-of-id-of-7"},
		{template: `{{ (find "org").id }}`, want: "id-of-org"},
		{template: `{{ (find "user" "id" 7).id }}`, want: "id-of-7"},
		{template: `{{ (find "user" "id" .missing).id }}`, err: `find "user" "id": the id is empty; correct the row, or give a default with findOr`},
		{template: `{{ (find "user" "id" "nobody").id }}`, err: `find "user" "id": Kustomer has none; correct the row, or give a default with findOr`, value: "nobody"},
		{template: `{{ (findOr "" "user" "id" .missing).id }}`, want: ""},
		{template: `{{ (findOr (dict "id" "x") "user" "id" "nobody").id }}`, want: "x"},
		{template: `{{ findOr 7 "user" "id" "nobody" }}`, want: "7"},
		{template: `{{ if false }}{{ find "user" "id" "nobody" }}{{ end }}`, want: ""},
		{template: `{{ find "user" "id" .tags }}`, err: "find: wants text, got a list; use join, index or json"},
	} {
		t.Run(tc.template, func(t *testing.T) {
			got, err := render(t, tc.template)
			if tc.err == "" && (err != nil || got != tc.want) {
				t.Fatalf("got %q, %v, want %q", got, err, tc.want)
			}
			if tc.err == "" {
				return
			}
			var value *values.Error
			if err == nil || err.Error() != tc.err || errors.As(err, &value) && value.Value != tc.value {
				t.Errorf("got %v, want %s", err, tc.err)
			}
		})
	}
}

// TestFindLater: in a dry run nothing is found, and every template that uses find is a RunTimeValue, whatever it does with
// what is found.
func TestFindLater(t *testing.T) {
	text := func(s string) mappings.Node { return mappings.Node{Text: mappings.Text{Value: s}} }
	o := manualOptions()
	o.Functions = Table()
	m, diagnostics := mappings.Compile(mappings.Node{Kind: mappings.Map, Fields: []mappings.Field{
		{Name: "plain", Value: text("{{ .id }}")},
		{Name: "id", Value: text(`{{ (find "user" "id" "later").id }}`)},
		{Name: "text", Value: text(`{{ .id }} by {{ (findOr "" "user" "id" "later").name | upper }}`)},
		{Name: "number", Value: text(`{{ add 1 (int (find "user" "id" "later").age) }}`)},
		{Name: "branch", Value: text(`{{ if find "user" "id" "later" }}a{{ else }}b{{ end }}`)},
		{Name: "list", Value: mappings.Node{Kind: mappings.List, Items: []mappings.Node{text(`{{ (find "user" "id" "later").id }}`), text("x")}}},
	}}, o)
	if len(diagnostics) > 0 {
		t.Fatal(diagnostics)
	}
	got, err := m.Apply(manualRow())
	later := mappings.RunTimeValue{Question: "user"}
	want := map[string]any{"plain": "7", "id": later, "text": later, "number": later, "branch": later, "list": []any{later, "x"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if uses := m.Finds(); len(uses) != 5 || uses[0].Kind != "user" || uses[0].By != "id" {
		t.Errorf("uses %v", uses)
	}
}

// TestFindErrors: an error of Input.Find reaches the caller as it is.
func TestFindErrors(t *testing.T) {
	broken := errors.New("cannot be reached")
	in := manualRow()
	in.Find = func(string, string, []string) (any, bool, error) { return nil, false, broken }
	for _, template := range []string{`{{ (find "user" "id" .id).id }}`, `{{ (findOr "" "user" "id" .id).id }}`} {
		e, diagnostics := compileText(mappings.Text{Value: template}, manualOptions())
		if len(diagnostics) > 0 {
			t.Fatal(diagnostics)
		}
		if _, err := e.Text(in); !errors.Is(err, broken) || err.Error() != broken.Error() {
			t.Errorf("%s: %v", template, err)
		}
	}
	in.Find = nil
	e, _ := compileText(mappings.Text{Value: `{{ find "org" }}`}, manualOptions())
	if _, err := e.Text(in); err == nil || err.Error() != "find: nothing can be found here" {
		t.Errorf("without Find: %v", err)
	}
}
