package sinks

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func thing(id string, attrs ...string) map[string]any {
	object := map[string]any{"id": id, "type": "thing"}
	for i := 0; i < len(attrs); i += 2 {
		object[attrs[i]] = attrs[i+1]
	}
	return object
}

func TestFormQuestion(t *testing.T) {
	f := &Form{Kind: "part", By: "externalId", Args: []string{"klass", "externalId"},
		Paths: []string{"/v1/klasses/{klass}/externalId={externalId}", "/v1/parts?klass={klass}&id={externalId}"}}
	for _, tc := range []struct {
		name string
		args []string
		want []string
		says string
	}{
		{"plain", []string{"order", "7"}, []string{"/v1/klasses/order/externalId=7", "/v1/parts?klass=order&id=7"}, ""},
		{"encoded", []string{"a/b", "x&y=+@ %"}, []string{
			"/v1/klasses/a%2Fb/externalId=x%26y%3D%2B%40%20%25", "/v1/parts?klass=a%2Fb&id=x%26y%3D%2B%40%20%25"}, ""},
		{"braces are text", []string{"{externalId}", "7"}, []string{
			"/v1/klasses/%7BexternalId%7D/externalId=7", "/v1/parts?klass=%7BexternalId%7D&id=7"}, ""},
		{"dots that are no segment", []string{"order", ".."}, []string{"/v1/klasses/order/externalId=..", "/v1/parts?klass=order&id=.."}, ""},
		{"another path", []string{"..", "7"}, nil, "cannot stand in a path"},
		{"empty", []string{"order", ""}, nil, "needs a text"},
		{"control character", []string{"order", "a\nb"}, nil, "needs a text"},
		{"not UTF-8", []string{"order", "\xff"}, nil, "needs a text"},
		{"too few", []string{"order"}, nil, "takes 2 values, not 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q, err := f.Question(tc.args)
			if tc.says != "" {
				if err == nil || !strings.Contains(err.Error(), tc.says) {
					t.Fatalf("got %v, want %q", err, tc.says)
				}
				return
			}
			if diff := cmp.Diff(tc.want, q.Paths); err != nil || diff != "" {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
	if f.Paths[0] != "/v1/klasses/{klass}/externalId={externalId}" {
		t.Error("the form itself was filled")
	}
}

func TestFormChoose(t *testing.T) {
	a, b, c := thing("a", "name", "Ann", "direction", "out"), thing("b", "name", "Bob", "direction", "in"), thing("c", "name", "ann", "direction", "in")
	all := []any{a, b, c}
	inbound := &Only{Attr: "direction", Text: "in"}
	further := map[string]any{"id": "f", "externalId": "z", "externalIds": []any{map[string]any{"externalId": "x-1"}}}
	for _, tc := range []struct {
		name    string
		form    Form
		items   []any
		missing bool
		arg     string
		want    any // nil: nothing
		class   string
		says    string
	}{
		{name: "one", items: []any{a}, want: a},
		{name: "none"},
		{name: "one of two", items: []any{a, b}, class: "ambiguous", says: `2 objects of Kustomer answer find "thing" "x": a, b`},
		{name: "one of many", items: []any{a, b, c, a, b, c, a}, class: "ambiguous", says: "and 2 more"},
		{name: "the right one", form: Form{Attr: "name"}, items: []any{a}, arg: "Ann", want: a},
		{name: "another one", form: Form{Attr: "name"}, items: []any{a}, arg: "Eve", class: "unknown", says: "another name, a"},
		{name: "one that shows nothing", form: Form{Attr: "externalId"}, items: []any{a}, arg: "x-1", want: a},
		{name: "a further external id", form: Form{Attr: "externalId"}, items: []any{further}, arg: "x-1", want: further},
		{name: "not even that", form: Form{Attr: "externalId"}, items: []any{further}, arg: "x-2", class: "unknown"},
		{name: "equal", form: Form{Pick: PickEqual, Attr: "name"}, items: all, arg: "ann", want: c},
		{name: "equal, folded", form: Form{Pick: PickEqual, Attr: "name", Fold: true}, items: all, arg: "BOB", want: b},
		{name: "equal to several", form: Form{Pick: PickEqual, Attr: "name", Fold: true}, items: all, arg: "ann", class: "ambiguous", says: "a, c"},
		{name: "equal to none", form: Form{Pick: PickEqual, Attr: "name"}, items: all, arg: "Eve"},
		{name: "first", form: Form{Pick: PickFirst}, items: all, want: a},
		{name: "first that counts", form: Form{Pick: PickFirst, Only: inbound}, items: all, want: b},
		{name: "first of none", form: Form{Pick: PickFirst}},
		{name: "all", form: Form{Pick: PickAll}, items: all, want: all},
		{name: "all that count", form: Form{Pick: PickAll, Only: inbound}, items: all, want: []any{b, c}},
		{name: "all of none", form: Form{Pick: PickAll}, items: []any{}, want: []any{}},
		{name: "all of what is missing", form: Form{Pick: PickAll}, missing: true},
		{name: "text of what is missing", form: Form{Pick: PickText, Attr: "name"}, missing: true},
		{name: "text", form: Form{Pick: PickText, Attr: "name"}, items: all, want: "Ann\n\nBob\n\nann"},
		{name: "text of none", form: Form{Pick: PickText, Attr: "missing"}, items: all, want: ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.form.Kind, tc.form.By = "thing", "x"
			got, ok, err := tc.form.Choose(Answer{Items: tc.items, Missing: tc.missing}, []string{tc.arg})
			if tc.class != "" {
				var failed *Error
				if !errors.As(err, &failed) || failed.Class.String() != tc.class || !strings.Contains(failed.Message, tc.says) {
					t.Fatalf("got %v, %v, want %s with %q", got, err, tc.class, tc.says)
				}
				return
			}
			if diff := cmp.Diff(tc.want, got); err != nil || ok != (tc.want != nil) || diff != "" {
				t.Errorf("%v, %t, %s", err, ok, diff)
			}
		})
	}
	if len(all) != 3 || all[0].(map[string]any)["id"] != "a" {
		t.Error("choosing changed the list, which others read too")
	}
}

func TestFormKeys(t *testing.T) {
	path := []string{"/v1/x/1"}
	list := Question{Form: &Form{Kind: "messages", Pick: PickAll}, Paths: path}
	text := Question{Form: &Form{Kind: "body", Pick: PickText}, Paths: path}
	first := Question{Form: &Form{Kind: "message", By: "last", Pick: PickFirst}, Paths: path}
	if list.Key() != text.Key() || first.Key() == list.Key() {
		t.Errorf("keys %q, %q, %q: what reads the same has the same key, and only that", list.Key(), text.Key(), first.Key())
	}
}

// What a dry run cannot know passes wherever it stands, counts as there, and is shown as what it is.
func TestLaterPassesAFit(t *testing.T) {
	later := RunTimeValue{Question: "q"}
	spec := Prepare(Spec{Name: "x", Object: "x",
		Create: []Route{{Method: "POST", Path: "/v1/p/{parent}/x"}},
		Fields: []Field{
			{Name: "parent", Type: ID, Required: true}, {Name: "n", Type: Integer}, {Name: "when", Type: Time},
			{Name: "list", Type: List, Items: &Field{Type: ID}}, {Name: "object", Type: Object, Fields: []Field{{Name: "a", Type: Email}}},
			{Name: "free", Type: Free}, {Name: "custom", Type: Custom},
		}})[0]
	in := map[string]any{"parent": later, "n": later, "when": later, "list": []any{later}, "free": map[string]any{"x": later},
		"object": map[string]any{"a": later}, "custom": later}
	out, err := spec.Fit(Create, in)
	if diff := cmp.Diff(in, out); err != nil || diff != "" {
		t.Fatalf("%v %s", err, diff)
	}
	route, _ := spec.Route(Create, out)
	path, body, err := route.Fill(out, "")
	if _, there := body["parent"]; err != nil || path != "/v1/p/<found at run time>/x" || there {
		t.Errorf("%q, %v, %v", path, body, err)
	}
	one, err1 := Canonical(map[string]any{"a": later})
	other, err2 := Canonical(map[string]any{"a": RunTimeValue{Question: "p"}})
	if err1 != nil || err2 != nil || string(one) == string(other) {
		t.Errorf("%s and %s (%v, %v): other questions are other contents", one, other, err1, err2)
	}
}
