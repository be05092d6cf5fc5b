package sandbox

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// listed gives one attribute of every object of a list.
func (r reply) listed(attribute string) []any {
	out := []any{}
	for i := 0; r.at("data", i) != nil; i++ {
		out = append(out, r.at("data", i, "attributes", attribute))
	}
	return out
}

func TestCompanies(t *testing.T) {
	s := newServer(t, Options{})
	r := do(t, s, "POST", "/v1/companies", `{"name":"Acme","externalId":"co-1","domains":[{"domain":"acme.example"}],"employeeCount":7,"createdAt":"2020-01-01T00:00:00Z"}`).want(t, 201)
	path := "/v1/companies/" + r.id()
	if r.at("data", "type") != "company" || r.at("data", "links", "self") != path || r.attr("createdAt") != "2020-01-01T00:00:00.000Z" || r.attr("rev") != 1.0 {
		t.Errorf("answer %s", r.text)
	}
	made(t, s, "/v1/companies", `{"name":"Acme"}`)
	made(t, s, "/v1/companies", `{"name":"Other","externalId":"co-1"}`) // externalIds of companies are not unique
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
		t.Errorf("replace gives %s", r.text)
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
	acme := made(t, s, "/v1/companies", `{"name":"Acme"}`)
	made(t, s, "/v1/customers", `{"company":"`+acme+`"}`)
	nobody := `{"company":"65a0c0ffee0000000000abcd"}`
	do(t, s, "POST", "/v1/customers", nobody).want(t, 400)
	do(t, s, "PATCH", "/v1/customers/"+made(t, s, "/v1/customers", `{}`), nobody).want(t, 400)
}

func TestKlasses(t *testing.T) {
	s := newServer(t, Options{})
	r := do(t, s, "POST", "/v1/klasses", `{"name":"ticket-2","displayName":"Ticket","mixins":["editable"]}`).want(t, 200)
	path := "/v1/klasses/" + r.id()
	if r.attr("status") != "enabled" || r.at("data", "relationships", "kobjects", "links", "self") != "/v1/klasses/ticket-2" {
		t.Errorf("answer %s", r.text)
	}
	do(t, s, "POST", "/v1/klasses", `{"name":"ticket-2"}`).want(t, 409)
	do(t, s, "POST", "/v1/klasses", `{"name":"a b"}`).want(t, 400)
	if got := do(t, s, "GET", "/v1/klasses?name=ticket-2", "").want(t, 200).listed("displayName"); !cmp.Equal(got, []any{"Ticket"}) {
		t.Errorf("by name: %v", got)
	}
	if got := do(t, s, "GET", path, "").want(t, 200).attr("name"); got != "ticket-2" {
		t.Errorf("by id: %v", got)
	}
	do(t, s, "PUT", path, `{"status":"disabled"}`).want(t, 200)
	do(t, s, "PUT", path, `{"name":"x"}`).want(t, 400)
	if got := do(t, s, "GET", "/v1/klasses?status=enabled", "").listed("name"); !cmp.Equal(got, []any{"order"}) {
		t.Errorf("enabled: %v", got)
	}
	do(t, s, "POST", "/v1/klasses/ticket-2", `{"title":"x"}`).want(t, 404)
	do(t, s, "DELETE", path, "").want(t, 204)
	do(t, s, "GET", "/v1/klasses/ticket-2", "").want(t, 404)
	do(t, s, "GET", path, "").want(t, 404)
	do(t, s, "POST", "/v1/klasses", `{"name":"ticket-2"}`).want(t, 200)
}

