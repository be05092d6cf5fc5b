package sandbox

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompanies(t *testing.T) {
	s := newServer(t, Options{})
	r := do(t, s, "POST", "/v1/companies", `{"name":"Acme","externalId":"co-1","domains":[{"domain":"acme.example"}],"employeeCount":7,"createdAt":"2020-01-01T00:00:00Z"}`).want(t, 201)
	path := "/v1/companies/" + r.id()
	if r.at("data", "type") != "company" || r.at("data", "links", "self") != path || r.attr("createdAt") != "2020-01-01T00:00:00.000Z" || r.attr("rev") != 1.0 {
		t.Errorf("the answer to a new company: %s", r.text)
	}
	create(t, s, "/v1/companies", `{"name":"Acme"}`)
	create(t, s, "/v1/companies", `{"name":"Other","externalId":"co-1"}`) // externalIds of companies are not unique
	for query, want := range map[string][]any{
		"":                              {"Acme", "Acme", "Other"},
		"?externalId=co-1":              {"Acme", "Other"},
		"?externalId=none":              {},
		"?filter=Acme":                  {"Acme", "Acme"},
		"?filter=acme":                  {},
		"?filter=Other&externalId=co-1": {"Acme", "Acme", "Other"}, // both: neither counts
	} {
		if diff := cmp.Diff(want, do(t, s, "GET", "/v1/companies"+query, "").want(t, 200).listed("name")); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
	put := do(t, s, "PUT", path, `{"employeeCount":8}`).want(t, 200)
	if put.attr("name") != "Acme" || put.attr("employeeCount") != 8.0 {
		t.Errorf("PUT gives %s", put.text)
	}
	if r := do(t, s, "PUT", path+"?replace=true", `{"employeeCount":9}`).want(t, 200); r.attr("name") != "Acme" || r.attr("externalId") != nil {
		t.Errorf("replace=true must keep the name alone: %s", r.text)
	}
	do(t, s, "PUT", path, `{"rev":1}`).want(t, 409)
	for _, line := range []string{"PATCH " + path, "DELETE " + path} { // kustomer-api.md 9.2
		method, path, _ := strings.Cut(line, " ")
		do(t, s, method, path, `{}`).want(t, 404)
	}
	for body, want := range map[string]string{
		`{}`: "Missing required property: name", `{"name":"ab"}`: "String is too short (2 chars), minimum 3 name",
		`{"name":"Acme","gender":"f"}`: "Additional properties not allowed gender", `{"name":"Acme","domains":[{"domain":"x"}]}`: "Format validation failed (domain-name expected) domain",
	} {
		if got := do(t, s, "POST", "/v1/companies", body).want(t, 400).errors()[0]; got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
}

func TestCustomersOfCompanies(t *testing.T) {
	s := newServer(t, Options{})
	acme := create(t, s, "/v1/companies", `{"name":"Acme"}`)
	create(t, s, "/v1/customers", `{"company":"`+acme+`"}`)
	nobody := `{"company":"65a0c0ffee0000000000abcd"}`
	do(t, s, "POST", "/v1/customers", nobody).want(t, 400)
	do(t, s, "PATCH", "/v1/customers/"+create(t, s, "/v1/customers", `{}`), nobody).want(t, 400)
}
