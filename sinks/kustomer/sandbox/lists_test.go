package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGivenObjects(t *testing.T) {
	s := newServer(t, Options{})
	first := func(path string) string {
		return fmt.Sprint(do(t, s, "GET", path, "").want(t, 200).at("data", 0, "id"))
	}
	support := first("/v1/routing/queues?key=support")
	machine := do(t, s, "GET", "/v1/users/current", "").want(t, 200).id()
	for _, c := range []struct {
		path, attribute string
		want            []any
	}{
		{"/v1/users", "email", []any{"key@sandbox.invalid", "ana@sandbox.invalid", "bob@sandbox.invalid"}},
		{"/v1/users?email=ANA%40sandbox.invalid", "name", []any{"Ana Agent"}},
		{"/v1/users?email=nobody", "name", []any{}},
		{"/v1/users?userType=machine", "name", []any{"Sandbox Key"}},
		{"/v1/users?pageSize=2&page=2", "name", []any{"Bob Agent"}},
		{"/v1/users?pageSize=500", "userType", []any{"machine", "user", "user"}},
		{"/v1/users/" + machine + "," + first("/v1/users?userType=user"), "name", []any{"Sandbox Key", "Ana Agent"}},
		{"/v1/teams", "name", []any{"Support", "Sales"}},
		{"/v1/teams?pageSize=500", "name", []any{"Support", "Sales"}},
		{"/v1/tags", "name", []any{"vip", "imported"}},
		{"/v1/routing/queues", "displayName", []any{"Support", "Sales"}},
		{"/v1/routing/queues/" + support + "/work-items", "status", []any{"assigned", "queued"}},
		{"/v1/routing/queues/" + support + "/work-items?status=queued", "status", []any{"queued"}},
		{"/v1/routing/queues/" + support + "/work-sessions?statusType=busy", "routable", []any{false}},
		{"/v1/routing/work-items", "status", []any{"assigned", "queued"}},
		{"/v1/snippets", "key", []any{"greeting"}},
		{"/v1/hooks/web", "title", []any{"Sandbox hook"}},
		{"/v1/hooks/form", "title", []any{"Sandbox form"}},
		{"/v1/outboundAccounts", "account", []any{"support@sandbox.invalid", "+15550100"}},
		{"/v1/klasses", "name", []any{"order"}},
	} {
		if diff := cmp.Diff(c.want, do(t, s, "GET", c.path, "").want(t, 200).listed(c.attribute)); diff != "" {
			t.Errorf("%s: %s", c.path, diff)
		}
	}
	next := do(t, s, "GET", "/v1/routing/queues/"+support+"/work-items/next", "").want(t, 200)
	if next.attr("status") != "queued" || next.at("data", "relationships", "queue", "data", "id") != support || next.attr("queue") != nil {
		t.Errorf("next %s", next.text)
	}
	sales := first("/v1/routing/queues?key=sales")
	for path, status := range map[string]int{
		"/v1/users/" + first("/v1/users?userType=user"): 200, "/v1/users/" + machine: 200, "/v1/users/x": 404, "/v1/teams/" + first("/v1/teams"): 200,
		"/v1/snippets/" + first("/v1/snippets"): 200, "/v1/hooks/web/" + first("/v1/hooks/web"): 200, "/v1/hooks/form/" + first("/v1/hooks/web"): 404,
		"/v1/routing/queues/" + support: 200, "/v1/routing/queues/x/work-items": 404, "/v1/routing/queues/" + sales + "/work-items/next": 404,
		"/v1/users?pageSize=501": 400, "/v1/snippets?pageSize=101": 400,
	} {
		do(t, s, "GET", path, "").want(t, status)
	}
	if do(t, s, "GET", "/_sandbox/objects", "").text != "" || do(t, s, "GET", "/_sandbox/stats", "").at("objects", "user") != nil {
		t.Error("what is there from the start is listed as if a request had made it")
	}
	if n := strings.Count(do(t, s, "GET", "/_sandbox/objects?type=user", "").text, "\n"); n != 2 {
		t.Errorf("%d users", n)
	}
}

func TestGivenObjectsStay(t *testing.T) {
	o := Options{Dir: t.TempDir(), Objects: `{"type":"user","attributes":{"name":"Cy","email":"cy@x.y"}}
		{"type":"customer","id":"0000000000000000000000aa","attributes":{"externalId":"given"}}`}
	s := newServer(t, o)
	cy := do(t, s, "GET", "/v1/users?email=cy@x.y", "").at("data", 0, "id")
	do(t, s, "PATCH", "/v1/customers/0000000000000000000000aa", `{"name":"new"}`).want(t, 200)
	s = reopen(t, s, o)
	if got := do(t, s, "GET", "/v1/users?email=cy@x.y", "").at("data", 0, "id"); got != cy || cy == nil {
		t.Errorf("user %v became %v", cy, got)
	}
	if r := do(t, s, "GET", "/v1/customers/externalId=given", "").want(t, 200); r.attr("name") != "new" || r.attr("rev") != 2.0 {
		t.Errorf("customer %s", r.text)
	}
}

