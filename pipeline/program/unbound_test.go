package program

import (
	"errors"
	"testing"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// TestUnbound: the sink of a step is known, with its params, without any source.
func TestUnbound(t *testing.T) {
	const text = `
version: 1
name: p
steps:
  person: { from: nowhere.csv, sink: create_customer, key: "{{ .id }}", mapping: { name: x } }
  order: { from: nowhere.csv, sink: create_kobject, key: "{{ .id }}", mapping: { klass: order, title: x } }
  late: { from: nowhere.csv, sink: create_kobject, key: "{{ .id }}", mapping: { klass: "{{ .k }}", title: x } }
`
	f, err := config.Parse("p.yaml", []byte(text), config.Options{Specs: catalog.Specs()})
	if f == nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"person": "/v1/customers/{id}", "order": "/v1/klasses/order/{id}"} {
		s, ok, err := Unbound(f, name, catalog.Specs())
		if !ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
			continue
		}
		if s.Name() != name || !s.ByExternalID || s.Spec.Update.Path != want {
			t.Errorf("%s: by external id %v, read at %s, want %s", name, s.ByExternalID, s.Spec.Update.Path, want)
		}
	}
	if _, ok, err := Unbound(f, "nobody", catalog.Specs()); ok || err != nil {
		t.Error("a step that is not there:", ok, err)
	}
	if _, ok, err := Unbound(f, "late", catalog.Specs()); !ok || !errors.As(err, new(config.Diagnostics)) {
		t.Error("a klass that is not written out:", ok, err)
	}
	if _, ok, err := Unbound(f, "person", nil); !ok || !errors.As(err, new(config.Diagnostics)) {
		t.Error("a sink that is not there:", ok, err)
	}
}
