package sinks_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// id is an object id.
const id = "65a0c0ffee0000000000abcd"

// one is a sink with the field f alone.
func one(f sinks.Field) *sinks.Spec {
	f.Name = "f"
	return &sinks.Prepare(sinks.Spec{Name: "s", Fields: []sinks.Field{f}})[0]
}

// rule returns the rule of the first error of err, "" without one.
func rule(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var fit *sinks.FitError
	if !errors.As(err, &fit) {
		t.Fatalf("error is %T, want *FitError: %v", err, err)
	}
	return fit.Rule
}

// ticket is a sink with every kind of use.
func ticket() *sinks.Spec {
	return &sinks.Prepare(sinks.Spec{
		Name:   "make_ticket",
		Create: []sinks.Route{{Method: "POST", Path: "/t/{team}/x"}, {Method: "POST", Path: "/u/{user}/x"}},
		Update: &sinks.Route{Method: "PUT", Path: "/x/{id}"},
		Fields: []sinks.Field{
			{Name: "team", Type: sinks.Text, Use: sinks.CreateOnly, Aliases: []string{"team_id"}},
			{Name: "user", Type: sinks.Text, Use: sinks.CreateOnly},
			{Name: "kind", Type: sinks.Text, Required: true},
			{Name: "app", Type: sinks.Text, Use: sinks.CreateOnly, Required: true, Default: "kustsync"},
			{Name: "score", Type: sinks.Number, Use: sinks.UpdateOnly},
			{Name: "state", Type: sinks.Text, Enum: []string{"open"}, EnumUpdate: []string{"asleep"}},
			{Name: "who", Type: sinks.Object, MinItems: 1, Fields: []sinks.Field{
				{Name: "mail", Type: sinks.Email, Required: true},
				{Name: "note", Type: sinks.Text},
			}},
			{Name: "externalId", Type: sinks.Text},
		},
		NotFields: []sinks.NotField{{Name: "channel", Hint: "map kind"}},
	})[0]
}

