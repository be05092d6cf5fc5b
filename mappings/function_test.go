package mappings

import (
	"encoding/json"
	"testing"
	"time"
)

// values are a Row in a map.
type values map[string]any

func (v values) Get(column string) any  { return v[column] }
func (v values) Object() map[string]any { return v }

// manualRow is the row that the examples of the table of functions are about.
func manualRow() *Input {
	return &Input{
		Row: values{
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
				return Later{Question: kind}, true, nil
			}
			return map[string]any{"id": "id-of-" + last, "name": "Ana"}, last != "nobody", nil
		},
	}
}

func manualOptions() Options {
	return Options{
		Columns: []string{"id", "Last Name", "status", "amount", "phone", "labels", "missing", "tags", "address", "emails"},
		Each:    true,
		Parent:  []string{"id"},
		Step:    "message", Steps: []string{"customer", "conversation"}, SameRow: []string{"conversation"},
		Finds:  []FindForm{{"user", "id", []string{"id"}}, {"user", "email", []string{"email"}}, {"kobject", "externalId", []string{"klass", "externalId"}}, {"org", "", nil}},
		Tables: map[string]Table{"statuses": {"open": "open", "*": "done"}, "plans": {"pro": json.Number("3")}},
	}
}

// render compiles a template that must be right and renders the row of the manual.
func render(t *testing.T, template string) (string, error) {
	t.Helper()
	e, faults := CompileText(Text{Value: template}, manualOptions())
	if len(faults) > 0 {
		t.Fatalf("%s: %v", template, faults)
	}
	return e.Text(manualRow())
}

func TestFunctionExamples(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Functions() {
		t.Run(f.Name, func(t *testing.T) {
			if seen[f.Name] {
				t.Fatal("the name is there twice")
			}
			seen[f.Name] = true
			if f.Group == "" || f.Doc == "" || f.bind == nil {
				t.Error("the entry is not complete")
			}
			got, err := render(t, f.Example)
			if err != nil {
				t.Fatal(err)
			}
			if got != f.Want {
				t.Errorf("%s\n got %q\nwant %q", f.Example, got, f.Want)
			}
		})
	}
}