func TestKObjects(t *testing.T) {
	s, ana, _ := fixture(t, Options{})
	acme := made(t, s, "/v1/companies", `{"name":"Acme"}`)
	r := do(t, s, "POST", "/v1/customers/"+ana+"/klasses/order", `{"title":"One","externalId":"a/b","company":"`+acme+`","data":{"x":[1]},"createdAt":"2020-02-01T00:00:00Z","custom":{"totalNum":5}}`).want(t, 201)
	path := "/v1/klasses/order/" + r.id()
	if r.at("data", "type") != "kobject.order" || r.at("data", "links", "self") != path ||
		r.at("data", "relationships", "klass", "data", "id") != "order" || r.at("data", "relationships", "klass", "link", "self") != "/v1/klasses/order" ||
		r.at("data", "relationships", "customer", "data", "id") != ana || r.at("data", "relationships", "company", "data", "id") != acme {
		t.Errorf("answer %s", r.text)
	}
	if again := do(t, s, "GET", path, "").want(t, 200); again.text != r.text {
		t.Errorf("a GET shows something else: %s", again.text)
	}
	if got := do(t, s, "GET", "/v1/klasses/order/externalId="+url.PathEscape("a/b"), "").want(t, 200).id(); got != r.id() {
		t.Errorf("look-up found %s", got)
	}
	made(t, s, "/v1/klasses/order", `{"title":"Alone","createdAt":"2020-01-01T00:00:00Z"}`)
	made(t, s, "/v1/klasses/order", `{"title":"Named","customer":"`+ana+`","createdAt":"2020-03-01T00:00:00Z"}`)
	for path, want := range map[string][]any{
		"/v1/klasses/order":                                            {"One", "Alone", "Named"},
		"/v1/klasses/order?sort=asc":                                   {"Alone", "One", "Named"},
		"/v1/klasses/order?fromDate=2020-02-01":                        {"One", "Named"},
		"/v1/klasses/order?sort=desc&pageSize=1":                       {"Named"},
		"/v1/customers/" + ana + "/klasses/order":                      {"One", "Named"},
		"/v1/customers/" + ana + "/klasses/order?sort=desc&pageSize=1": {"Named"},
		"/v1/companies/" + acme + "/klasses/order":                     {"One"},
	} {
		if diff := cmp.Diff(want, do(t, s, "GET", path, "").want(t, 200).listed("title")); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	if r := do(t, s, "PUT", path, `{"title":"Uno"}`).want(t, 200); r.attr("title") != "Uno" || r.at("data", "relationships", "customer", "data", "id") != ana {
		t.Errorf("PUT gives %s", r.text)
	}
	if r := do(t, s, "PUT", path+"?replace=true", `{"description":"x"}`).want(t, 200); r.at("data", "relationships", "customer", "data", "id") != ana || r.at("data", "type") != "kobject.order" {
		t.Errorf("replace gives %s", r.text)
	}
	do(t, s, "PUT", path, `{"customer":"`+ana+`"}`).want(t, 400)
	do(t, s, "PATCH", path, `{}`).want(t, 404)
	do(t, s, "DELETE", path, "").want(t, 204)
	do(t, s, "GET", path, "").want(t, 404)
	do(t, s, "GET", "/v1/klasses/order?fromDate=x", "").want(t, 400)
}

func TestKObjectReferences(t *testing.T) {
	s, ana, thread := fixture(t, Options{})
	const nobody = "65a0c0ffee0000000000abcd"
	bob := made(t, s, "/v1/customers", `{}`)
	order := made(t, s, "/v1/klasses/order", `{"title":"x"}`)
	do(t, s, "POST", "/v1/klasses", `{"name":"other"}`).want(t, 200)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/klasses/ghost", `{"title":"x"}`, 404},
		{"POST", "/v1/klasses/order", `{}`, 400},
		{"POST", "/v1/klasses/order", `{"title":"x","customer":"` + nobody + `"}`, 400},
		{"POST", "/v1/klasses/order", `{"title":"x","customer":"` + thread + `"}`, 400},
		{"POST", "/v1/klasses/order", `{"title":"x","company":"` + nobody + `"}`, 400},
		{"POST", "/v1/customers/" + nobody + "/klasses/order", `{"title":"x"}`, 404},
		{"POST", "/v1/customers/" + ana + "/klasses/ghost", `{"title":"x"}`, 404},
		{"POST", "/v1/customers/" + ana + "/klasses/order", `{"title":"x","customer":"` + bob + `"}`, 400},
		{"GET", "/v1/klasses/other/" + order, "", 404},
		{"PUT", "/v1/klasses/other/" + order, `{}`, 404},
		{"DELETE", "/v1/klasses/other/" + order, "", 404},
		{"GET", "/v1/klasses/order/" + ana, "", 404},
		{"GET", "/v1/klasses/ghost/externalId=x", "", 404},
		{"GET", "/v1/customers/" + ana + "/klasses/ghost", "", 404},
		{"POST", "/v1/klasses/ghost/bulk", `[{"title":"x"}]`, 404},
	} {
		t.Run(c.method+c.path+c.body, func(t *testing.T) { do(t, s, c.method, c.path, c.body).want(t, c.status) })
	}
}

func TestKObjectsAreUniqueInTheirKlass(t *testing.T) {
	for unique, status := range map[Unique]int{UniqueAll: 409, UniqueCustomers: 201} {
		s := newServer(t, Options{Unique: unique})
		do(t, s, "POST", "/v1/klasses", `{"name":"other"}`).want(t, 200)
		body := `{"title":"x","externalId":"k"}`
		made(t, s, "/v1/klasses/order", body)
		made(t, s, "/v1/klasses/other", body)
		do(t, s, "POST", "/v1/klasses/order", body).want(t, status)
		do(t, s, "GET", "/v1/klasses/other/externalId=k", "").want(t, 200)
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
			t.Errorf("%s %s %s: allowed %v", c.role, c.method, c.path, got)
		}
	}
}

// TestLinksOfPagesKeepTheQuery follows next with a filter.
func TestLinksOfPagesKeepTheQuery(t *testing.T) {
	s := newServer(t, Options{})
	for i := range 3 {
		made(t, s, "/v1/klasses/order", fmt.Sprintf(`{"title":"t%d","createdAt":"2020-01-0%dT00:00:00Z"}`, i, i+1))
	}
	var seen []any
	for path := any("/v1/klasses/order?pageSize=1&sort=desc&fromDate=2020-01-02"); path != nil; {
		r := do(t, s, "GET", path.(string), "").want(t, 200)
		seen = append(seen, r.listed("title")...)
		path = r.at("links", "next")
	}
	if diff := cmp.Diff([]any{"t2", "t1"}, seen); diff != "" {
		t.Error(diff)
	}
}
