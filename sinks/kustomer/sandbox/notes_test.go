package sandbox

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNotes(t *testing.T) {
	s, ana, conversation := newConversation(t, Options{})
	const ann = "65a0c0ffee0000000000abcd"
	list := "/v1/conversations/" + conversation + "/notes"
	r := do(t, s, "POST", list, `{"body":"one","externalId":"n-1","userMentions":[{"user":"`+ann+`"}],"createdAt":"2020-02-01T00:00:00Z"}`).want(t, 201)
	path := "/v1/notes/" + r.id()
	if r.attr("body") != "one" || r.attr("userMentions") != nil || r.attr("createdAt") != "2020-02-01T00:00:00.000Z" ||
		r.at("data", "relationships", "userMentions", "data", 0, "id") != ann || r.at("data", "relationships", "customer", "data", "id") != ana ||
		r.at("data", "relationships", "conversation", "data", "id") != conversation {
		t.Errorf("the answer to a new note: %s", r.text)
	}
	create(t, s, list, `{"body":"two","externalId":"n-1","createdAt":"2020-01-01T00:00:00Z"}`) // externalIds of notes are not unique
	create(t, s, "/v1/conversations/"+conversation+"/messages", `{`+messageFields+`}`)
	alone := create(t, s, "/v1/notes", `{"body":"alone"}`)
	for path, want := range map[string][]any{
		list: {"one", "two"}, list + "?sort=asc": {"two", "one"}, "/v1/customers/" + ana + "/notes": {"one", "two"}, "/v1/notes": {"one", "two", "alone"},
	} {
		if diff := cmp.Diff(want, do(t, s, "GET", path, "").want(t, 200).listed("body")); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	c := do(t, s, "GET", "/v1/conversations/"+conversation, "")
	if c.attr("noteCount") != 2.0 || c.attr("messageCount") != 1.0 {
		t.Errorf("the conversation must count two notes and one message: %s", c.text)
	}
	if r := do(t, s, "PATCH", path, `{"body":"uno"}`).want(t, 200); r.attr("body") != "uno" || r.attr("externalId") != "n-1" {
		t.Errorf("PATCH gives %s", r.text)
	}
	do(t, s, "PUT", path, `{"body":"eins"}`).want(t, 400) // needs the conversation as well
	do(t, s, "PUT", path, `{"body":"eins","conversation":"`+conversation+`"}`).want(t, 200)
	do(t, s, "PATCH", path, `{"conversation":"`+ann+`"}`).want(t, 400)
	do(t, s, "DELETE", path, "").want(t, 204)
	do(t, s, "GET", path, "").want(t, 404)
	if got := do(t, s, "GET", "/v1/conversations/"+conversation, "").attr("noteCount"); got != 1.0 {
		t.Errorf("the conversation counts %v notes, want 1", got)
	}
	do(t, s, "GET", "/v1/notes/"+alone, "").want(t, 200)
	for body, want := range map[string]string{
		`{}`: "Missing required property: body", `{"body":""}`: "String is too short (0 chars), minimum 1 body",
		`{"body":"x","direction":"in"}`: "Additional properties not allowed direction", `{"body":"` + strings.Repeat("x", 10241) + `"}`: "String is too long (10241 chars), maximum 10240 body",
	} {
		if got := do(t, s, "POST", list, body).want(t, 400).errors()[0]; got != want {
			t.Errorf("%s: %s", shortened(body), got)
		}
	}
	do(t, s, "POST", "/v1/notes", `{"body":"x","conversation":"`+conversation+`"}`).want(t, 400)
	do(t, s, "POST", "/v1/conversations/"+ann+"/notes", `{"body":"x"}`).want(t, 404)
	do(t, s, "POST", list, `{"body":"x","conversation":"`+ann+`"}`).want(t, 400)
}

func TestImportedNotesAreLimitedToo(t *testing.T) {
	s := newServer(t, Options{RateLimit: 100, CreateLimit: 1})
	conversation := create(t, s, "/v1/conversations", `{"customer":"`+create(t, s, "/v1/customers", `{}`)+`"}`)
	body := `{"body":"x","importedAt":"2020-01-01T00:00:00Z"}`
	create(t, s, "/v1/conversations/"+conversation+"/notes", body)
	do(t, s, "POST", "/v1/conversations/"+conversation+"/notes", body).want(t, 429)
}

func TestNoteAuthorsNeedAdmin(t *testing.T) {
	s, _, conversation := newConversation(t, Options{Keys: map[string][]string{"sandbox": {"org"}, "plain": {"org.permission.note"}}})
	body := `{"body":"x","createdAt":"2001-01-01T00:00:00Z"}`
	if got := doAs(t, s, "plain", "POST", "/v1/conversations/"+conversation+"/notes", body).want(t, 201).attr("createdAt"); got == "2001-01-01T00:00:00.000Z" {
		t.Error("createdAt was kept without org.admin")
	}
}
