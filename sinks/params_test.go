package sinks

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestWith(t *testing.T) {
	spec := Spec{
		Name: "create_kobject", Object: "kobject {klass}", Params: []string{"klass"},
		Create:  []Route{{Method: "POST", Path: "/v1/customers/{customer}/klasses/{klass}"}, {Method: "POST", Path: "/v1/klasses/{klass}"}},
		Update:  &Route{Method: "PUT", Path: "/v1/klasses/{klass}/{id}"},
		Lookups: []Lookup{{By: "externalId", Paths: []string{"/v1/klasses/{klass}/externalId={value}"}}},
		Batch:   &Batches{Path: "/v1/klasses/{klass}/bulk", MaxItems: 3},
		Roles:   []Role{{For: "create", AnyOf: []string{"org.permission.kobject.kobject_{klass}.create"}}},
	}
	before := spec
	got, err := spec.With(map[string]string{"klass": "ecomm order"})
	if err != nil {
		t.Fatal(err)
	}
	want := &Spec{
		Name: "create_kobject", Object: "kobject ecomm order", Params: []string{"klass"},
		Create:  []Route{{Method: "POST", Path: "/v1/customers/{customer}/klasses/ecomm%20order"}, {Method: "POST", Path: "/v1/klasses/ecomm%20order"}},
		Update:  &Route{Method: "PUT", Path: "/v1/klasses/ecomm%20order/{id}"},
		Lookups: []Lookup{{By: "externalId", Paths: []string{"/v1/klasses/ecomm%20order/externalId={value}"}}},
		Batch:   &Batches{Path: "/v1/klasses/ecomm%20order/bulk", MaxItems: 3},
		Roles:   []Role{{For: "create", AnyOf: []string{"org.permission.kobject.kobject_ecomm order.create"}}},
	}
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Spec{})); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(before, spec, cmpopts.IgnoreUnexported(Spec{})); d != "" {
		t.Errorf("the sink in the catalog changed:\n%s", d)
	}
	for _, klass := range []string{"", "..", "a\nb"} {
		if _, err := spec.With(map[string]string{"klass": klass}); err == nil {
			t.Errorf("klass %q is taken", klass)
		}
	}
}

// A param is held against its field as any other value, though no payload has it.
func TestWithChecksFields(t *testing.T) {
	spec := Spec{Params: []string{"klass"}, Create: []Route{{Method: "POST", Path: "/v1/klasses/{klass}"}},
		Fields: []Field{{Name: "klass", Type: Text, Required: true, MaxLen: 5, Pattern: `^[a-z]+$`}, {Name: "title", Type: Text, Required: true}}}
	for klass, fits := range map[string]bool{"order": true, "ord er": false, "orders": false} {
		if _, err := spec.With(map[string]string{"klass": klass}); (err == nil) != fits {
			t.Errorf("klass %q: %v", klass, err)
		}
	}
}

func TestParamsAreNotSent(t *testing.T) {
	spec := Spec{
		Name: "create_kobject", Params: []string{"klass"}, Create: []Route{{Method: "POST", Path: "/v1/klasses/order"}},
		Fields: []Field{{Name: "klass", Type: Text, Required: true}, {Name: "title", Type: Text}},
	}
	got, err := spec.Fit(Create, map[string]any{"klass": "order", "title": "Shoes"})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]any{"title": "Shoes"}, got); d != "" {
		t.Error(d)
	}
	if _, err := spec.Fit(Create, map[string]any{"title": "Shoes"}); err == nil {
		t.Error("a payload without the klass fits")
	}
}

func TestFillTakesTheIDOfThePayload(t *testing.T) {
	r := Route{Method: "PUT", Path: "/v1/messages/{id}"}
	path, body, err := r.Fill(map[string]any{"id": "m1", "preview": "hello"}, "")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]any{"preview": "hello"}, body); d != "" || path != "/v1/messages/m1" {
		t.Errorf("path %s\n%s", path, d)
	}
}