// Those that pipelines name by id keep it when the seed grows before them.
func TestGivenIDsStay(t *testing.T) {
	const own = `{"type":"user","attributes":{"email":"cy@x.y"}}
		{"type":"team","attributes":{"name":"Night"}}
		{"type":"queue","attributes":{"name":"vip"}}
		{"type":"snippet","attributes":{"key":"bye"}}`
	ids := func(objects string) (all []string) {
		s := newServer(t, Options{Objects: objects, Seed: 1})
		for path, attribute := range map[string]string{"/v1/users": "cy@x.y", "/v1/teams": "Night", "/v1/routing/queues": "vip", "/v1/snippets": "bye"} {
			list, _ := do(t, s, "GET", path, "").want(t, 200).at("data").([]any)
			for _, item := range list {
				if text := fmt.Sprint(item); strings.Contains(text, attribute) {
					all = append(all, path+" "+item.(map[string]any)["id"].(string))
				}
			}
		}
		return slices.Sorted(slices.Values(all))
	}
	before := ids(own)
	after := ids(`{"type":"user","attributes":{"email":"al@x.y"}}` + "\n" + own)
	if diff := cmp.Diff(before, after); diff != "" || len(before) != 4 {
		t.Errorf("%v %s", before, diff)
	}
}

func TestSeed(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	s := newServer(t, o)
	fillSandbox(t, s)
	copied := doAs(t, s, "", "GET", "/_sandbox/objects", "").text
	other := newServer(t, Options{})
	do(t, other, "POST", "/_sandbox/seed", copied).want(t, 200)
	if again := do(t, other, "GET", "/_sandbox/objects", "").text; strings.Count(again, "\n") != strings.Count(copied, "\n") {
		t.Errorf("copied\n%s\ninto\n%s", copied, again)
	}
	do(t, other, "GET", "/v1/messages/externalId=m-1", "").want(t, 200)
	do(t, s, "POST", "/_sandbox/seed", `{"type":"team","attributes":{"name":"Night"}}`).want(t, 200)
	s = reopen(t, s, o)
	if got := do(t, s, "GET", "/v1/teams", "").listed("name"); len(got) != 3 {
		t.Errorf("teams %v", got)
	}
	const id = `"id":"65a0c0ffee0000000000abcd"`
	for line, want := range map[string]string{
		`{`: "line 1", `{"type":"ghost","attributes":{}}`: "ghost", `{"type":"user"}`: "line 1", `{"type":"user","attributes":[]}`: "line 1",
		`{"type":"customer","attributes":{"externalId":"c-1"}}`: "in use", `{"type":"message","attributes":{}}`: "does not exist",
		`{"type":"conversation","attributes":{"customer":"65a0c0ffee0000000000abcd"}}`: "does not exist", `{"type":"kobject","attributes":{"klass":"none"}}`: "does not exist",
		`{"type":"customer","attributes":{"company":"\""}}`: "must be an id", `{"type":"customer","attributes":{"company":5}}`: "must be an id",
		"{\"type\":\"user\"," + id + ",\"attributes\":{}}\n{\"type\":\"user\"," + id + ",\"attributes\":{}}": "1 objects before it",
	} {
		r := do(t, s, "POST", "/_sandbox/seed", line).want(t, 400)
		if !strings.Contains(r.text, want) {
			t.Errorf("%s: %s", line, r.text)
		}
	}
	reopen(t, s, o) // what was refused left nothing that cannot be read
	for _, bad := range []string{`{`, `{"type":"ghost","attributes":{}}`} {
		s, err := New(Options{Objects: "\n" + bad})
		if seed := new(SeedError); !errors.As(err, &seed) || seed.Line != 2 {
			t.Errorf("%s: %v", bad, err)
		}
		if err == nil {
			ignore(s.Close())
		}
	}
}

func TestMetadata(t *testing.T) {
	s := newServer(t, Options{Metadata: map[string]string{"customer": `{"properties":{"tierStr":{"type":"string"}}}`}})
	if got := do(t, s, "GET", "/v1/metadata/customer", "").want(t, 200).at("data", "attributes", "properties", "tierStr", "type"); got != "string" {
		t.Errorf("metadata %v", got)
	}
	do(t, s, "GET", "/v1/metadata/kobject.order", "").want(t, 200)
	do(t, s, "GET", "/v1/metadata/kobject.none", "").want(t, 404)
	do(t, s, "GET", "/v1/metadata/user", "").want(t, 404)
	if s, err := New(Options{Metadata: map[string]string{"customer": "[]"}}); err == nil {
		t.Error("metadata that is no object was accepted")
		ignore(s.Close())
	}
}

