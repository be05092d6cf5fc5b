package kustomer

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// changing is a sink that changes things, by that route.
func changing(kind sinks.Kind, r sinks.Route) *sinks.Spec {
	return &sinks.Spec{
		Name: "change_thing", Object: "thing", Kind: kind, Create: []sinks.Route{r}, Preserve: []string{"company"},
		Roles: []sinks.Role{
			{For: "update", AnyOf: []string{"org.permission.thing.update"}},
			{For: "delete", AnyOf: []string{"org.permission.thing.delete"}},
			{For: "look up", AnyOf: []string{"org.permission.thing.read"}},
		},
	}
}

var (
	putThing    = sinks.Route{Method: "PUT", Path: "/v1/things/{id}"}
	tagThing    = sinks.Route{Method: "DELETE", Path: "/v1/things/{id}/tags", Body: "tags"}
	deleteThing = sinks.Route{Method: "DELETE", Path: "/v1/things/{id}"}
	mergeThings = sinks.Route{Method: "POST", Path: "/v1/things/merges"}
	callAny     = sinks.Route{Method: "DELETE", Path: "{+path}", Body: "body"}
)

// TestDoChanges: what is sent for a change, and which id the result has.
func TestDoChanges(t *testing.T) {
	const have = `{"data":{"id":"5f00aa","attributes":{},"relationships":{"company":{"data":{"type":"company","id":"c0ffee"}}}}}`
	tags := []any{"a", "b"}
	for name, tc := range map[string]struct {
		kind    sinks.Kind
		route   sinks.Route
		payload map[string]any
		status  int
		answer  string
		want    []string
		id      string
	}{
		"update": {sinks.Changes, putThing, map[string]any{"id": "5f00aa", "name": "Ann"}, 200, have,
			[]string{"GET /v1/things/5f00aa ", `PUT /v1/things/5f00aa {"company":"c0ffee","name":"Ann"}`}, "5f00aa"},
		"a company of its own": {sinks.Changes, putThing, map[string]any{"id": "5f00aa", "company": nil}, 200, have,
			[]string{`PUT /v1/things/5f00aa {"company":null}`}, "5f00aa"},
		"a list as body": {sinks.Acts, tagThing, map[string]any{"id": "5f00aa", "tags": tags}, 200, shown("5f00bb", nil),
			[]string{`DELETE /v1/things/5f00aa/tags ["a","b"]`}, "5f00aa"},
		"delete, 200":  {sinks.Acts, deleteThing, map[string]any{"id": "5f00aa"}, 200, "", []string{"DELETE /v1/things/5f00aa "}, "5f00aa"},
		"delete, 204":  {sinks.Acts, deleteThing, map[string]any{"id": "5f00aa"}, 204, "", []string{"DELETE /v1/things/5f00aa "}, "5f00aa"},
		"another kind": {sinks.Acts, mergeThings, map[string]any{"source": "a"}, 201, shown("5f00cc", nil), []string{`POST /v1/things/merges {"source":"a"}`}, "5f00cc"},
		"no id":        {sinks.Acts, mergeThings, map[string]any{"source": "a"}, 201, `{"ok":true}`, []string{`POST /v1/things/merges {"source":"a"}`}, "-"},
		"any path": {sinks.Acts, callAny, map[string]any{"path": "/v1/a%20b/c@d", "body": []any{true}}, 204, "",
			[]string{"DELETE /v1/a%20b/c@d [true]"}, "-"},
		"any path, no body":  {sinks.Acts, callAny, map[string]any{"path": "/v1/x"}, 204, "", []string{"DELETE /v1/x "}, "-"},
		"any path with null": {sinks.Acts, callAny, map[string]any{"path": "/v1/x", "body": nil}, 204, "", []string{"DELETE /v1/x null"}, "-"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
				if r.Method == "GET" {
					always(200, have)(n, w, r)
					return
				}
				always(tc.status, tc.answer)(n, w, r)
			})
			body, err := sinks.Canonical(tc.payload)
			if err != nil {
				t.Fatal(err)
			}
			got, err := newTestClient(t, s.URL, mayDestroy).Do(t.Context(), sinks.Request{Spec: changing(tc.kind, tc.route), Payload: tc.payload, Body: body})
			if err != nil {
				t.Fatal(err)
			}
			if want := (sinks.Result{ID: tc.id, Status: tc.status, Attempts: len(tc.want)}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			var lines []string
			for _, ask := range s.seen() {
				lines = append(lines, ask.method+" "+ask.uri+" "+ask.body)
			}
			if diff := cmp.Diff(tc.want, lines); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDoClassifiesChanges: a 409 does not mean a duplicate when no object is made, and only a whole answer of Kustomer's
// is a success, or says that an object is gone.
func TestDoClassifiesChanges(t *testing.T) {
	const same = "same"
	notFound := `{"errors":[{"status":404}]}`
	for _, tc := range []struct {
		name   string
		kind   sinks.Kind
		route  sinks.Route
		status int
		body   string
		want   string // a class, "" for success, or same
	}{
		{"deleted before", sinks.Changes, deleteThing, 404, notFound, same},
		{"gone", sinks.Changes, deleteThing, 410, `{}`, same},
		{"a page of somebody else", sinks.Changes, deleteThing, 404, "<html>", "missing"},
		{"an empty 404", sinks.Changes, deleteThing, 404, "", "missing"},
		{"tags of what is gone", sinks.Changes, tagThing, 404, notFound, "missing"},
		{"a path of the row", sinks.Changes, callAny, 404, notFound, "missing"},
		{"update of what is gone", sinks.Changes, putThing, 404, notFound, "missing"},
		{"stale rev", sinks.Changes, putThing, 409, `{}`, "refused"},
		{"stale rev", sinks.Changes, putThing, 412, `{}`, "refused"},
		{"conflict of an act", sinks.Acts, mergeThings, 409, `{}`, "refused"},
		{"bad request", sinks.Acts, mergeThings, 400, `{}`, "refused"},
		{"unprocessable", sinks.Changes, putThing, 422, `{}`, "refused"},
		{"broken", sinks.Changes, deleteThing, 500, `{}`, "unknown"},
		{"timeout", sinks.Changes, deleteThing, 408, `{}`, "unknown"},
		{"no right", sinks.Changes, deleteThing, 403, `{}`, "fatal"},
		{"no key", sinks.Acts, mergeThings, 401, `{}`, "fatal"},
		{"moved", sinks.Changes, deleteThing, 302, "", "fatal"},
		{"empty update", sinks.Changes, tagThing, 200, "", ""},
		{"empty act", sinks.Acts, mergeThings, 201, "", "unknown"},
		{"HTML", sinks.Changes, deleteThing, 200, "<html><title>Sign in</title>", "unknown"},
		{"half", sinks.Changes, deleteThing, 200, `{"data":`, "unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newServer(t, always(tc.status, tc.body))
			c := newTestClient(t, s.URL, mayDestroy)
			spec := changing(tc.kind, tc.route)
			spec.Preserve = nil
			got, err := c.Do(t.Context(), sinks.Request{Spec: spec, Payload: map[string]any{"id": "5f00aa", "path": "/v1/x", "tags": []any{"a"}, "name": "b"}})
			switch {
			case tc.want == "" || tc.want == same:
				if err != nil || got.Unchanged != (tc.want == same) || got.ID != "5f00aa" {
					t.Errorf("got %+v, %v", got, err)
				}
			default:
				if e := classified(t, err); e.Class.String() != tc.want || e.Status != tc.status {
					t.Errorf("got %s %v, want %s", e.Class, e, tc.want)
				}
			}
			if n := len(s.seen()); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

// TestDoNamesWhatAChangeNeeds: the error for a key without the right says what was tried, and which role allows it.
func TestDoNamesWhatAChangeNeeds(t *testing.T) {
	for want, route := range map[string]sinks.Route{
		"may not delete the thing (403): it gave no reason; make a new API key with the role org.permission.thing.delete,": deleteThing,
		"may not update the thing (403): it gave no reason; make a new API key with the role org.permission.thing.update,": tagThing,
	} {
		c := newTestClient(t, newServer(t, always(403, `{}`)).URL, mayDestroy)
		_, err := c.Do(t.Context(), sinks.Request{Spec: changing(sinks.Changes, route), Payload: map[string]any{"id": "5f00aa", "tags": []any{"a"}, "company": "c"}})
		if e := classified(t, err); !strings.Contains(e.Error(), want) {
			t.Errorf("got %q, want %q", e, want)
		}
	}
}
