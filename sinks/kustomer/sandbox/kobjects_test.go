package sandbox

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKObjects(t *testing.T) {
	s, ana, _ := newConversation(t, Options{})
	acme := create(t, s, "/v1/companies", `{"name":"Acme"}`)
	r := do(t, s, "POST", "/v1/customers/"+ana+"/klasses/order", `{"title":"One","externalId":"a/b","company":"`+acme+`","data":{"x":[1]},"createdAt":"2020-02-01T00:00:00Z","custom":{"totalNum":5}}`).want(t, 201)
	path := "/v1/klasses/order/" + r.id()
	if r.at("data", "type") != "kobject.order" || r.at("data", "links", "self") != path ||
		r.at("data", "relationships", "klass", "data", "id") != "order" || r.at("data", "relationships", "klass", "link", "self") != "/v1/klasses/order" ||
		r.at("data", "relationships", "customer", "data", "id") != ana || r.at("data", "relationships", "company", "data", "id") != acme {
		t.Errorf("the answer to a new KObject: %s", r.text)
	}
	if again := do(t, s, "GET", path, "").want(t, 200); again.text != r.text {
		t.Errorf("a GET shows something else: %s", again.text)
	}
	if got := do(t, s, "GET", "/v1/klasses/order/externalId="+url.PathEscape("a/b"), "").want(t, 200).id(); got != r.id() {
		t.Errorf("look-up found %s", got)
	}
	create(t, s, "/v1/klasses/order", `{"title":"Alone","createdAt":"2020-01-01T00:00:00Z"}`)
	create(t, s, "/v1/klasses/order", `{"title":"Named","customer":"`+ana+`","createdAt":"2020-03-01T00:00:00Z"}`)
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
		t.Errorf("replace=true must keep klass and customer: %s", r.text)
	}
	do(t, s, "PUT", path, `{"customer":"`+ana+`"}`).want(t, 400)
	do(t, s, "PATCH", path, `{}`).want(t, 404)
	do(t, s, "DELETE", path, "").want(t, 204)
	do(t, s, "GET", path, "").want(t, 404)
	do(t, s, "GET", "/v1/klasses/order?fromDate=x", "").want(t, 400)
}

func TestKObjectReferences(t *testing.T) {
	s, ana, conversation := newConversation(t, Options{})
	const nobody = "65a0c0ffee0000000000abcd"
	bob := create(t, s, "/v1/customers", `{}`)
	order := create(t, s, "/v1/klasses/order", `{"title":"x"}`)
	do(t, s, "POST", "/v1/klasses", `{"name":"other"}`).want(t, 200)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/klasses/ghost", `{"title":"x"}`, 404},
		{"POST", "/v1/klasses/order", `{}`, 400},
		{"POST", "/v1/klasses/order", `{"title":"x","customer":"` + nobody + `"}`, 400},
		{"POST", "/v1/klasses/order", `{"title":"x","customer":"` + conversation + `"}`, 400},
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
		create(t, s, "/v1/klasses/order", body)
		create(t, s, "/v1/klasses/other", body)
		do(t, s, "POST", "/v1/klasses/order", body).want(t, status)
		do(t, s, "GET", "/v1/klasses/other/externalId=k", "").want(t, 200)
	}
}