func TestSearch(t *testing.T) {
	s, ana, thread := fixture(t, Options{})
	do(t, s, "PATCH", "/v1/customers/"+ana, `{"name":"Ana Ruiz","socials":[{"type":"twitter","username":"ana","userid":"42"}],"emails":[{"email":"ana@x.y"}]}`).want(t, 200)
	made(t, s, "/v1/customers", `{"name":"Bob"}`)
	made(t, s, "/v1/conversations/"+thread+"/notes", `{"body":"x","externalId":"n-1"}`)
	for query, want := range map[string]int{
		`{"queryContext":"customer","and":[{"customer_social_userid":{"equals":"42"}}]}`:          1,
		`{"queryContext":"customer","and":{"customer_social_userid":{"equals":42}}}`:              1,
		`{"and":[{"customer_social_userid":{"equals":"4"}}]}`:                                     0,
		`{"and":[{"customer_name":{"contains":"ruiz"}},{"customer_email":{"equals":"ANA@x.y"}}]}`: 1,
		`{"or":[{"customer_name":{"equals":"bob"}},{"customer_email":{"in":["ana@x.y"]}}]}`:       2,
		`{"not":[{"customer_name":{"equals":"bob"}}]}`:                                            1,
		`{}`: 2,
		`{"queryContext":"note","and":[{"note_external_id":{"equals":"n-1"}}]}`: 1,
		`{"queryContext":"note","and":[{"note_external_id":{"equals":"n-2"}}]}`: 0,
	} {
		r := do(t, s, "POST", "/v1/customers/search?pageSize=500", query).want(t, 200)
		if n := len(r.listed("rev")); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	for _, bad := range []string{
		`{"and":[{"customer_nothing":{"equals":"x"}}]}`, `{"and":[{"customer_name":{"like":"x"}}]}`, `{"and":[{"note_external_id":{"equals":"x"}}]}`,
		`{"and":[{"customer_name":"x"}]}`, `{"and":5}`, `{"queryContext":"ghost"}`, `{"x":1}`,
	} {
		do(t, s, "POST", "/v1/customers/search", bad).want(t, 400)
	}
	do(t, s, "POST", "/v1/customers/search?pageSize=501", `{}`).want(t, 400)
}

func TestSearchLagsAndHasItsOwnBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{SearchLag: time.Minute, RateLimit: 100, SearchLimit: 3})
		made(t, s, "/v1/customers", `{"name":"x"}`)
		for i, want := range []int{0, 1} {
			if n := len(do(t, s, "POST", "/v1/customers/search", `{}`).want(t, 200).listed("name")); n != want {
				t.Errorf("search %d finds %d", i, n)
			}
			time.Sleep(time.Minute)
		}
		for _, status := range []int{200, 200, 200, 429} {
			do(t, s, "POST", "/v1/customers/search", `{}`).want(t, status)
		}
		do(t, s, "GET", "/v1/users/current", "").want(t, 200)
	})
}

func TestMessageLists(t *testing.T) {
	s, ana, thread := fixture(t, Options{})
	for _, m := range []struct{ preview, channel, at string }{{"second", "email", "02"}, {"first", "sms", "01"}, {"third", "email", "03"}, {"third too", "email", "03"}} {
		made(t, s, "/v1/conversations/"+thread+"/messages", `{"app":"x","preview":"`+m.preview+`","channel":"`+m.channel+`","sentAt":"2020-01-`+m.at+`T00:00:00Z"}`)
	}
	for query, want := range map[string][]any{
		"":                               {"second", "first", "third", "third too"},
		"?sort=asc":                      {"first", "second", "third", "third too"},
		"?sort=desc":                     {"third too", "third", "second", "first"},
		"?sort=desc&pageSize=1":          {"third too"},
		"?channel=email&sort=asc":        {"second", "third", "third too"},
		"?fromDate=2020-01-02T00:00:00Z": {"second", "third", "third too"},
	} {
		for _, list := range []string{"/v1/conversations/" + thread + "/messages", "/v1/customers/" + ana + "/messages"} {
			if diff := cmp.Diff(want, do(t, s, "GET", list+query, "").want(t, 200).listed("preview")); diff != "" {
				t.Errorf("%s%s: %s", list, query, diff)
			}
		}
	}
	for filter, want := range map[string]int{"gte": 1, "gt": 1, "lte": 0, "lt": 0} {
		if n := len(do(t, s, "GET", "/v1/customers?filter%5BcreatedAt%5D%5B"+filter+"%5D=2020-01-01", "").want(t, 200).listed("name")); n != want {
			t.Errorf("%s: %d", filter, n)
		}
	}
}
