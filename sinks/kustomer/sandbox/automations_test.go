package sandbox

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRedactions(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	s, _, conversation := newConversation(t, o)
	const kept, gone = "65a0c0ffee0000000000aaaa", "65a0c0ffee0000000000bbbb"
	id := create(t, s, "/v1/conversations/"+conversation+"/messages", `{`+messageFields+`,"meta":{"a":1},"attachments":["`+kept+`","`+gone+`"]}`)
	path := "/v1/messages/" + id
	for _, body := range []string{`{}`, `{"preview":"x","meta":{}}`, `{"subject":"x"}`} {
		do(t, s, "POST", path+"/redactions", body).want(t, 400)
	}
	do(t, s, "POST", path+"/redactions", `{"preview":"xxx"}`).want(t, 201)
	do(t, s, "POST", path+"/redactions", `{"attachments":["`+gone+`"]}`).want(t, 201)
	do(t, s, "POST", path+"/redactions", `{"meta":{}}`).want(t, 201)
	s = reopen(t, s, o)
	r := do(t, s, "GET", path, "").want(t, 200)
	for name, want := range map[string]any{"preview": "xxx", "redacted": true, "attachments": []any{kept}, "meta": map[string]any{}} {
		if diff := cmp.Diff(want, r.attr(name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	do(t, s, "POST", "/v1/messages/"+kept+"/redactions", `{"preview":"x"}`).want(t, 404)
}

func TestAutomations(t *testing.T) {
	s := newServer(t, Options{Objects: `
		{"type":"workflow","id":"65a0c0ffee0000000000aaaa","attributes":{"name":"tag","enabled":true,"trigger":{"eventName":"kustomer.message.create"}}}
		{"type":"workflow","attributes":{"name":"off","enabled":false,"callable":true,"trigger":{"eventName":"kustomer.customer.update"}}}
		{"type":"outbound_webhook","attributes":{"name":"hook","url":"https://x.y","events":["kustomer.customer.create"],"isError":true,"enabled":false}}`})
	for query, want := range map[string][]any{
		"": {"tag", "off"}, "?enabled=true": {"tag"}, "?enabled=false": {"off"}, "?callable=true": {"off"}, "?eventName=kustomer.message.create": {"tag"},
		"?enabled=true&callable=true": {},
	} {
		if diff := cmp.Diff(want, do(t, s, "GET", "/v1/workflows"+query, "").want(t, 200).listed("name")); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	do(t, s, "GET", "/v1/workflows/65a0c0ffee0000000000aaaa", "").want(t, 200)
	r := do(t, s, "GET", "/v1/outbound-webhooks", "").want(t, 200)
	if diff := cmp.Diff([]any{true}, r.listed("isError")); diff != "" {
		t.Error(diff)
	}
	do(t, s, "GET", "/v1/business-rules", "").want(t, 404)
}
