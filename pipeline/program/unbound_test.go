package program

import (
	"errors"
	"testing"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks"
)

// unboundSpecs are two sinks, one with a param in its paths.
func unboundSpecs() []sinks.Spec {
	text := func(name string) sinks.Field { return sinks.Field{Name: name, Type: sinks.Text, MaxLen: 64} }
	lookups := []sinks.Lookup{{By: "externalId", From: "externalId", Paths: []string{"/x/externalId={value}"}}}
	return sinks.Prepare(
		sinks.Spec{
			Name: "make_person", Object: "person", ExternalID: "externalId", Lookups: lookups,
			Create: []sinks.Route{{Method: "POST", Path: "/people"}}, Update: &sinks.Route{Method: "PUT", Path: "/people/{id}"},
			Fields: []sinks.Field{text("externalId"), text("name")},
		},
		sinks.Spec{
			Name: "make_thing", Object: "thing of {klass}", ExternalID: "externalId", Lookups: lookups, Params: []string{"klass"},
			Create: []sinks.Route{{Method: "POST", Path: "/things/{klass}"}}, Update: &sinks.Route{Method: "PUT", Path: "/things/{klass}/{id}"},
			Fields: []sinks.Field{text("externalId"), text("title"), {Name: "klass", Type: sinks.Text, MaxLen: 64, Required: true}},
		},
	)
}

// TestUnbound: the sink of a step is known, with its params, without any source.
func TestUnbound(t *testing.T) {
	const text = `
version: 1
name: p
steps:
  person: { from: nowhere.csv, sink: make_person, key: "{{ .id }}", mapping: { name: x } }
  order: { from: nowhere.csv, sink: make_thing, key: "{{ .id }}", mapping: { klass: order, title: x } }
  late: { from: nowhere.csv, sink: make_thing, key: "{{ .id }}", mapping: { klass: "{{ .k }}", title: x } }
`
	f, err := config.Parse("p.yaml", []byte(text), config.Options{Specs: unboundSpecs()})
	if f == nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"person": "/people/{id}", "order": "/things/order/{id}"} {
		s, ok, err := Unbound(f, name, unboundSpecs())
		if !ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
			continue
		}
		if s.Name() != name || !s.ByExternalID || s.Spec.Update.Path != want {
			t.Errorf("%s: by external id %v, read at %s, want %s", name, s.ByExternalID, s.Spec.Update.Path, want)
		}
	}
	if _, ok, err := Unbound(f, "nobody", unboundSpecs()); ok || err != nil {
		t.Error("a step that is not there:", ok, err)
	}
	if _, ok, err := Unbound(f, "late", unboundSpecs()); !ok || !errors.As(err, new(config.Diagnostics)) {
		t.Error("a klass that is not written out:", ok, err)
	}
	if _, ok, err := Unbound(f, "person", nil); !ok || !errors.As(err, new(config.Diagnostics)) {
		t.Error("a sink that is not there:", ok, err)
	}
}
