package router

import (
	"net/http/httptest"
	"slices"
	"testing"
)

// TestMatch finds the first route that fits, and the values in its path, each decoded once.
func TestMatch(t *testing.T) {
	table := Table{}
	table.Add(
		Route{Method: "GET", Path: "/v1/things/name={v}"},
		Route{Method: "GET", Path: "/v1/things/{id}"},
		Route{Method: "GET", Path: "/v1/things/{id}/parts/{part}"},
		Route{Method: "POST", Path: "/v1/things"},
	)
	for _, c := range []struct {
		method, path, want string
		args               []string
	}{
		{"GET", "/v1/things/name=a%2Fb%20c", "/v1/things/name={v}", []string{"a/b c"}},
		{"GET", "/v1/things/name=a%252Fb", "/v1/things/name={v}", []string{"a%2Fb"}},
		{"GET", "/v1/things/name=", "/v1/things/{id}", []string{"name="}},
		{"GET", "/v1/things/5", "/v1/things/{id}", []string{"5"}},
		{"GET", "/v1/things/5/parts/6", "/v1/things/{id}/parts/{part}", []string{"5", "6"}},
		{"POST", "/v1/things", "/v1/things", nil},
		{"GET", "/v1/things", "", nil},
		{"GET", "/v1/things/", "", nil},
		{"GET", "/v1//5", "", nil},
		{"POST", "/v1/things/5", "", nil},
	} {
		route, args := table.Match(httptest.NewRequest(c.method, c.path, nil))
		if route == nil {
			route = &Route{}
		}
		if route.Path != c.want || !slices.Equal(args, c.args) {
			t.Errorf("%s %s finds %q with %q, want %q with %q", c.method, c.path, route.Path, args, c.want, c.args)
		}
	}
}

// TestAllows compares roles of keys with those of routes: a broader role covers its parts.
func TestAllows(t *testing.T) {
	r := Route{Roles: []string{"org.permission.kobject.create", "org.permission.kobject.kobject_*.create"}}
	for role, want := range map[string]bool{
		"org": true, "org.permission.kobject": true, "org.permission.kobject.create": true, "org.permission.kobject.kobject_order": true,
		"org.permission.kobject.kobject_order.create": true, "org.permission.kobject.kobject_other.create": false,
		"org.permission.kobject.create.more": false, "org.permission.kob": false, "": false,
	} {
		if got := r.Allows([]string{role}, []string{"order"}); got != want {
			t.Errorf("the role %q opens the route: %v, want %v", role, got, want)
		}
	}
	if !(&Route{}).Allows(nil, nil) {
		t.Error("a route without roles must be open to every key")
	}
}
