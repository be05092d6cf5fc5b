package sandbox

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMergeCustomers(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	s := newServer(t, o)
	target := create(t, s, "/v1/customers", `{"name":"T","externalId":"t","emails":[{"email":"t@x.y"}],"custom":{"aStr":"t"},"createdAt":"2020-02-01T00:00:00Z","tags":["a"]}`)
	source := create(t, s, "/v1/customers", `{"name":"S","externalId":"s","emails":[{"email":"s@x.y"}],"phones":[{"phone":"+15550100"}],"custom":{"aStr":"s","bStr":"s"},"createdAt":"2020-01-01T00:00:00Z","tags":["a","b"],"lastSeenAt":"2021-01-01T00:00:00Z"}`)
	conversation := create(t, s, "/v1/conversations", `{"customer":"`+source+`"}`)
	order := create(t, s, "/v1/customers/"+source+"/klasses/order", `{"title":"o"}`)
	do(t, s, "POST", "/v1/customers/merges", `{"source":"`+source+`","target":"`+source+`"}`).want(t, 400)
	do(t, s, "POST", "/v1/customers/merges", `{"source":"`+source+`"}`).want(t, 400)
	r := do(t, s, "POST", "/v1/customers/merges", `{"source":"`+source+`","target":"`+target+`"}`).want(t, 201)
	if r.at("data", "type") != "customer_merge" || r.attr("status") != "success" || r.at("data", "relationships", "source", "data", "id") != source ||
		r.at("data", "relationships", "target", "data", "id") != target || r.attr("source") != nil {
		t.Errorf("the answer to a merge: %s", r.text)
	}
	for range 2 {
		for _, look := range []string{"externalId=t", "externalId=s", "email=t@x.y", "email=s@x.y", "phone=15550100"} {
			if got := do(t, s, "GET", "/v1/customers/"+look, "").want(t, 200).id(); got != target {
				t.Errorf("the look-up %s finds %s, want the target", look, got)
			}
		}
		m := do(t, s, "GET", "/v1/customers/"+target, "")
		for name, want := range map[string]any{
			"name": "T", "externalId": "t", "createdAt": "2020-01-01T00:00:00.000Z", "lastSeenAt": "2021-01-01T00:00:00.000Z", "tags": []any{"a", "b"},
			"custom": map[string]any{"aStr": "t", "bStr": "s"}, "conversationCounts": map[string]any{"all": 1.0, "open": 1.0, "snoozed": 0.0, "done": 0.0},
		} {
			if diff := cmp.Diff(want, m.attr(name)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		do(t, s, "GET", "/v1/customers/"+source, "").want(t, 404)
		if got := do(t, s, "GET", "/v1/conversations/"+conversation, "").at("data", "relationships", "customer", "data", "id"); got != target {
			t.Errorf("the conversation belongs to %v", got)
		}
		if got := do(t, s, "GET", "/v1/klasses/order/"+order, "").at("data", "relationships", "customer", "data", "id"); got != target {
			t.Errorf("the KObject belongs to %v", got)
		}
		if got := do(t, s, "GET", "/v1/customers/merges/"+r.id(), "").want(t, 200).attr("status"); got != "success" {
			t.Errorf("the merge has the status %v", got)
		}
		for _, id := range []string{source, target} {
			if got := do(t, s, "GET", "/v1/customers/"+id+"/merges", "").want(t, 200).listed("status"); len(got) != 1 {
				t.Errorf("the merges of %s are %v, want one", id, got)
			}
		}
		do(t, s, "POST", "/v1/customers/merges", `{"source":"`+source+`","target":"`+target+`"}`).want(t, 400)
		s = reopen(t, s, o)
	}
}
