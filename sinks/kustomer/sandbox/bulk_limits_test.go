package sandbox

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestBulkRoles(t *testing.T) {
	for _, c := range []struct {
		role, method, path string
		allowed            bool
	}{
		{"org.permission.customer.create", "POST", "/v1/customers/bulk", true},
		{"org.permission.customer.create", "PUT", "/v1/customers/bulk", false},
		{"org.permission.customer.update", "PUT", "/v1/customers/bulk", true},
		{"org.permission.customer.delete", "DELETE", "/v1/customers/bulk", true},
		{"org.user.conversation.delete", "DELETE", "/v1/conversations/bulk", true},
		{"org.user.message.write", "POST", "/v1/messages/bulk", true},
		{"org.admin", "POST", "/v1/messages/bulk", false},
		{"org.permission.customer", "GET", "/v1/bulk/x", false},
		{"org.permission.bulk.read", "GET", "/v1/bulk/x", true},
		{"org.permission.bulk", "GET", "/v1/bulk/x/batches", true},
		{"org.user.bulk.read", "GET", "/v1/bulk/x/batches", true},
	} {
		s := newServer(t, Options{Keys: map[string][]string{"sandbox": {c.role}}})
		if got := do(t, s, c.method, c.path, "").status != 403; got != c.allowed {
			t.Errorf("a key with the role %s sends %s %s: allowed is %v; see the operations in resources", c.role, c.method, c.path, got)
		}
	}
}

// TestBulkItemsHaveTheKeysRoles sends items with a field that only org.admin may set: it is left out of items, too.
func TestBulkItemsHaveTheKeysRoles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, conversation := newConversation(t, Options{Keys: map[string][]string{"sandbox": {"org"}, "plain": {"org.permission.message"}}})
		body := `[{` + messageFields + `,"conversation":"` + conversation + `","externalId":"m","createdAt":"2001-01-01T00:00:00Z"}]`
		doAs(t, s, "plain", "POST", "/v1/messages/bulk", body).want(t, 200)
		synctest.Wait()
		if got := do(t, s, "GET", "/v1/messages/externalId=m", "").want(t, 200).attr("createdAt"); got == "2001-01-01T00:00:00.000Z" {
			t.Error("createdAt was kept without org.admin")
		}
	})
}

func TestBulkBodyLimit(t *testing.T) {
	body := items(100, `{"name":"`+strings.Repeat("x", 256)+`","username":"`+strings.Repeat("y", 256)+`","externalId":"`+strings.Repeat("z", 250)+`%[1]d","custom":{"aTxt":"`+strings.Repeat("w", 300)+`"}}`)
	do(t, newServer(t, Options{}), "POST", "/v1/customers/bulk", body).want(t, 413)
	do(t, newServer(t, Options{BulkBodyLimit: 200 << 10}), "POST", "/v1/customers/bulk", body).want(t, 201)
	do(t, newServer(t, Options{BulkBodyLimit: 10}), "POST", "/v1/customers", `{"name":"longer than ten"}`).want(t, 201)
}

// TestBulkCostsOneRequest makes a hundred objects at once: they cost one request of the rate limit, and count as a
// hundred rows.
func TestBulkCostsOneRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{RateLimit: 3})
		job := submitted(t, s, "POST", "/v1/customers/bulk", items(100, `{"_clientRef":"%[1]d","externalId":"c%[1]d"}`))
		results(t, s, job)
		do(t, s, "GET", "/v1/users/current", "").want(t, 429)
		stats := do(t, s, "GET", "/_sandbox/stats", "")
		if stats.at("rows") != 100.0 || stats.at("rows_per_request") != 25.0 || stats.at("created", "customer") != 100.0 {
			t.Errorf("the stats do not count 100 rows in 4 requests: %s", stats.text)
		}
		want := map[string]any{"submitted": 1.0, "complete": 1.0, "items": 100.0, "items_succeeded": 100.0, "items_failed": 0.0}
		if diff := cmp.Diff(want, stats.at("jobs")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBulkMeetsLimitsPerCustomer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{RateLimit: 100, CreateLimit: 2})
		ana := create(t, s, "/v1/customers", `{}`)
		one := `{"_clientRef":"%[1]d","customer":"` + ana + `"}`
		job := submitted(t, s, "POST", "/v1/conversations/bulk", items(4, one))
		got := results(t, s, job)
		if got["1"] != "created" || got["2"] != "Too Many Requests" {
			t.Errorf("the third conversation of a customer must be refused: %v", got)
		}
		job = submitted(t, s, "POST", "/v1/conversations/bulk", items(4, strings.Replace(one, `{`, `{"importedAt":"2026-01-01T00:00:00Z",`, 1)))
		if got := results(t, s, job); got["3"] != "created" {
			t.Errorf("imported conversations must not be limited: %v", got)
		}
	})
}
