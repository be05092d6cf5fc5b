package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// deliveries is the log of what was delivered to customers.
func deliveries(t testing.TB, s *Server) (out []map[string]any) {
	t.Helper()
	for line := range strings.Lines(doAs(t, s, "", "GET", "/_sandbox/delivered", "").want(t, 200).text) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

const draftFields = `"channel":"email","app":"postmark","to":[{"email":"a@b.c"}],"from":{"email":"us@b.c"},"subject":"Hi","body":"text"`

func TestDraftIsSentInTwoSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ana, conversation := newConversation(t, Options{})
		list := "/v1/customers/" + ana + "/drafts"
		r := do(t, s, "POST", list, `{`+draftFields+`,"conversation":"`+conversation+`"}`).want(t, 200)
		path := "/v1/drafts/" + r.id()
		if r.attr("status") != "draft" || r.attr("body") != "text" || r.at("data", "relationships", "customer", "data", "id") != ana {
			t.Errorf("the answer to a new draft: %s", r.text)
		}
		if got := do(t, s, "GET", list, "").want(t, 200).listed("status"); !cmp.Equal(got, []any{"draft"}) {
			t.Errorf("the drafts of the customer have the states %v, want draft", got)
		}
		in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
		if got := do(t, s, "PUT", path, `{"channel":"email","sendAt":"`+in(time.Minute)+`","scheduled":true}`).want(t, 200).attr("status"); got != "scheduled" {
			t.Errorf("the status is %v, want scheduled", got)
		}
		time.Sleep(30 * time.Second)
		do(t, s, "PUT", path, `{"channel":"email","subject":"Hello"}`).want(t, 200) // sendAt stays as it is
		do(t, s, "PUT", path, `{"channel":"sms"}`).want(t, 400)
		if len(deliveries(t, s)) != 0 {
			t.Fatal("the draft was sent before its time")
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		sent := deliveries(t, s)
		if len(sent) != 1 || sent[0]["draft"] != r.id() || sent[0]["customer"] != ana || sent[0]["subject"] != "Hello" || sent[0]["body"] != "text" || sent[0]["channel"] != "email" {
			t.Fatalf("one delivery of the updated draft is missing: %v", sent)
		}
		if got := do(t, s, "GET", list, "").at("data", 0); got != nil {
			t.Errorf("the draft is still there: %v", got)
		}
		do(t, s, "PUT", path, `{"channel":"email"}`).want(t, 404)
		do(t, s, "DELETE", path, "").want(t, 404)
		m := do(t, s, "GET", "/v1/messages/"+fmt.Sprint(sent[0]["message"]), "").want(t, 200)
		if m.attr("direction") != "out" || m.attr("preview") != "text" || m.attr("app") != "postmark" || m.at("data", "relationships", "conversation", "data", "id") != conversation {
			t.Errorf("the sent draft became this message: %s", m.text)
		}
	})
}

// TestWhenDraftsAreSent has one row for each way to say when a draft is to be sent.
func TestWhenDraftsAreSent(t *testing.T) {
	for _, c := range []struct {
		name, create, update string
		later                int // deliveries at once, and after an hour
		now                  int
	}{
		{name: "no sendAt", create: ``},
		{name: "null", create: `,"sendAt":null`},
		{name: "empty", create: `,"sendAt":""`},
		{name: "scheduled alone", create: `,"scheduled":true`},
		{name: "now", create: `,"sendAt":"{now}"`, now: 1, later: 1},
		{name: "later without scheduled", create: `,"sendAt":"{later}"`, now: 1, later: 1},
		{name: "later, not scheduled", create: `,"sendAt":"{later}","scheduled":false`, now: 1, later: 1},
		{name: "later", create: `,"sendAt":"{later}","scheduled":true`, later: 1},
		{name: "past", create: `,"sendAt":"1999-01-01T00:00:00Z","scheduled":true`, now: 1, later: 1},
		{name: "updated to now", update: `,"sendAt":"{now}","scheduled":true`, now: 1, later: 1},
		{name: "updated to later", update: `,"sendAt":"{later}"`, later: 1},
		{name: "unscheduled", create: `,"sendAt":"{later}","scheduled":true`, update: `,"sendAt":""`},
		{name: "unscheduled by null", create: `,"sendAt":"{later}","scheduled":true`, update: `,"sendAt":null`},
		{name: "put off", create: `,"sendAt":"{later}","scheduled":true`, update: `,"sendAt":"2999-01-01T00:00:00Z"`},
		{name: "not touched", create: `,"sendAt":"{later}","scheduled":true`, update: `,"body":"new"`, later: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, ana, _ := newConversation(t, Options{})
				at := strings.NewReplacer("{now}", wire.FormatTime(time.Now()), "{later}", wire.FormatTime(time.Now().Add(time.Minute)))
				r := do(t, s, "POST", "/v1/customers/"+ana+"/drafts", `{`+draftFields+at.Replace(c.create)+`}`).want(t, 200)
				if c.update != "" {
					do(t, s, "PUT", "/v1/drafts/"+r.id(), `{"channel":"email"`+at.Replace(c.update)+`}`).want(t, 200)
				}
				if n := len(deliveries(t, s)); n != c.now {
					t.Errorf("%d drafts were sent at once, want %d", n, c.now)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if n := len(deliveries(t, s)); n != c.later {
					t.Errorf("%d drafts were sent in the end, want %d", n, c.later)
				}
			})
		})
	}
}

func TestDraftsSurviveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, pause := range []time.Duration{0, time.Hour} {
			o := Options{Dir: t.TempDir()}
			s, ana, _ := newConversation(t, o)
			at := wire.FormatTime(time.Now().Add(time.Minute))
			do(t, s, "POST", "/v1/customers/"+ana+"/drafts", `{`+draftFields+`,"sendAt":"`+at+`","scheduled":true}`).want(t, 200)
			do(t, s, "POST", "/v1/customers/"+ana+"/drafts", `{`+draftFields+`}`).want(t, 200)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(pause)
			s = newServer(t, o)
			time.Sleep(time.Minute)
			synctest.Wait()
			for range 2 {
				if n := len(deliveries(t, s)); n != 1 {
					t.Errorf("%d deliveries, want 1", n)
				}
				s = reopen(t, s, o)
			}
			ignore(s.Close())
		}
	})
}

func TestDraftOpensAConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{})
		ana := create(t, s, "/v1/customers", `{}`)
		list, conversations := "/v1/customers/"+ana+"/drafts", "/v1/customers/"+ana+"/conversations"
		r := do(t, s, "POST", list+"?createConversation=true", `{`+draftFields+`}`).want(t, 200)
		conversation := do(t, s, "GET", conversations, "").at("data", 0, "id")
		if conversation == nil || r.at("data", "relationships", "conversation", "data", "id") != conversation {
			t.Errorf("the draft has no new conversation: %s", r.text)
		}
		r = do(t, s, "POST", list, `{`+draftFields+`}`).want(t, 200)
		if n := len(do(t, s, "GET", conversations, "").listed("name")); n != 1 {
			t.Errorf("%d conversations before the draft is sent, want 1", n)
		}
		do(t, s, "PUT", "/v1/drafts/"+r.id(), `{"channel":"email","sendAt":"1999-01-01T00:00:00Z"}`).want(t, 200)
		if got := do(t, s, "GET", conversations, "").listed("messageCount"); !cmp.Equal(got, []any{0.0, 1.0}) {
			t.Errorf("the conversations have %v messages, want 0 and 1", got)
		}
	})
}

// TestNoteDrafts sends drafts of notes: nothing is delivered, and a conversation has one such draft at most
// (kustomer-api.md 8).
func TestNoteDrafts(t *testing.T) {
	s, ana, conversation := newConversation(t, Options{Unique: UniqueCustomers})
	list := "/v1/customers/" + ana + "/drafts"
	body := `{"channel":"note","body":"x","conversation":"` + conversation + `"}`
	r := do(t, s, "POST", list, body).want(t, 200)
	do(t, s, "POST", list, body).want(t, 409)
	do(t, s, "POST", list, `{`+draftFields+`,"conversation":"`+conversation+`"}`).want(t, 200)
	do(t, s, "PUT", "/v1/drafts/"+r.id(), `{"channel":"note","sendAt":"1999-01-01T00:00:00Z"}`).want(t, 200)
	if got := do(t, s, "GET", "/v1/conversations/"+conversation+"/notes", "").listed("body"); !cmp.Equal(got, []any{"x"}) || len(deliveries(t, s)) != 0 {
		t.Errorf("a sent note draft must become one note and no delivery: notes %v, deliveries %v", got, deliveries(t, s))
	}
	r = do(t, s, "POST", list, body).want(t, 200)
	do(t, s, "DELETE", "/v1/drafts/"+r.id(), "").want(t, 204)
	do(t, s, "POST", list, body).want(t, 200)
}

