package kustomer

import (
	"errors"
	"net/http"
	"testing"

	"github.com/kustsync/kustsync/sinks"
)

// TestReadOnly: a client that only reads sends no create, update or batch, gives back what Admit reserved,
// and still looks up.
func TestReadOnly(t *testing.T) {
	s := newServer(t, always(200, shown("a1", map[string]any{"externalId": "x"})))
	c := newTestClient(t, s.URL, func(o *Options) { o.ReadOnly = true })
	writes := map[string]func() error{
		"create": func() error { _, err := c.Do(t.Context(), createThing("x")); return err },
		"update": func() error { _, err := c.Do(t.Context(), updateThing("a1")); return err },
		"batch": func() error {
			_, err := c.Submit(t.Context(), sinks.Batch{Spec: &bulkThing, Items: []sinks.Item{{Ref: "1", Payload: map[string]any{}}}})
			return err
		},
	}
	for name, write := range writes {
		if _, err := c.Admit(t.Context()); err != nil {
			t.Fatal(err)
		}
		var failed *sinks.Error
		if err := write(); !errors.As(err, &failed) || failed.Class != sinks.Refused || !errors.Is(err, errReadOnly) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, ok, err := c.Find(t.Context(), sinks.Query{Spec: &thing, By: "externalId", Value: "x"}); !ok || err != nil {
		t.Errorf("a look-up: %v", err)
	}
	for _, ask := range s.seen() {
		if ask.method != http.MethodGet {
			t.Errorf("%s %s was sent", ask.method, ask.uri)
		}
	}
}

func TestOnlyGets(t *testing.T) {
	sent := 0
	layer := onlyGets(roundTripper(func(*http.Request) (*http.Response, error) { sent++; return &http.Response{}, nil }))
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "get"} {
		_, err := layer.RoundTrip(&http.Request{Method: method})
		if (err == nil) != (method == http.MethodGet) {
			t.Errorf("%s: %v", method, err)
		}
	}
	if sent != 1 {
		t.Errorf("%d requests were sent", sent)
	}
}
