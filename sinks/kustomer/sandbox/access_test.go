package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestKeys(t *testing.T) {
	open := newServer(t, Options{})
	closed := newServer(t, Options{Keys: map[string][]string{"k1": {"org"}}})
	for _, c := range []struct {
		s      *Server
		header string
		status int
	}{
		{open, "", 401}, {open, "Bearer ", 401}, {open, "Basic x", 401}, {open, "bearer x", 401}, {open, "Bearer  x", 401},
		{open, "Bearer anything", 200}, {closed, "Bearer anything", 401}, {closed, "Bearer k1", 200},
	} {
		r := httptest.NewRequest("GET", "/v1/auth/tokens/current", nil)
		if c.header != "" {
			r.Header.Set("Authorization", c.header)
		}
		w := httptest.NewRecorder()
		c.s.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("a request with Authorization %q: status %d, want %d", c.header, w.Code, c.status)
		}
	}
	if open.Token() != "sandbox" || closed.Token() != "k1" {
		t.Errorf("Token gives %q and %q, want sandbox and k1", open.Token(), closed.Token())
	}
}

func TestRoles(t *testing.T) {
	for _, c := range []struct {
		role, method, path string
		allowed            bool
	}{
		{"org.permission.customer.create", "POST", "/v1/customers", true},
		{"org.permission.customer", "POST", "/v1/customers", true},
		{"org.permission", "POST", "/v1/customers", true},
		{"org.user.customer.write", "POST", "/v1/customers", true},
		{"org.user.customer.write", "PATCH", "/v1/customers/x", true},
		{"org.permission.customer.create", "PATCH", "/v1/customers/x", false},
		{"org.permission.customer.read", "POST", "/v1/customers", false},
		{"org.permission.cust", "POST", "/v1/customers", false},
		{"org.permission.customer.create.more", "POST", "/v1/customers", false},
		{"org.permission.customer.read", "GET", "/v1/customers/externalId=x", true},
		{"org.permission.customer.read", "GET", "/v1/conversations/externalId=x", false},
		{"org.permission.conversation.create", "POST", "/v1/conversations", true},
		{"org.permission.conversation.create", "POST", "/v1/customers/x/conversations", true},
		{"org.permission.message.create", "POST", "/v1/messages", true},
		{"org.admin", "POST", "/v1/messages", false},
		{"org.admin", "POST", "/v1/conversations/x/messages", true},
		{"org.permission.conversation.delete", "DELETE", "/v1/conversations/x/tags", true},
		{"none", "GET", "/v1/auth/tokens/current", true},
		{"none", "GET", "/v1/users/current", true},
		{"none", "GET", "/v1/users", false},
	} {
		s := newServer(t, Options{Keys: map[string][]string{"sandbox": {c.role}}})
		if got := do(t, s, c.method, c.path, "").status != http.StatusForbidden; got != c.allowed {
			t.Errorf("a key with the role %s sends %s %s: allowed is %v; see the roles of the route in resources", c.role, c.method, c.path, got)
		}
	}
}

// TestOrderOfChecks sends a request that is wrong in every way, then less and less so
// (kustomer-api.md 2.2, 17.2).
func TestOrderOfChecks(t *testing.T) {
	s := newServer(t, Options{RateLimit: 3, Keys: map[string][]string{"all": {"org"}, "few": {"org.user"}, "sandbox": {"org"}}})
	create(t, s, "/v1/customers", `{"externalId":"x"}`)
	doAs(t, s, "bad", "POST", "/v1/nothing", `{`).want(t, 401)
	doAs(t, s, "few", "DELETE", "/v1/customers/x", "").want(t, 404)
	doAs(t, s, "few", "GET", "/v1/metadata/customer", "").want(t, 200)
	doAs(t, s, "all", "POST", "/v1/customers", `{`).want(t, 429)
	s = newServer(t, Options{RateLimit: 3, Keys: map[string][]string{"none": {"x"}, "sandbox": {"org"}}})
	doAs(t, s, "none", "POST", "/v1/customers", `{`).want(t, 403)
	if left := doAs(t, s, "none", "POST", "/v1/customers", `{`).want(t, 403).header.Get("X-Ratelimit-Remaining"); left != "3" {
		t.Errorf("a 403 spent budget: %s of 3 requests are left", left)
	}
	create(t, s, "/v1/customers", `{"externalId":"x"}`)
	do(t, s, "POST", "/v1/customers", `{"externalId":"x","nope":1}`).want(t, 400)
	do(t, s, "POST", "/v1/customers", `{"externalId":"x"}`).want(t, 409)
}

