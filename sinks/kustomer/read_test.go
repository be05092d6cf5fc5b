package kustomer

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

func TestRead(t *testing.T) {
	const id = "65a0c0ffee0000000000abcd"
	s := newServer(t, always(200, `{"data":{"id":"`+id+`","attributes":{"name":"Ann","custom":{"bigNum":12345678901234567890}},
		"relationships":{"company":{"data":{"type":"company","id":"c1"}},"messages":{"links":{"self":"/x"}}}}}`))
	got, err := newTestClient(t, s.URL, nil).Read(t.Context(), &thing, id)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"name": "Ann", "company": "c1", "custom": map[string]any{"bigNum": json.Number("12345678901234567890")}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if ask := s.seen()[0]; ask.method != "GET" || ask.uri != "/v1/things/"+id {
		t.Errorf("asked %s %s", ask.method, ask.uri)
	}
}

func TestReadRefusals(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		want   sinks.Class
	}{
		"missing":     {404, `{"errors":[{"title":"not found"}]}`, sinks.Missing},
		"deleted":     {200, shown("a1", map[string]any{"deleted": true}), sinks.Deleted},
		"another one": {200, shown("b2", nil), sinks.Deleted},
		"no object":   {200, `{}`, sinks.Unknown},
		"no right":    {403, `{}`, sinks.Fatal},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := newTestClient(t, newServer(t, always(tt.status, tt.body)).URL, nil).Read(t.Context(), &thing, "a1")
			var failed *sinks.Error
			if !errors.As(err, &failed) || failed.Class != tt.want {
				t.Errorf("got %v, want class %v", err, tt.want)
			}
		})
	}
}

func TestObjectPath(t *testing.T) {
	tests := map[string]struct {
		spec sinks.Spec
		want string
	}{
		"update":   {thing, "/v1/things/{id}"},
		"change":   {sinks.Spec{Create: []sinks.Route{{Path: "/v1/conversations/{id}/tags"}}}, "/v1/conversations/{id}"},
		"no route": {sinks.Spec{Create: []sinks.Route{{Path: "/v1/merges"}}}, ""},
	}
	for name, tt := range tests {
		if got, ok := objectPath(&tt.spec); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
