package sandbox

import (
	"strings"
	"testing"
)

func TestAccount(t *testing.T) {
	s := newServer(t, Options{})
	r := doAs(t, s, "a-secret-key-of-some-length", "GET", "/v1/auth/tokens/current", "").want(t, 200)
	if strings.Contains(r.text, "secret") || r.attr("lastTokenChars") != "ngth" {
		t.Errorf("the key is shown: %s", r.text)
	}
	if r.at("data", "relationships", "org", "data", "id") != s.OrgID() || r.attr("roles") == nil {
		t.Errorf("the answer has no org or no roles: %s", r.text)
	}
	user := do(t, s, "GET", "/v1/users/current", "").want(t, 200).id()
	if do(t, s, "GET", "/v1/users", "").at("data", 0, "id") != user || do(t, s, "GET", "/v1/users?email=x", "").at("data", 0) != nil {
		t.Error("the list of users must show the user of the key, and nobody for another address")
	}
	do(t, s, "GET", "/v1/teams", "").want(t, 200)
	do(t, s, "GET", "/v1/orgs/current", "").want(t, 200)
	do(t, s, "GET", "/v1/metadata/customer", "").want(t, 200)
	do(t, s, "GET", "/v1/metadata/nothing", "").want(t, 404)
}

func TestMetadata(t *testing.T) {
	s := newServer(t, Options{Metadata: map[string]string{"customer": `{"properties":{"tierStr":{"type":"string"}}}`}})
	if got := do(t, s, "GET", "/v1/metadata/customer", "").want(t, 200).at("data", "attributes", "properties", "tierStr", "type"); got != "string" {
		t.Errorf("the metadata is %v", got)
	}
	do(t, s, "GET", "/v1/metadata/kobject.order", "").want(t, 200)
	do(t, s, "GET", "/v1/metadata/kobject.none", "").want(t, 404)
	do(t, s, "GET", "/v1/metadata/user", "").want(t, 404)
	if s, err := New(Options{Metadata: map[string]string{"customer": "[]"}}); err == nil {
		t.Error("metadata that is no object was accepted")
		ignore(s.Close())
	}
}