func TestUnknownRoutes(t *testing.T) {
	s := newServer(t, Options{})
	for _, line := range []string{
		"GET /", "GET /v1", "GET /v1/", "GET /v1/customers/", "POST /v1/customers/x", "DELETE /v1/messages/x", "HEAD /v1/customers", "PUT /v1/customers",
		"GET /v1/bulk", "GET /v1/customers/a/b/c", "GET /v2/customers", "GET /v1//customers", "OPTIONS /v1/customers", "GET /v1/messages/EXTERNALID=x",
	} {
		method, path, _ := strings.Cut(line, " ")
		do(t, s, method, path, "").want(t, 404)
	}
}

func TestContentType(t *testing.T) {
	s := newServer(t, Options{})
	for _, c := range []struct {
		method, media string
		status        int
	}{
		{"POST", "application/json", 201}, {"POST", "application/json; charset=utf-8", 201}, {"POST", "text/plain", 400}, {"POST", "", 400},
		{"POST", "application/json-patch+json", 400}, {"PATCH", "application/json-patch+json", 404},
	} {
		path := "/v1/customers"
		if c.method == "PATCH" {
			path = "/v1/conversations/x"
		}
		r := httptest.NewRequest(c.method, path, strings.NewReader(`{}`))
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("Content-Type", c.media)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s with Content-Type %q: status %d, want %d", c.method, c.media, w.Code, c.status)
		}
	}
}

func TestKObjectRoles(t *testing.T) {
	for _, c := range []struct {
		role, method, path string
		allowed            bool
	}{
		{"org.permission.kobject.create", "POST", "/v1/klasses/order", true},
		{"org.permission.kobject.kobject_order.create", "POST", "/v1/klasses/order", true},
		{"org.permission.kobject.kobject_order.create", "POST", "/v1/klasses/other", false},
		{"org.permission.kobject.kobject_order", "PUT", "/v1/klasses/order/x", true},
		{"org.permission.kobject.kobject_order.create", "POST", "/v1/customers/x/klasses/order", true},
		{"org.permission.kobject.kobject_order.create", "POST", "/v1/klasses/order/bulk", true},
		{"org.permission.kobject.kobject_order.read", "DELETE", "/v1/klasses/order/bulk", false},
		{"org.permission.customer_merge.create", "POST", "/v1/customers/merges", true},
		{"org.user.customer.read", "POST", "/v1/customers/merges", false},
		{"org.admin.klass.write", "POST", "/v1/klasses", true},
		{"org.user.klass.read", "POST", "/v1/klasses", false},
		{"nothing", "POST", "/v1/customers/x/drafts", true},
		{"nothing", "GET", "/v1/customers/x/drafts", false},
		{"nothing", "DELETE", "/v1/drafts/x", true},
		{"org.user.note.read", "POST", "/v1/conversations/x/notes", true},
		{"org.user.search.read", "POST", "/v1/customers/search", true},
		{"org.permission.customer", "POST", "/v1/customers/search", false},
	} {
		s := newServer(t, Options{Keys: map[string][]string{"sandbox": {c.role}}})
		if got := do(t, s, c.method, c.path, "").status != 403; got != c.allowed {
			t.Errorf("a key with the role %s sends %s %s: allowed is %v; see the roles of the route in resources", c.role, c.method, c.path, got)
		}
	}
}