func TestFitPayload(t *testing.T) {
	tests := []struct {
		name string
		op   sinks.Op
		in   map[string]any
		want map[string]any
		err  string
	}{
		{
			name: "create puts in the default and resolves the alias",
			in:   map[string]any{"team_id": "a", "kind": "k"},
			want: map[string]any{"team": "a", "kind": "k", "app": "kustsync"},
		},
		{
			name: "update leaves out what only a create takes, needs nothing and adds nothing",
			op:   sinks.Update,
			in:   map[string]any{"team_id": "a", "app": "mine", "score": "0.5", "state": "asleep"},
			want: map[string]any{"score": json.Number("0.5"), "state": "asleep"},
		},
		{
			name: "alias beside its field",
			in:   map[string]any{"team": "a", "team_id": "a", "kind": "k"},
			err:  "team: set more than once, as team or team_id; keep one of them",
		},
		{
			name: "required",
			in:   map[string]any{"team": "a"},
			err:  "kind: missing or empty, and required; map it, or correct the row",
		},
		{
			name: "required inside an object, on update too",
			op:   sinks.Update,
			in:   map[string]any{"who": map[string]any{"note": "n"}},
			err:  "who.mail: missing or empty, and required; map it, or correct the row",
		},
		{
			name: "too few members",
			op:   sinks.Update,
			in:   map[string]any{"who": map[string]any{}},
			err:  "who: at least 1 of mail, note must be there; map one",
		},
		{
			name: "update-only on create",
			in:   map[string]any{"team": "a", "kind": "k", "score": 1},
			err:  "score: only an update takes this field; leave it out of the mapping",
		},
		{
			name: "enum of an update on create",
			in:   map[string]any{"team": "a", "kind": "k", "state": "asleep"},
			err:  "state: must be one of open on create; correct the row, or translate it with the function lookup",
		},
		{
			name: "enum of neither on update",
			op:   sinks.Update,
			in:   map[string]any{"state": "gone"},
			err:  "state: must be one of open, asleep; correct the row, or translate it with the function lookup",
		},
		{
			name: "no field of the path",
			in:   map[string]any{"kind": "k"},
			err:  "team: missing or empty, and needed for the request's path; map team or user",
		},
		{
			name: "not a field, but known",
			in:   map[string]any{"team": "a", "kind": "k", "channel": "email"},
			err:  "channel: no such field; map kind",
		},
		{
			name: "not a field at all",
			in:   map[string]any{"team": "a", "kind": "k", "colour": "red"},
			err:  "colour: no such field; see `kustsync sinks make_ticket` for those there are",
		},
		{
			name: "not a member",
			in:   map[string]any{"team": "a", "kind": "k", "who": map[string]any{"mail": "a@b", "fax": "1"}},
			err:  "who.fax: no such field; leave it out; the fields are mail, note",
		},
		{
			name: "all errors at once, in the order of the fields",
			in:   map[string]any{"zz": 1, "aa": 2, "who": map[string]any{"mail": "x", "note": []any{}}, "kind": nil},
			err: "kind: cannot be cleared with null; leave it out (empty: omit), or give it a value; " +
				"who.mail: no e-mail address; correct the row, or clean it with the function email; " +
				"who.note: a list where a text is wanted; pick a part of it, or use the function join or json; " +
				"aa: no such field; see `kustsync sinks make_ticket` for those there are; " +
				"zz: no such field; see `kustsync sinks make_ticket` for those there are",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := deepCopy(tt.in)
			out, err := ticket().Fit(tt.op, tt.in)
			if diff := cmp.Diff(before, tt.in); diff != "" {
				t.Errorf("the payload was changed:\n%s", diff)
			}
			if text := errorText(err); text != tt.err {
				t.Fatalf("error is\n%s\nwant\n%s", text, tt.err)
			}
			if diff := cmp.Diff(tt.want, out); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func deepCopy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[name] = deepCopy(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = deepCopy(item)
		}
		return out
	}
	return v
}

func TestFitErrorHidesValues(t *testing.T) {
	const secret = "s3cr3t"
	fields := []sinks.Field{
		{Type: sinks.Text, MaxLen: 3}, {Type: sinks.Text, MinLen: 100}, {Type: sinks.Text, Enum: []string{"a"}},
		{Type: sinks.Text, Pattern: "^a$"}, {Type: sinks.Integer}, {Type: sinks.Number}, {Type: sinks.Bool}, {Type: sinks.Time},
		{Type: sinks.ID}, {Type: sinks.Email}, {Type: sinks.Phone}, {Type: sinks.URL}, {Type: sinks.List},
		{Type: sinks.Object}, {Type: sinks.Custom},
	}
	for _, field := range fields {
		_, err := one(field).Fit(sinks.Create, map[string]any{"f": secret})
		var fit *sinks.FitError
		if !errors.As(err, &fit) {
			t.Errorf("%s: no error: %v", field.Type, err)
			continue
		}
		if strings.Contains(fit.Error(), secret) {
			t.Errorf("%s: the error shows the value: %v", field.Type, fit)
		}
		if fit.Value != secret || !strings.Contains(fit.WithValues(), `(value "s3cr3t")`) {
			t.Errorf("%s: --show-values would not show it: %s", field.Type, fit.WithValues())
		}
		if !strings.Contains(fit.Message, "; ") {
			t.Errorf("%s: no next thing to do in %q", field.Type, fit.Message)
		}
	}
}

func TestFitBoundsItsFaults(t *testing.T) {
	items := make([]any, 10_000)
	_, err := one(sinks.Field{Type: sinks.List, Items: &sinks.Field{Type: sinks.Text}}).Fit(sinks.Create, map[string]any{"f": items})
	var fit *sinks.FitError
	if !errors.As(err, &fit) || fit.Field != "f[0]" || len(fit.More) != 19 {
		t.Fatalf("want 20 errors that begin at f[0], have %v", err)
	}

	_, err = one(sinks.Field{Type: sinks.Email}).Fit(sinks.Create, map[string]any{"f": strings.Repeat("é", 1000)})
	if !errors.As(err, &fit) || len(fit.Value) > 210 || strings.ContainsRune(fit.Value, '\uFFFD') {
		t.Errorf("the value is not cut at a character: %q", fit.Value)
	}
}

func TestFitNamesFaultOfSpec(t *testing.T) {
	spec := one(sinks.Field{Type: sinks.List, Items: &sinks.Field{Type: sinks.Object, Fields: []sinks.Field{{Name: "g", Pattern: "("}}}})
	_, err := spec.Fit(sinks.Create, nil)
	if err == nil || !strings.HasPrefix(err.Error(), "sink s: field f: field g: error parsing regexp") {
		t.Errorf("error is %v", err)
	}
}

func TestUnpreparedSpecFitsAlike(t *testing.T) {
	spec := *ticket()
	bare := sinks.Spec{Name: spec.Name, Create: spec.Create, Update: spec.Update, Fields: spec.Fields}
	in := map[string]any{"team_id": "a", "kind": 7}
	want, err := spec.Fit(sinks.Create, in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := bare.Fit(sinks.Create, in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSpecField(t *testing.T) {
	spec := ticket()
	for _, name := range []string{"team", "team_id"} {
		if f, ok := spec.Field(name); !ok || f.Name != "team" {
			t.Errorf("Field(%q) is %v, %v", name, f, ok)
		}
	}
	if _, ok := spec.Field("channel"); ok {
		t.Error("channel is a field")
	}
}
