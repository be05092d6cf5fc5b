package sandbox

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestListsByUpdate changes the first of three customers, and asks for what changed.
func TestListsByUpdate(t *testing.T) { synctest.Test(t, testListsByUpdate) }

func testListsByUpdate(t *testing.T) {
	s := newServer(t, Options{})
	for i := range 3 {
		create(t, s, "/v1/customers", fmt.Sprintf(`{"externalId":"c%d","createdAt":"2020-01-0%dT00:00:00Z"}`, i, i+1))
		time.Sleep(time.Second)
	}
	first := do(t, s, "GET", "/v1/customers/externalId=c0", "").id()
	before := do(t, s, "GET", "/v1/customers/externalId=c1", "").attr("updatedAt")
	do(t, s, "PATCH", "/v1/customers/"+first, `{"name":"new"}`).want(t, 200)
	for query, want := range map[string][]any{
		"sort=updatedAt": {"c1", "c2", "c0"}, "sort=-updatedAt": {"c0", "c2", "c1"}, "sort=createdAt": {"c0", "c1", "c2"}, "sort=-createdAt": {"c2", "c1", "c0"},
		fmt.Sprint("filter[updatedAt][lt]=", before): {}, fmt.Sprint("filter[updatedAt][lte]=", before): {"c1"}, fmt.Sprint("filter[updatedAt][gt]=", before): {"c0", "c2"},
		"filter[createdAt][gt]=2020-01-01&filter[createdAt][lte]=2020-01-02": {"c1"},
	} {
		r := do(t, s, "GET", "/v1/customers?"+query, "").want(t, 200)
		if diff := cmp.Diff(want, r.listed("externalId")); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
		if r.at("meta", "total") != float64(len(want)) {
			t.Errorf("%s: the total is %v, want %d", query, r.at("meta", "total"), len(want))
		}
	}
	r := do(t, s, "GET", "/v1/customers?pageSize=2&page=2", "").want(t, 200)
	if r.at("meta", "total") != 3.0 || r.at("meta", "totalPages") != 2.0 || len(r.listed("name")) != 1 {
		t.Errorf("the last page of two: %s", r.text)
	}
}

func TestCommaLists(t *testing.T) {
	for on, status := range map[bool]int{false: 404, true: 200} {
		s := newServer(t, Options{CommaLists: on})
		a, b := create(t, s, "/v1/customers", `{"externalId":"a"}`), create(t, s, "/v1/customers", `{"externalId":"b"}`)
		do(t, s, "DELETE", "/v1/customers/"+b, "").want(t, 204)
		r := do(t, s, "GET", "/v1/customers/"+a+","+b+",x", "").want(t, status)
		if diff := cmp.Diff([]any{"a"}, r.listed("externalId")); on && diff != "" {
			t.Error(diff)
		}
	}
}

// TestAnswersAsKustomerMay: values come back in another form than they were sent in, and in the old one with the
// switch off.
func TestAnswersAsKustomerMay(t *testing.T) {
	o := Options{AsKustomer: true, Dir: t.TempDir()}
	s := newServer(t, o)
	id := create(t, s, "/v1/customers", `{"emails":[{"email":"Ann@X.Y"}],"tags":["vip","brand new"],"birthdayAt":"2000-01-01T01:00:00+01:00","custom":{"sinceAt":"2000-01-01T01:00:00+01:00"}}`)
	do(t, s, "PATCH", "/v1/customers/"+id, `{"tags":["vip","later"]}`).want(t, 200)
	s = reopen(t, s, o)
	r := do(t, s, "GET", "/v1/customers/"+id, "")
	names := map[any]any{}
	tags := do(t, s, "GET", "/v1/tags", "").want(t, 200)
	for i, name := range tags.listed("name") {
		names[tags.at("data", i, "id")] = name
	}
	shown := r.attr("tags").([]any)
	if names[shown[0]] != "vip" || names[shown[1]] != "later" || len(names) != 4 {
		t.Errorf("the tags %v are shown, of %v", shown, names)
	}
	if got := r.at("data", "attributes", "emails", 0, "email"); got != "ann@x.y" {
		t.Errorf("the address is %v", got)
	}
	for _, got := range []any{r.attr("birthdayAt"), r.at("data", "attributes", "custom", "sinceAt")} {
		if got != "2000-01-01T00:00:00.000Z" {
			t.Errorf("the time is %v", got)
		}
	}
	conversation := create(t, s, "/v1/conversations", `{"customer":"`+id+`","tags":["vip","later"]}`)
	after := do(t, s, "DELETE", "/v1/conversations/"+conversation+"/tags", fmt.Sprintf(`[%q]`, shown[0])).want(t, 200)
	if diff := cmp.Diff([]any{shown[1]}, after.attr("tags")); diff != "" {
		t.Errorf("after a tag was removed by its id: %s", diff)
	}
}
