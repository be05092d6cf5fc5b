package sinks_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/sinks"
)

func TestRoute(t *testing.T) {
	tests := []struct {
		name    string
		op      sinks.Op
		payload map[string]any
		want    string
	}{
		{"first", sinks.Create, map[string]any{"team": "a", "user": "b"}, "/t/{team}/x"},
		{"second", sinks.Create, map[string]any{"user": "b"}, "/u/{user}/x"},
		{"empty is absent", sinks.Create, map[string]any{"team": "", "user": "b"}, "/u/{user}/x"},
		{"none", sinks.Create, map[string]any{"kind": "k"}, ""},
		{"update", sinks.Update, nil, "/x/{id}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, ok := ticket().Route(tt.op, tt.payload)
			if r.Path != tt.want || ok != (tt.want != "") {
				t.Errorf("route is %q, %v; want %q", r.Path, ok, tt.want)
			}
		})
	}
	if _, ok := one(sinks.Field{}).Route(sinks.Update, nil); ok {
		t.Error("a sink without an update has a route for one")
	}
}

func TestRouteFill(t *testing.T) {
	payload := map[string]any{"team": "a/b c+d@é", "kind": "k"}
	path, body, err := sinks.Route{Path: "/t/{team}/x"}.Fill(payload, "")
	if err != nil {
		t.Fatal(err)
	}
	if want := "/t/a%2Fb%20c%2Bd%40%C3%A9/x"; path != want {
		t.Errorf("path is %s, want %s", path, want)
	}
	if diff := cmp.Diff(map[string]any{"kind": "k"}, body); diff != "" {
		t.Error(diff)
	}
	if len(payload) != 2 {
		t.Error("the payload was changed")
	}

	path, body, err = sinks.Route{Path: "/x/{id}"}.Fill(payload, "7")
	if err != nil || path != "/x/7" {
		t.Errorf("path is %s, %v; want /x/7", path, err)
	}
	if diff := cmp.Diff(payload, body); diff != "" {
		t.Error(diff)
	}
}

func TestRouteFillRefuses(t *testing.T) {
	for _, id := range []string{"", ".", "..", "a\nb", "a\x00", "a\u0085", "a\xff"} {
		if path, _, err := (sinks.Route{Path: "/x/{id}/y"}).Fill(nil, id); err == nil {
			t.Errorf("id %q made the path %s", id, path)
		}
		if path, _, err := (sinks.Route{Path: "/x/{team}/y"}).Fill(map[string]any{"team": id}, ""); err == nil {
			t.Errorf("team %q made the path %s", id, path)
		}
	}
	if path, _, err := (sinks.Route{Path: "/x/{team}"}).Fill(map[string]any{"team": 7}, ""); err == nil {
		t.Errorf("a number made the path %s", path)
	}
}

func TestRouteContent(t *testing.T) {
	list := []any{"a"}
	for name, tc := range map[string]struct {
		route sinks.Route
		body  map[string]any
		want  any
		sent  bool
	}{
		"all":                 {sinks.Route{Method: "PUT"}, map[string]any{"a": true}, map[string]any{"a": true}, true},
		"empty":               {sinks.Route{Method: "POST"}, map[string]any{}, map[string]any{}, true},
		"delete":              {sinks.Route{Method: "DELETE"}, map[string]any{}, map[string]any{}, false},
		"delete with a body":  {sinks.Route{Method: "DELETE", Body: "tags"}, map[string]any{"tags": list}, list, true},
		"one field":           {sinks.Route{Method: "POST", Body: "tags"}, map[string]any{"tags": list, "b": true}, list, true},
		"null":                {sinks.Route{Method: "POST", Body: "tags"}, map[string]any{"tags": nil}, nil, true},
		"one that is missing": {sinks.Route{Method: "POST", Body: "tags"}, map[string]any{"b": true}, nil, false},
	} {
		got, sent := tc.route.Content(tc.body)
		if diff := cmp.Diff(tc.want, got); diff != "" || sent != tc.sent {
			t.Errorf("%s: sent %v: %s", name, sent, diff)
		}
	}
}

func TestLookup(t *testing.T) {
	spec := sinks.Spec{Lookups: []sinks.Lookup{
		{By: "externalId", Paths: []string{"/x/externalId={value}", "/x/externalid={value}"}, From: "externalId"},
		{By: "email", Paths: []string{"/x/email={value}"}, From: "emails[].email"},
		{By: "city", From: "home.city"},
	}}
	payload := map[string]any{
		"externalId": "zd-1",
		"emails": []any{
			map[string]any{"email": "a@b"}, map[string]any{"type": "work"}, "x", map[string]any{"email": ""},
			map[string]any{"email": "c@d"}, map[string]any{"email": "a@b"}, map[string]any{"email": nil},
		},
		"home": map[string]any{"city": "Rome"},
	}
	tests := []struct {
		by   string
		want []string
	}{
		{"externalId", []string{"zd-1"}},
		{"email", []string{"a@b", "c@d"}},
		{"city", []string{"Rome"}},
	}
	for _, tt := range tests {
		l, ok := spec.Lookup(tt.by)
		if !ok {
			t.Fatalf("no look-up by %s", tt.by)
		}
		if diff := cmp.Diff(tt.want, l.Values(payload)); diff != "" {
			t.Errorf("%s: %s", tt.by, diff)
		}
		if found := l.Values(map[string]any{"emails": "a@b", "home": "Rome"}); found != nil {
			t.Errorf("%s: values of another shape: %v", tt.by, found)
		}
	}
	if _, ok := spec.Lookup("phone"); ok {
		t.Error("there is a look-up by phone")
	}

	l, _ := spec.Lookup("externalId")
	paths, err := l.Fill("a/b c+1{value}")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"/x/externalId=a%2Fb%20c%2B1%7Bvalue%7D", "/x/externalid=a%2Fb%20c%2B1%7Bvalue%7D"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Error(diff)
	}
	for _, value := range []string{"", "a\tb", "a\xff"} {
		if paths, err := l.Fill(value); err == nil {
			t.Errorf("value %q made the paths %v", value, paths)
		}
	}
}

// TestSegmentStaysOne: whatever a value holds, it comes back from the path, and adds no segment to it.
func TestSegmentStaysOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		segment, err := sinks.Segment(value)
		if err != nil {
			return
		}
		u, err := url.Parse("https://example.com/v1/" + segment + "/x")
		if err != nil {
			t.Fatal(err)
		}
		if u.Path != "/v1/"+value+"/x" || strings.Count(u.EscapedPath(), "/") != 3 || u.RawQuery != "" || u.Fragment != "" {
			t.Fatalf("%q became %s", value, u)
		}
		if clean := u.JoinPath().EscapedPath(); clean != u.EscapedPath() {
			t.Fatalf("%q is cleaned to %s", u.EscapedPath(), clean)
		}
	})
}
