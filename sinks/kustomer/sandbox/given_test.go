package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"

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
		t.Errorf("the next work item must be queued and show its queue as a relationship: %s", next.text)
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
		t.Errorf("%d users are listed, want 2", n)
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
		t.Errorf("the change of a customer from the start is lost: %s", r.text)
	}
}

// TestGivenIDsStayWhenTheSeedGrows adds a line before objects that pipelines name by id: these keep their ids.
func TestGivenIDsStayWhenTheSeedGrows(t *testing.T) {
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
		t.Errorf("ids changed: before %v, difference %s", before, diff)
	}
}
