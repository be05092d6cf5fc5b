package functions

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/kustsync/kustsync/mappings"
)

// mapRow is a Row in a map.
type mapRow map[string]any

func (r mapRow) Get(column string) any  { return r[column] }
func (r mapRow) Object() map[string]any { return r }

// manualRow returns the row that the examples of the table of functions are about.
func manualRow() *mappings.Input {
	return &mappings.Input{
		Row: mapRow{
			"id": "7", "Last Name": "Lee", "status": "solved", "amount": "12.50",
			"phone": "(415) 555-2671", "labels": "vip|new", "missing": nil,
			"tags":    []any{"red", "blue"},
			"address": map[string]any{"city": "Oslo"},
			"emails":  []any{map[string]any{"email": "a@x.io"}, map[string]any{"email": "b@x.io"}},
		},
		Parent: map[string]any{"id": "t-1"},
		Key:    "zd-7", Number: 41, File: "people.csv", RunID: "r1",
		Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Ref: func(step string, key *string) (string, error) {
			if key == nil {
				return "id-of-this-row-in-" + step, nil
			}
			return "id-of-" + *key, nil
		},
		Find: func(kind, _ string, args []string) (any, bool, error) {
			if kind == "org" {
				return map[string]any{"id": "id-of-org"}, true, nil
			}
			last := args[len(args)-1]
			if last == "later" {
				return mappings.RunTimeValue{Question: kind}, true, nil
			}
			return map[string]any{"id": "id-of-" + last, "name": "Ana"}, last != "nobody", nil
		},
	}
}

// manualOptions are those of a step that reads manualRow.
func manualOptions() mappings.Options {
	return mappings.Options{
		Columns: []string{"id", "Last Name", "status", "amount", "phone", "labels", "missing", "tags", "address", "emails"},
		Each:    true,
		Parent:  []string{"id"},
		Step:    "message", Steps: []string{"customer", "conversation"}, SameRow: []string{"conversation"},
		Finds: []mappings.FindForm{
			{Kind: "user", By: "id", Args: []string{"id"}},
			{Kind: "user", By: "email", Args: []string{"email"}},
			{Kind: "kobject", By: "externalId", Args: []string{"klass", "externalId"}},
			{Kind: "org"},
		},
		Tables: map[string]mappings.Table{"statuses": {"open": "open", "*": "done"}, "plans": {"pro": json.Number("3")}},
	}
}

// compileText is mappings.CompileText with the functions of the table.
func compileText(text mappings.Text, o mappings.Options) (*mappings.Expr, []mappings.Diagnostic) {
	o.Functions = Table()
	return mappings.CompileText(text, o)
}

// compile is mappings.Compile with the functions of the table, for a mapping of names and templates in turn.
func compile(o mappings.Options, pairs ...string) (*mappings.Mapping, []mappings.Diagnostic) {
	o.Functions = Table()
	n := mappings.Node{Kind: mappings.Map}
	for i := 0; i < len(pairs); i += 2 {
		n.Fields = append(n.Fields, mappings.Field{Name: pairs[i], Value: mappings.Node{Text: mappings.Text{Value: pairs[i+1]}}})
	}
	return mappings.Compile(n, o)
}

// render compiles a template, which must be right, and renders manualRow with it.
func render(t *testing.T, template string) (string, error) {
	t.Helper()
	e, diagnostics := compileText(mappings.Text{Value: template}, manualOptions())
	if len(diagnostics) > 0 {
		t.Fatalf("%s: %v", template, diagnostics)
	}
	return e.Text(manualRow())
}

// TestExamples: every entry of the table is complete, and its example prints what it says.
func TestExamples(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range All() {
		t.Run(f.Name, func(t *testing.T) {
			if seen[f.Name] {
				t.Fatalf("there are two functions of this name: take one out of the table of the group %q", f.Group)
			}
			seen[f.Name] = true
			if first, _, _ := strings.Cut(f.Signature, " "); first != f.Name {
				t.Errorf("the signature begins with %q: write the name first", first)
			}
			if f.Group == "" || f.Doc == "" || f.bind == nil {
				t.Errorf("the entry lacks its group, doc or function: complete it in the table of the group %q", f.Group)
			}
			got, err := render(t, f.Example)
			if err != nil {
				t.Fatal(err)
			}
			if got != f.Want {
				t.Errorf("%s\ngives %q\nwant  %q: correct the function, or Want in the table of the group %q", f.Example, got, f.Want, f.Group)
			}
		})
	}
}
