package catalog

import (
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sinks"
)

// TestDestroys: the table finds what each sink does that says of itself that it cannot be undone, and nothing that another
// sink does with an ordinary payload.
func TestDestroys(t *testing.T) {
	ids := strings.NewReplacer("{klass}", "order", "{+path}", "/v1/customers/1", "{method}", "DELETE")
	for _, s := range Specs() {
		routes := s.Create
		if s.Update != nil {
			routes = append(routes, *s.Update)
		}
		for _, r := range routes {
			_, destroys := sinks.Destroying(Destroys(), ids.Replace(r.Method), ids.Replace(r.Path), nil)
			wanted := s.Destructive || s.Name == "request"
			if destroys != wanted {
				t.Errorf("%s: %s %s destroys by the table: %t, by the sink: %t", s.Name, r.Method, r.Path, destroys, wanted)
			}
		}
		if s.Batch != nil {
			if _, destroys := sinks.Destroying(Destroys(), "POST", s.Batch.Path, nil); destroys {
				t.Errorf("%s: its batches destroy", s.Name)
			}
		}
	}
}

func TestWhatDestroys(t *testing.T) {
	type object = map[string]any
	for _, c := range []struct {
		method, path string
		body         any
		want         string
	}{
		{"DELETE", "/v1/customers/1", nil, "deletes"},
		{"DELETE", "/v1/customers?ids=1", nil, "deletes"},
		{"DELETE", "/v1/conversations/1/tags", []any{"vip"}, ""},
		{"DELETE", "/proxy/v1/conversations/1/tags", []any{"vip"}, ""},
		{"DELETE", "/v1/tags", nil, "deletes"},
		{"DELETE", "/v1/conversations/1/tags/2", nil, "deletes"},
		{"POST", "/v1/customers/merges", object{"source": "1"}, "merges"},
		{"GET", "/v1/customers/1/merges", nil, ""},
		{"POST", "/v1/customers/%6derges", nil, "merges"},
		{"POST", "/v1/customers/Merges;x=1", nil, "merges"},
		{"POST", "/v1/messages/1/redactions", object{"type": "preview"}, "redacts"},
		{"POST", "/v1/messages%2F1%2Fredactions", nil, "redacts"},
		{"PUT", "/v1/companies/1", object{"deleted": true}, "deletes"},
		{"PUT", "/v1/companies/1", object{"deleted": "true"}, "deletes"},
		{"PUT", "/v1/companies/1", object{"deleted": 1.0}, "deletes"},
		{"PUT", "/v1/companies/1", object{"deleted": ""}, "deletes"},
		{"PUT", "/v1/companies/1", object{"deleted": false}, ""},
		{"PUT", "/v1/companies/1", object{"deleted": nil}, ""},
		{"PUT", "/v1/companies/1", object{"name": "deleted"}, ""},
		{"PUT", "/v1/notes/bulk", []any{object{"id": "1"}, object{"id": "2", "data": object{"deleted": true}}}, "deletes"},
		{"PATCH", "/v1/attachments/1", object{"redacted": true}, "redacts"},
	} {
		got, _ := sinks.Destroying(Destroys(), c.method, c.path, c.body)
		if got.Does != c.want {
			t.Errorf("%s %s %v: %q, want %q", c.method, c.path, c.body, got.Does, c.want)
		}
	}
}
