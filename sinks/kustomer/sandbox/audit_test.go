package sandbox

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// auditOf gives the verbs of the entries that a query finds.
func auditOf(t *testing.T, s *Server, query string) []any {
	t.Helper()
	return do(t, s, "GET", "/v1/audit-logs"+query, "").want(t, 200).listed("eventVerb")
}

func TestAuditLog(t *testing.T) { synctest.Test(t, testAuditLog) }

func testAuditLog(t *testing.T) {
	s, customer, conversation := newConversation(t, Options{AuditDelay: time.Minute})
	other := create(t, s, "/v1/customers", `{"externalId":"o"}`)
	create(t, s, "/v1/conversations/"+conversation+"/messages", `{`+messageFields+`}`)
	do(t, s, "PATCH", "/v1/customers/"+customer, `{"name":"Ann"}`).want(t, 200)
	if got := auditOf(t, s, ""); len(got) != 0 {
		t.Errorf("before the delay is over, the log shows %v", got)
	}
	time.Sleep(time.Minute)
	since := time.Now().UTC().Format(time.RFC3339)
	act(t, s, Action{Do: Edit, Type: "customer", ID: customer, Set: map[string]any{"name": "Bob"}})
	act(t, s, Action{Do: Merge, Type: "customer", ID: other, Into: customer})
	act(t, s, Action{Do: Delete, Type: "conversation", ID: conversation})
	time.Sleep(time.Minute)
	for query, want := range map[string][]any{
		"?filter[objectType]=message":                                         {"delete", "create"},
		"?filter[objectType]=conversation&filter[userId]=" + s.givenID("ana"): {"delete"},
		"?filter[objectType]=conversation":                                    {"delete"},
		"?filter[objectType]=customer&filter[objectId]=" + other:              {"merge"},
		"?filter[objectType]=customer&filter[userId]=" + s.givenID("ana"):     {"update", "merge", "update"},
		"?filter[start]=" + since + "&filter[objectType]=customer":            {"update", "merge", "update"},
		"?filter[end]=1999-12-31T00:00:00Z":                                   {},
	} {
		if diff := cmp.Diff(want, auditOf(t, s, query)); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	r := do(t, s, "GET", "/v1/audit-logs?filter[objectType]=customer&filter[start]="+since, "")
	if got := r.at("data", 2, "attributes", "changes", "attributes", "name", "after"); got != "Bob" {
		t.Errorf("the edit shows %v as the new name: %s", got, r.text)
	}
	n := 0
	for path := any("/v1/audit-logs?count=2"); path != nil; {
		r := do(t, s, "GET", path.(string), "").want(t, 200)
		n += len(r.listed("eventVerb"))
		path = r.at("links", "next")
	}
	if all := len(auditOf(t, s, "?count=1000")); n != all || n < 6 {
		t.Errorf("pages of two show %d entries, one page shows %d", n, all)
	}
	for _, query := range []string{"?count=1001", "?filter[objectId]=" + customer, "?filter[start]=now", "?after=x"} {
		do(t, s, "GET", "/v1/audit-logs"+query, "").want(t, 400)
	}
}

func TestNoAuditLog(t *testing.T) {
	s, customer, _ := newConversation(t, Options{NoAudit: true})
	do(t, s, "PATCH", "/v1/customers/"+customer, `{"name":"Ann"}`).want(t, 200)
	if got := auditOf(t, s, ""); len(got) != 0 {
		t.Errorf("the log shows %v", got)
	}
}
