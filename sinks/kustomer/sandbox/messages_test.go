package sandbox

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMessages(t *testing.T) {
	s, ana, conversation := newConversation(t, Options{})
	r := do(t, s, "POST", "/v1/conversations/"+conversation+"/messages",
		`{`+messageFields+`,"direction":"in","externalId":"m-1","sentAt":"2020-05-01T00:00:00Z"}`).want(t, 201)
	for name, want := range map[string]any{
		"status": "received", "directionType": "initial-in", "sentAt": "2020-05-01T00:00:00.000Z", "preview": "hello", "rev": 1.0,
	} {
		if diff := cmp.Diff(want, r.attr(name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for name, want := range map[string]string{"customer": ana, "conversation": conversation} {
		if got := r.at("data", "relationships", name, "data", "id"); got != want {
			t.Errorf("%s is %v", name, got)
		}
	}
	out := do(t, s, "POST", "/v1/messages", `{"channel":"sms","app":"x","direction":"out","conversation":"`+conversation+`"}`).want(t, 201)
	if out.attr("directionType") != "response-out" || out.attr("status") != "sent" {
		t.Errorf("the second message must be a response: %s", out.text)
	}
	c := do(t, s, "GET", "/v1/conversations/"+conversation, "")
	for name, want := range map[string]any{
		"messageCount": 2.0, "outboundMessageCount": 1.0, "channels": []any{"email", "sms"}, "lastMessageDirection": "out",
	} {
		if diff := cmp.Diff(want, c.attr(name)); diff != "" {
			t.Errorf("conversation %s: %s", name, diff)
		}
	}
	for _, spelling := range []string{"externalId", "externalid"} {
		if got := do(t, s, "GET", "/v1/messages/"+spelling+"=m-1", "").want(t, 200).id(); got != r.id() {
			t.Errorf("%s found %s", spelling, got)
		}
	}
	for _, path := range []string{"/v1/messages", "/v1/conversations/" + conversation + "/messages", "/v1/customers/" + ana + "/messages"} {
		list := do(t, s, "GET", path, "").want(t, 200)
		if list.at("data", 0, "id") != r.id() || list.at("data", 1, "id") != out.id() || list.at("data", 2) != nil {
			t.Errorf("%s lists %s", path, list.text)
		}
	}
	updated := do(t, s, "PATCH", "/v1/messages/"+r.id(), `{"preview":"bye"}`).want(t, 200)
	if updated.attr("preview") != "bye" || updated.attr("channel") != "email" || updated.attr("rev") != 2.0 {
		t.Errorf("update gives %s", updated.text)
	}
	for _, fixed := range []string{`{"channel":"sms"}`, `{"app":"x"}`, `{"direction":"out"}`, `{"customer":"` + ana + `"}`, `{"importedAt":"2020-01-01T00:00:00Z"}`} {
		do(t, s, "PATCH", "/v1/messages/"+r.id(), fixed).want(t, 400)
	}
}

func TestMessageOpensAConversation(t *testing.T) {
	s, ana, conversation := newConversation(t, Options{})
	path := "/v1/customers/" + ana + "/messages"
	r := do(t, s, "POST", path, `{`+messageFields+`,"subject":"Help","externalId":"m"}`).want(t, 201)
	opened, _ := r.at("data", "relationships", "conversation", "data", "id").(string)
	if opened == conversation || do(t, s, "GET", "/v1/conversations/"+opened, "").want(t, 200).attr("messageCount") != 1.0 {
		t.Errorf("the message must open a conversation, it is in %q", opened)
	}
	do(t, s, "POST", path, `{`+messageFields+`,"externalId":"m"}`).want(t, 409)
	if list := do(t, s, "GET", "/v1/customers/"+ana+"/conversations", ""); list.at("data", 2) != nil {
		t.Error("a refused message left a conversation behind")
	}
	create(t, s, path, `{`+messageFields+`,"conversation":"`+conversation+`"}`)
}

func TestMessageReferences(t *testing.T) {
	s, ana, conversation := newConversation(t, Options{})
	bob := create(t, s, "/v1/customers", `{}`)
	const nobody = "65a0c0ffee0000000000abcd"
	for _, c := range []struct {
		path, body string
		status     int
	}{
		{"/v1/conversations/" + nobody + "/messages", `{` + messageFields + `}`, 404},
		{"/v1/conversations/" + ana + "/messages", `{` + messageFields + `}`, 404},
		{"/v1/conversations/" + conversation + "/messages", `{` + messageFields + `,"customer":"` + bob + `"}`, 400},
		{"/v1/conversations/" + conversation + "/messages", `{` + messageFields + `,"customer":"` + ana + `"}`, 201},
		{"/v1/conversations/" + conversation + "/messages", `{` + messageFields + `,"conversation":"` + nobody + `"}`, 400},
		{"/v1/customers/" + nobody + "/messages", `{` + messageFields + `}`, 404},
		{"/v1/customers/" + bob + "/messages", `{` + messageFields + `,"conversation":"` + conversation + `"}`, 400},
		{"/v1/customers/" + bob + "/messages", `{` + messageFields + `,"customer":"` + bob + `"}`, 400},
		{"/v1/messages", `{` + messageFields + `,"direction":"in"}`, 400},
		{"/v1/messages", `{` + messageFields + `,"direction":"in","conversation":"` + nobody + `"}`, 400},
		{"/v1/messages", `{` + messageFields + `,"conversation":"` + conversation + `"}`, 400}, // direction is required here alone
		{"/v1/messages", `{` + messageFields + `,"direction":"in","conversation":"` + conversation + `"}`, 201},
	} {
		t.Run(c.path+c.body, func(t *testing.T) { do(t, s, "POST", c.path, c.body).want(t, c.status) })
	}
}

func TestAuthorsAndTimesNeedAdmin(t *testing.T) {
	s, _, _ := newConversation(t, Options{Keys: map[string][]string{
		"sandbox": {"org"},
		"plain":   {"org.permission.message"},
	}})
	conversation := do(t, s, "GET", "/v1/conversations", "").at("data", 0, "id").(string)
	const author = "65a0c0ffee0000000000abcd"
	body := `{` + messageFields + `,"createdAt":"2001-01-01T00:00:00Z","createdBy":"` + author + `"}`
	for token, honoured := range map[string]bool{"sandbox": true, "plain": false} {
		r := doAs(t, s, token, "POST", "/v1/conversations/"+conversation+"/messages", body).want(t, 201)
		if got := r.attr("createdAt") == "2001-01-01T00:00:00.000Z"; got != honoured {
			t.Errorf("the key %s: createdAt is %v", token, r.attr("createdAt"))
		}
		if got := r.at("data", "relationships", "createdBy", "data", "id") == author; got != honoured {
			t.Errorf("the key %s: that createdBy is honoured is %v", token, got)
		}
		u := doAs(t, s, token, "PUT", "/v1/messages/"+r.id(), `{"modifiedAt":"2002-01-01T00:00:00Z"}`).want(t, 200)
		if got := u.attr("modifiedAt") == "2002-01-01T00:00:00.000Z"; got != honoured {
			t.Errorf("the key %s: modifiedAt is %v", token, u.attr("modifiedAt"))
		}
	}
}

func TestReopen(t *testing.T) {
	const imported = `,"importedAt":"2026-01-01T00:00:00Z"`
	for _, c := range []struct {
		reopen      Reopen
		extra, want string
	}{
		{ReopenAlways, `,"direction":"in"`, "open"},
		{ReopenAlways, `,"direction":"in"` + imported, "open"},
		{ReopenAlways, `,"direction":"out"`, "done"},
		{ReopenUnlessImported, `,"direction":"in"`, "open"},
		{ReopenUnlessImported, `,"direction":"in"` + imported, "done"},
		{ReopenNever, `,"direction":"in"`, "done"},
	} {
		s, _, conversation := newConversation(t, Options{Reopen: c.reopen})
		path := "/v1/conversations/" + conversation
		do(t, s, "PUT", path, `{"status":"done"}`).want(t, 200)
		create(t, s, path+"/messages", `{`+messageFields+c.extra+`}`)
		if got := do(t, s, "GET", path, "").attr("status"); got != c.want {
			t.Errorf("Reopen %s, message with %s: the conversation is %v, want %s", c.reopen, c.extra, got, c.want)
		}
	}
}

func TestMessageLookupSpelling(t *testing.T) {
	for mode, want := range map[Lookups][2]int{LookupsWork: {200, 200}, LookupsUpper: {200, 404}, LookupsLower: {404, 200}, LookupsNever: {404, 404}} {
		s, _, conversation := newConversation(t, Options{Lookups: mode})
		create(t, s, "/v1/conversations/"+conversation+"/messages", `{`+messageFields+`,"externalId":"m"}`)
		do(t, s, "GET", "/v1/messages/externalId=m", "").want(t, want[0])
		do(t, s, "GET", "/v1/messages/externalid=m", "").want(t, want[1])
	}
}
