package kustomer

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

func TestWhoAmI(t *testing.T) {
	const token = `{"data":{"id":"t1","attributes":{"name":"loader","roles":["org.permission.customer",7]},
		"relationships":{"org":{"data":{"id":"o1"}},"user":{"data":{"id":"u1"}}}}}`
	const noOrg = `{"data":{"attributes":{"name":"loader","roles":["org"]}}}`
	const user = `{"data":{"id":"u1","attributes":{"name":"Bot","roles":["x"]},"relationships":{"org":{"data":{"id":"o1"}}}}}`
	for name, tc := range map[string]struct {
		token, user string // "" is a 404
		want        Identity
		says        string
	}{
		"token":       {token: token, want: Identity{Name: "loader", OrgID: "o1", UserID: "u1", Roles: []string{"org.permission.customer"}}},
		"no org":      {token: noOrg, user: user, want: Identity{Name: "loader", OrgID: "o1", UserID: "u1", Roles: []string{"org"}}},
		"only user":   {user: user, want: Identity{Name: "Bot", OrgID: "o1", UserID: "u1", Roles: []string{"x"}}},
		"never":       {token: noOrg, want: Identity{Name: "loader", Roles: []string{"org"}}},
		"nobody":      {says: "does not answer as Kustomer does"},
		"not JSON":    {token: "<html>", says: "not JSON"},
		"other shape": {token: `[]`, says: "another form"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
				body := tc.user
				if r.URL.Path == tokenPath {
					body = tc.token
				}
				if body == "" {
					always(404, `{}`)(n, w, r)
					return
				}
				always(200, body)(n, w, r)
			})
			got, err := newTestClient(t, s.URL, nil).WhoAmI(t.Context())
			if tc.says != "" {
				if e := classified(t, err); !strings.Contains(e.Error(), tc.says) {
					t.Errorf("got %q, want %q in it", e, tc.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("identity (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhoAmIInTheWrongRegion(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 421} {
		s := newServer(t, always(status, `{"errors":[{"message":"Token is for pod prod1, handled by pod prod2"}]}`))
		_, err := newTestClient(t, s.URL, nil).WhoAmI(t.Context())
		if e := classified(t, err); e.Class != sinks.Fatal || !strings.Contains(e.Error(), "another region") {
			t.Errorf("%d: got %s %v", status, e.Class, e)
		}
	}
}

func TestMissingRoles(t *testing.T) {
	klass := sinks.Spec{Name: "create_kobject", Roles: []sinks.Role{{For: "create", AnyOf: []string{"org.permission.kobject.kobject_*.create"}}}}
	const create = "create_thing: to create, the key needs the role org.permission.thing.create or org.user.thing.write"
	const read = "create_thing: to look up, the key needs the role org.permission.thing.read"
	const object = "create_kobject: to create, the key needs the role org.permission.kobject.kobject_*.create"
	for _, tc := range []struct {
		roles []string
		want  []string
	}{
		{nil, []string{create, read, object}},
		{[]string{""}, []string{create, read, object}},
		{[]string{"org"}, nil},
		{[]string{"org.permission"}, nil},
		{[]string{"org.permission.thing"}, []string{object}},
		{[]string{"org.permission.thin"}, []string{create, read, object}},
		{[]string{"org.user.thing.write", "org.permission.kobject.kobject_order.create"}, []string{read}},
		{[]string{"org.permission.thing.create.extra"}, []string{create, read, object}},
	} {
		if diff := cmp.Diff(tc.want, MissingRoles([]sinks.Spec{thing, klass}, tc.roles)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tc.roles, diff)
		}
	}
}
