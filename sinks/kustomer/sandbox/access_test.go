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
			t.Errorf("%q: %d, want %d", c.header, w.Code, c.status)
		}
	}
	if open.Token() != "sandbox" || closed.Token() != "k1" {
		t.Errorf("tokens %q, %q", open.Token(), closed.Token())
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
			t.Errorf("%s %s %s: allowed %v", c.role, c.method, c.path, got)
		}
	}
}

// TestOrderOfChecks sends a request that is wrong in every way, then less and less so
// (kustomer-api.md 2.2, 17.2).
func TestOrderOfChecks(t *testing.T) {
	s := newServer(t, Options{RateLimit: 3, Keys: map[string][]string{"all": {"org"}, "few": {"org.user"}, "sandbox": {"org"}}})
	made(t, s, "/v1/customers", `{"externalId":"x"}`)
	doAs(t, s, "bad", "POST", "/v1/nothing", `{`).want(t, 401)
	doAs(t, s, "few", "DELETE", "/v1/customers/x", "").want(t, 404)
	doAs(t, s, "few", "GET", "/v1/metadata/customer", "").want(t, 200)
	doAs(t, s, "all", "POST", "/v1/customers", `{`).want(t, 429)
	s = newServer(t, Options{RateLimit: 3, Keys: map[string][]string{"none": {"x"}, "sandbox": {"org"}}})
	doAs(t, s, "none", "POST", "/v1/customers", `{`).want(t, 403)
	if left := doAs(t, s, "none", "POST", "/v1/customers", `{`).want(t, 403).header.Get("X-Ratelimit-Remaining"); left != "3" {
		t.Errorf("a 403 spent budget: %s left", left)
	}
	made(t, s, "/v1/customers", `{"externalId":"x"}`)
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
			t.Errorf("%s %q: %d, want %d", c.method, c.media, w.Code, c.status)
		}
	}
}

func TestAccount(t *testing.T) {
	s := newServer(t, Options{})
	r := doAs(t, s, "a-secret-key-of-some-length", "GET", "/v1/auth/tokens/current", "").want(t, 200)
	if strings.Contains(r.text, "secret") || r.attr("lastTokenChars") != "ngth" {
		t.Errorf("the key is shown: %s", r.text)
	}
	if r.at("data", "relationships", "org", "data", "id") != s.OrgID() || r.attr("roles") == nil {
		t.Errorf("answer %s", r.text)
	}
	user := do(t, s, "GET", "/v1/users/current", "").want(t, 200).id()
	if do(t, s, "GET", "/v1/users", "").at("data", 0, "id") != user || do(t, s, "GET", "/v1/users?email=x", "").at("data", 0) != nil {
		t.Error("the list of users")
	}
	do(t, s, "GET", "/v1/teams", "").want(t, 200)
	do(t, s, "GET", "/v1/orgs/current", "").want(t, 200)
	do(t, s, "GET", "/v1/metadata/customer", "").want(t, 200)
	do(t, s, "GET", "/v1/metadata/nothing", "").want(t, 404)
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{
		{RateLimit: -1}, {Unique: "none"}, {ErrorShape: "C"}, {DuplicateStatus: 418}, {ResetHeader: "x"}, {Reopen: "x"}, {Deleted: "x"},
		{Lookups: "x"}, {ClientRef: "x"}, {NameItems: "x"}, {BulkDelay: -1}, {BulkBatch: -1}, {Latency: -1}, {BodyLimit: -1}, {Faults: []Fault{{Kind: "x", Share: 1}}}, {Faults: []Fault{{Kind: "500-after"}}},
	} {
		if s, err := New(o); err == nil {
			t.Errorf("%+v was accepted", o)
			ignore(s.Close())
		}
	}
}

func TestSeedChoosesTheOrg(t *testing.T) {
	org := func(seed uint64) string { return newServer(t, Options{Seed: seed}).OrgID() }
	first, second := org(0), org(0)
	one, again := org(1), org(1)
	if one != again || one == org(2) || first == second {
		t.Error("the org id must follow the seed, and be random without one")
	}
}
