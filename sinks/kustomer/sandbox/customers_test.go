package sandbox

import (
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCreateCustomerAnswersTheWholeObject(t *testing.T) {
	s := newServer(t, Options{Seed: 1})
	r := do(t, s, "POST", "/v1/customers", `{"name":"Ana Ruiz","externalId":"crm-1","emails":[{"email":"Ana@Example.com","type":"work"}],
		"birthdayAt":"1990-01-02T00:00:00-05:00","custom":{"tierStr":"gold","seenAt":"2026-01-01T00:00:00+01:00","bigNum":12345678901234567890}}`).want(t, 201)
	for path, want := range map[string]any{
		"name": "Ana Ruiz", "displayName": "Ana Ruiz", "firstName": "Ana", "lastName": "Ruiz", "externalId": "crm-1",
		"externalIds": []any{map[string]any{"externalId": "crm-1", "verified": true}},
		"emails":      []any{map[string]any{"email": "Ana@Example.com", "type": "work", "verified": false}},
		"phones":      []any{}, "tags": []any{}, "rev": 1.0, "verified": true, "deleted": false,
		"birthdayAt":         "1990-01-02T05:00:00.000Z",
		"conversationCounts": map[string]any{"all": 0.0, "open": 0.0, "snoozed": 0.0, "done": 0.0},
	} {
		if diff := cmp.Diff(want, r.attr(path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	if got := r.at("data", "attributes", "custom", "seenAt"); got != "2025-12-31T23:00:00.000Z" {
		t.Errorf("the time of a custom attribute is shown as %v", got)
	}
	if len(r.id()) != 24 || r.at("data", "links", "self") != "/v1/customers/"+r.id() {
		t.Errorf("id %q, self %v", r.id(), r.at("data", "links", "self"))
	}
	if r.at("data", "relationships", "org", "data", "id") != s.OrgID() {
		t.Error("the org is missing")
	}
	if again := do(t, s, "GET", "/v1/customers/"+r.id(), "").want(t, 200); again.text != r.text {
		t.Errorf("a GET shows something else:\n%s\n%s", again.text, r.text)
	}
}

func TestLookups(t *testing.T) {
	s := newServer(t, Options{})
	id := create(t, s, "/v1/customers", `{"externalId":"a/b c+1","externalIds":[{"externalId":"second"}],"emails":[{"email":"Ana@example.com"}],
		"phones":[{"phone":"+1 (555) 010-0"}],"sharedEmails":[{"email":"family@example.com"}]}`)
	for _, c := range []struct{ path, want string }{
		{"externalId=a%2Fb%20c%2B1", id},
		{"externalId=" + url.PathEscape("a/b c+1"), id},
		{"externalId=second", id},
		{"email=ana%40EXAMPLE.com", id},
		{"phone=%2B15550100", id},
		{"phone=15550100", id},
		{"externalId=A%2Fb%20c%2B1", ""}, // exact
		{"externalId=a%252Fb%20c%2B1", ""},
		{"email=family@example.com", ""},
		{"externalId=", ""},
		{"phone=x", ""},
	} {
		t.Run(c.path, func(t *testing.T) {
			r := do(t, s, "GET", "/v1/customers/"+c.path, "")
			if c.want == "" {
				r.want(t, 404)
			} else if r.want(t, 200).id() != c.want {
				t.Errorf("the look-up found %s", r.id())
			}
		})
	}
	want := `{"errors":[{"code":"notfound","source":{"parameter":"externalId"},"status":404,"title":"Not Found"}]}`
	if got := do(t, s, "GET", "/v1/customers/externalId=none", "").text; got != want {
		t.Errorf("404 body\n%s\nwant\n%s", got, want)
	}
}

func TestCustomerIdentifiersAreUnique(t *testing.T) {
	base := `{"externalId":"x1","externalIds":[{"externalId":"x2"}],"emails":[{"email":"a@b.c"}],"phones":[{"phone":"+15550100"}],
		"whatsapps":[{"phone":"+15550100"}],"socials":[{"type":"twitter","username":"ana"}],"sharedEmails":[{"email":"s@b.c"}]}`
	for _, c := range []struct{ body, parameter string }{
		{`{"externalId":"x1"}`, "externalId"},
		{`{"externalId":"x2"}`, "externalId"},
		{`{"externalIds":[{"externalId":"x1"}]}`, "externalId"},
		{`{"emails":[{"email":"new@b.c"},{"email":"A@B.c"}]}`, "emails"},
		{`{"phones":[{"phone":"1-555-0100"}]}`, "phones"},
		{`{"whatsapps":[{"phone":"+15550100"}]}`, "whatsapps"},
		{`{"socials":[{"type":"twitter","username":"ana"}]}`, "socials"},
		{`{"socials":[{"type":"facebook","username":"ana"}]}`, ""},
		{`{"sharedEmails":[{"email":"a@b.c"}]}`, ""},
		{`{"emails":[{"email":"s@b.c"}]}`, ""},
	} {
		t.Run(c.body, func(t *testing.T) {
			s := newServer(t, Options{Unique: UniqueCustomers})
			create(t, s, "/v1/customers", base)
			r := do(t, s, "POST", "/v1/customers", c.body)
			if c.parameter == "" {
				r.want(t, 201)
				return
			}
			if got := r.want(t, 409).at("errors", 0, "source", "parameter"); got != c.parameter || r.at("errors", 0, "code") != "conflict" {
				t.Errorf("the duplicate is refused in another way: %s", r.text)
			}
			other := create(t, s, "/v1/customers", `{}`)
			do(t, s, "PATCH", "/v1/customers/"+other, c.body).want(t, 409)
		})
	}
}

func TestDuplicateStatus(t *testing.T) {
	for _, status := range []int{400, 409, 422} {
		s := newServer(t, Options{DuplicateStatus: status})
		create(t, s, "/v1/customers", `{"externalId":"a"}`)
		do(t, s, "POST", "/v1/customers", `{"externalId":"a"}`).want(t, status)
	}
}

func TestUpdateCustomer(t *testing.T) {
	const company = "00000000000000000000c0de"
	const acme = `{"type":"company","id":"` + company + `","attributes":{"name":"Acme"}}`
	for _, c := range []struct {
		name, path, body string
		options          Options
		want             map[string]any // attributes; "company" is the relationship
	}{
		{name: "PATCH keeps the rest", body: `{"name":"B"}`, want: map[string]any{"name": "B", "locale": "en", "externalId": "x", "rev": 2.0}},
		{name: "null clears", body: `{"locale":null}`, want: map[string]any{"locale": nil, "name": "A"}},
		{name: "lists are replaced", body: `{"tags":["z"]}`, want: map[string]any{"tags": []any{"z"}}},
		{name: "custom merges", body: `{"custom":{"bStr":"2","aStr":null}}`, want: map[string]any{"custom": map[string]any{"bStr": "2", "cStr": "3"}}},
		{name: "company is unlinked", body: `{"name":"B"}`, want: map[string]any{"company": nil}},
		{name: "company is kept when given", body: `{"company":"` + company + `"}`, want: map[string]any{"company": company}},
		{name: "company is kept on request", body: `{"name":"B"}`, options: Options{KeepCompany: true}, want: map[string]any{"company": company}},
		{name: "PUT merges", path: "PUT", body: `{"name":"B"}`, want: map[string]any{"locale": "en"}},
		{name: "PUT replaces on request", path: "PUT ?replace=true", body: `{"name":"B"}`, want: map[string]any{"locale": nil, "name": "B", "externalId": nil}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, c.options)
			do(t, s, "POST", "/_sandbox/seed", acme).want(t, 200)
			id := create(t, s, "/v1/customers", `{"name":"A","externalId":"x","locale":"en","tags":["a","b"],"company":"`+company+`","custom":{"aStr":"1","bStr":"1","cStr":"3"}}`)
			method, query := "PATCH", ""
			if c.path != "" {
				method = "PUT"
				query = c.path[len("PUT"):]
			}
			path := "/v1/customers/" + id
			if query != "" {
				path += query[1:]
			}
			r := do(t, s, method, path, c.body).want(t, 200)
			for name, want := range c.want {
				got := r.attr(name)
				if name == "company" {
					got = r.at("data", "relationships", "company", "data", "id")
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
		})
	}
}

func TestUpdateMovesIdentities(t *testing.T) {
	s := newServer(t, Options{})
	id := create(t, s, "/v1/customers", `{"externalId":"old","emails":[{"email":"old@b.c"}]}`)
	do(t, s, "PATCH", "/v1/customers/"+id, `{"externalId":"new","emails":[{"email":"new@b.c"}]}`).want(t, 200)
	do(t, s, "GET", "/v1/customers/externalId=old", "").want(t, 404)
	do(t, s, "GET", "/v1/customers/email=new@b.c", "").want(t, 200)
	create(t, s, "/v1/customers", `{"externalId":"old","emails":[{"email":"old@b.c"}]}`)
}

func TestStaleRevIsRefused(t *testing.T) {
	s := newServer(t, Options{})
	path := "/v1/customers/" + create(t, s, "/v1/customers", `{}`)
	do(t, s, "PATCH", path, `{"name":"B","rev":1}`).want(t, 200)
	do(t, s, "PATCH", path, `{"name":"C","rev":1}`).want(t, 409)
	do(t, s, "PATCH", path+"?rev=1", `{"name":"C"}`).want(t, 409)
	do(t, s, "PATCH", path+"?rev=2", `{"name":"C"}`).want(t, 200)
}

func TestDeleted(t *testing.T) {
	for mode, status := range map[Deleted]int{DeletedNotFound: 404, DeletedGone: 410, DeletedShown: 200} {
		s := newServer(t, Options{Deleted: Gone{Reads: mode}, Identifiers: IdentifiersFree})
		id := create(t, s, "/v1/customers", `{"externalId":"x"}`)
		do(t, s, "DELETE", "/v1/customers/"+id, "").want(t, 204)
		r := do(t, s, "GET", "/v1/customers/"+id, "").want(t, status)
		if status == 200 && r.attr("deleted") != true {
			t.Error("deleted is not shown")
		}
		do(t, s, "DELETE", "/v1/customers/"+id, "").want(t, 404)
		do(t, s, "PATCH", "/v1/customers/"+id, `{}`).want(t, 404)
		do(t, s, "GET", "/v1/customers/externalId=x", "").want(t, 404)
		create(t, s, "/v1/customers", `{"externalId":"x"}`)
	}
}

func TestLookupLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{LookupLag: 5 * time.Second})
		id := create(t, s, "/v1/customers", `{"externalId":"x"}`)
		do(t, s, "GET", "/v1/customers/"+id, "").want(t, 200)
		do(t, s, "POST", "/v1/customers", `{"externalId":"x"}`).want(t, 409)
		time.Sleep(5*time.Second - 1)
		do(t, s, "GET", "/v1/customers/externalId=x", "").want(t, 404)
		time.Sleep(1)
		do(t, s, "GET", "/v1/customers/externalId=x", "").want(t, 200)
	})
}

func TestLookupsNever(t *testing.T) {
	s := newServer(t, Options{Lookups: LookupsNever})
	id := create(t, s, "/v1/customers", `{"externalId":"x"}`)
	do(t, s, "GET", "/v1/customers/externalId=x", "").want(t, 404)
	do(t, s, "GET", "/v1/customers/"+id, "").want(t, 200)
}