func TestDraftFieldsByChannel(t *testing.T) {
	s, ana, conversation := newConversation(t, Options{})
	bob := create(t, s, "/v1/customers", `{}`)
	long := func(n int) string { return strings.Repeat("x", n) }
	const many = `Data does not match any schemas from "anyOf"`
	for _, c := range []struct{ body, want string }{
		{`{` + draftFields + `}`, ""},
		{`{"channel":"email","to":{"email":"a@b.c"},"cc":[{"email":"c@b.c","name":"C"}],"headers":[{"name":"X"}],"sendAt":null}`, ""},
		{`{"channel":"sms","app":"twilio","to":"+15550100","body":"` + long(1600) + `"}`, ""},
		{`{"channel":"whatsapp","app":"whatsapp","body":"x"}`, ""},
		{`{"channel":"whatsapp","app":"whatsapp","meta":{"template":"hello"}}`, ""},
		{`{"channel":"chat","body":"x","attachments":["` + conversation + `"]}`, ""},
		{`{"channel":"twitter-tweet","body":"x"}`, ""},
		{`{"channel":"email","createdAt":"2020-01-01T00:00:00Z"}`, "Additional properties not allowed createdAt"},
		{`{"channel":"email","externalId":"x"}`, "Additional properties not allowed externalId"},
		{`{"channel":"email","subject":""}`, "String is too short (0 chars), minimum 1 subject"},
		{`{"channel":"email","app":"outlook"}`, `No enum match for: "outlook" app`},
		{`{"channel":"email","sendAt":"tomorrow"}`, "Format validation failed (date-time-math expected) sendAt"},
		{`{"channel":"email","from":{"email":"x"}}`, "Format validation failed (email-relaxed expected) email"},
		{`{"channel":"sms","subject":"x"}`, "Additional properties not allowed subject"},
		{`{"channel":"sms","body":"` + long(1601) + `"}`, "String is too long (1601 chars), maximum 1600 body"},
		{`{"channel":"chat","body":"` + long(1025) + `"}`, "String is too long (1025 chars), maximum 1024 body"},
		{`{"channel":"whatsapp","body":"x"}`, many},
		{`{"channel":"whatsapp","app":"messagebird","meta":{"template":"hello"}}`, many},
		{`{"channel":"whatsapp","app":"whatsapp","body":"x","scheduled":true}`, many},
		{`{"channel":"note","to":"x"}`, "Additional properties not allowed to"},
		{`{"channel":"voice"}`, many},
		{`{}`, many},
		{`{` + draftFields + `,"customer":"` + bob + `"}`, "The customer is not the one of the path customer"},
		{`{` + draftFields + `,"conversation":"` + bob + `"}`, "Conversation not found conversation"},
	} {
		t.Run(shortened(c.body), func(t *testing.T) {
			r := do(t, s, "POST", "/v1/customers/"+ana+"/drafts", c.body)
			if c.want == "" {
				r.want(t, 200)
			} else if got := r.want(t, 400).errors()[0]; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	do(t, s, "POST", "/v1/customers/"+bob+"/drafts", `{`+draftFields+`,"conversation":"`+conversation+`"}`).want(t, 400)
	do(t, s, "POST", "/v1/customers/x/drafts", `{`+draftFields+`}`).want(t, 404)
	do(t, s, "PUT", "/v1/drafts/x", `{`+draftFields+`}`).want(t, 404)
	if len(deliveries(t, s)) != 0 {
		t.Error("an unsent draft was delivered")
	}
}

// TestRecordedMessagesAreNeverDelivered records messages with direction out: none is delivered (kustomer-api.md 17.9).
func TestRecordedMessagesAreNeverDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, conversation := newConversation(t, Options{})
		create(t, s, "/v1/conversations/"+conversation+"/messages", `{`+messageFields+`,"direction":"out","status":"sent"}`)
		submitted(t, s, "POST", "/v1/messages/bulk", `[{`+messageFields+`,"direction":"out","conversation":"`+conversation+`"}]`)
		synctest.Wait()
		if got := deliveries(t, s); len(got) != 0 {
			t.Errorf("recorded messages were delivered: %v", got)
		}
	})
}

func TestDraftLimit(t *testing.T) {
	s := newServer(t, Options{RateLimit: 100, CreateLimit: 1})
	path := "/v1/customers/" + create(t, s, "/v1/customers", `{}`) + "/drafts"
	do(t, s, "POST", path, `{`+draftFields+`}`).want(t, 200)
	do(t, s, "POST", path, `{`+draftFields+`}`).want(t, 429)
}
