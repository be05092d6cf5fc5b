package kustomer

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sinks"
)

// TestDestructionNeedsLeave: whatever sink makes a request that deletes, merges or redacts, a client without leave sends
// nothing, and one with leave sends it.
func TestDestructionNeedsLeave(t *testing.T) {
	for _, c := range []struct{ method, path, body string }{
		{"DELETE", "/v1/customers/1", ""},
		{"POST", "/v1/customers/merges", `{"source":"1","target":"2"}`},
		{"POST", "/v1/messages/1/redactions", `{"type":"preview"}`},
		{"PUT", "/v1/companies/1", `{"name":"a","deleted":true}`},
		{"PUT", "/v1/conversations/bulk", `[{"id":"1","deleted":false},{"id":"2","data":{"deleted":"yes"}}]`},
		{"PATCH", "/v1/notes/1", `{"note":{"deleted":1}}`},
	} {
		s := newServer(t, always(200, `{"data":{"id":"5f00aa"}}`))
		var body any
		if c.body != "" {
			if err := json.Unmarshal([]byte(c.body), &body); err != nil {
				t.Fatal(err)
			}
		}
		req := RawRequest{Purpose: "try", Method: c.method, Path: c.path, Label: c.path, Body: body}
		_, err := newTestClient(t, s.URL, nil).Raw(t.Context(), req)
		if len(s.seen()) != 0 || !isRefusalWith(err, "--allow-destructive") {
			t.Errorf("%s %s: sent %v, error %v", c.method, c.path, s.seen(), err)
		}
		if _, err := newTestClient(t, s.URL, mayDestroy).Raw(t.Context(), req); len(s.seen()) != 1 {
			t.Errorf("%s %s: with leave %d requests were sent: %v", c.method, c.path, len(s.seen()), err)
		}
	}
}

// isRefusalWith reports whether a request was refused before it was sent, with a hint.
func isRefusalWith(err error, hint string) bool {
	e, ok := err.(*sinks.Error) //nolint:errorlint // it is returned as it is
	return ok && e.Class == sinks.Refused && strings.Contains(e.Hint, hint)
}

// FuzzDestroying: a body that has the member anywhere, spelled as JSON allows, is found by what looks at its bytes first.
func FuzzDestroying(f *testing.F) {
	f.Add(`{"deleted":true}`)
	f.Add(`[{"a":[{"redacted":"x"}]}]`)
	f.Add(`{"a":"\"deleted\""}`)
	f.Fuzz(func(t *testing.T, body string) {
		var v any
		if json.Unmarshal([]byte(body), &v) != nil {
			return
		}
		text, err := json.Marshal(v) // as the client writes it
		if err != nil {
			return
		}
		w := &wire{base: &url.URL{Scheme: "https", Host: "acme.api.kustomerapp.com"}}
		r, err := w.request(http.MethodPut, "/v1/notes/1", "/v1/notes/{id}", text)
		if err != nil {
			t.Fatal(err)
		}
		_, found := destroying(r)
		if _, want := sinks.Destroying(destroys, http.MethodPut, "/v1/notes/1", v); found != want {
			t.Errorf("%s: found %t, want %t", text, found, want)
		}
	})
}
