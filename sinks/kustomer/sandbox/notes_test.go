package sandbox

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestNotes(t *testing.T) {
	s, ana, thread := fixture(t, Options{})
	const ann = "65a0c0ffee0000000000abcd"
	list := "/v1/conversations/" + thread + "/notes"
	r := do(t, s, "POST", list, `{"body":"one","externalId":"n-1","userMentions":[{"user":"`+ann+`"}],"createdAt":"2020-02-01T00:00:00Z"}`).want(t, 201)
	path := "/v1/notes/" + r.id()
	if r.attr("body") != "one" || r.attr("userMentions") != nil || r.attr("createdAt") != "2020-02-01T00:00:00.000Z" ||
		r.at("data", "relationships", "userMentions", "data", 0, "id") != ann || r.at("data", "relationships", "customer", "data", "id") != ana ||
		r.at("data", "relationships", "conversation", "data", "id") != thread {
		t.Errorf("answer %s", r.text)
	}
	made(t, s, list, `{"body":"two","externalId":"n-1","createdAt":"2020-01-01T00:00:00Z"}`) // externalIds of notes are not unique
	made(t, s, "/v1/conversations/"+thread+"/messages", `{`+hello+`}`)
	alone := made(t, s, "/v1/notes", `{"body":"alone"}`)
	for path, want := range map[string][]any{
		list: {"one", "two"}, list + "?sort=asc": {"two", "one"}, "/v1/customers/" + ana + "/notes": {"one", "two"}, "/v1/notes": {"one", "two", "alone"},
	} {
		if diff := cmp.Diff(want, do(t, s, "GET", path, "").want(t, 200).listed("body")); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	c := do(t, s, "GET", "/v1/conversations/"+thread, "")
	if c.attr("noteCount") != 2.0 || c.attr("messageCount") != 1.0 {
		t.Errorf("conversation %s", c.text)
	}
	if r := do(t, s, "PATCH", path, `{"body":"uno"}`).want(t, 200); r.attr("body") != "uno" || r.attr("externalId") != "n-1" {
		t.Errorf("PATCH gives %s", r.text)
	}
	do(t, s, "PUT", path, `{"body":"eins"}`).want(t, 400) // needs the conversation as well
	do(t, s, "PUT", path, `{"body":"eins","conversation":"`+thread+`"}`).want(t, 200)
	do(t, s, "PATCH", path, `{"conversation":"`+ann+`"}`).want(t, 400)
	do(t, s, "DELETE", path, "").want(t, 204)
	do(t, s, "GET", path, "").want(t, 404)
	if got := do(t, s, "GET", "/v1/conversations/"+thread, "").attr("noteCount"); got != 1.0 {
		t.Errorf("%v notes", got)
	}
	do(t, s, "GET", "/v1/notes/"+alone, "").want(t, 200)
	for body, want := range map[string]string{
		`{}`: "Missing required property: body", `{"body":""}`: "String is too short (0 chars), minimum 1 body",
		`{"body":"x","direction":"in"}`: "Additional properties not allowed direction", `{"body":"` + strings.Repeat("x", 10241) + `"}`: "String is too long (10241 chars), maximum 10240 body",
	} {
		if got := do(t, s, "POST", list, body).want(t, 400).errors()[0]; got != want {
			t.Errorf("%s: %s", clip(body), got)
		}
	}
	do(t, s, "POST", "/v1/notes", `{"body":"x","conversation":"`+thread+`"}`).want(t, 400)
	do(t, s, "POST", "/v1/conversations/"+ann+"/notes", `{"body":"x"}`).want(t, 404)
	do(t, s, "POST", list, `{"body":"x","conversation":"`+ann+`"}`).want(t, 400)
}

func TestNotesHaveNoExemption(t *testing.T) {
	s := newServer(t, Options{RateLimit: 100, CreateLimit: 1})
	thread := made(t, s, "/v1/conversations", `{"customer":"`+made(t, s, "/v1/customers", `{}`)+`"}`)
	body := `{"body":"x","importedAt":"2020-01-01T00:00:00Z"}`
	made(t, s, "/v1/conversations/"+thread+"/notes", body)
	do(t, s, "POST", "/v1/conversations/"+thread+"/notes", body).want(t, 429)
}

func TestNoteAuthorsNeedAdmin(t *testing.T) {
	s, _, thread := fixture(t, Options{Keys: map[string][]string{"sandbox": {"org"}, "plain": {"org.permission.note"}}})
	body := `{"body":"x","createdAt":"2001-01-01T00:00:00Z"}`
	if got := doAs(t, s, "plain", "POST", "/v1/conversations/"+thread+"/notes", body).want(t, 201).attr("createdAt"); got == "2001-01-01T00:00:00.000Z" {
		t.Error("createdAt was kept without org.admin")
	}
}

// TestBulkOfTheOthers runs each kind of job on notes, companies and KObjects.
func TestBulkOfTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ana, thread := fixture(t, Options{})
		const nobody = "65a0c0ffee0000000000abcd"
		for _, c := range []struct {
			method, path, body string
			status             int
			want               map[string]string
		}{
			{"POST", "/v1/notes/bulk", `[{"_clientRef":"1","conversation":"` + thread + `","body":"x"},{"_clientRef":"2","conversation":"` + nobody + `","body":"x"}]`, 201,
				map[string]string{"1": "created", "2": "Conversation not found"}},
			{"POST", "/v1/companies/bulk", `[{"_clientRef":"1","name":"Acme","externalId":"co"}]`, 201, map[string]string{"1": "created"}},
			{"POST", "/v1/klasses/order/bulk", `[{"_clientRef":"1","title":"a","externalId":"k"},{"_clientRef":"2","title":"b","externalId":"k"},{"_clientRef":"3","title":"c","customer":"` + ana + `"}]`, 201,
				map[string]string{"1": "created", "2": "duplicate detected", "3": "created"}},
			{"POST", "/v1/notes/bulk", `[{"body":"x"}]`, 400, nil},
			{"PUT", "/v1/companies/bulk", `[{"_clientRef":"1","id":"` + nobody + `"}]`, 201, map[string]string{"1": "Not Found"}},
		} {
			r := do(t, s, c.method, c.path, c.body).want(t, c.status)
			if c.want == nil {
				continue
			}
			if diff := cmp.Diff(c.want, rows(t, s, r.id())); diff != "" {
				t.Errorf("%s: %s", c.path, diff)
			}
		}
		order := do(t, s, "GET", "/v1/klasses/order/externalId=k", "").want(t, 200).id()
		company := do(t, s, "GET", "/v1/companies?externalId=co", "").at("data", 0, "id").(string)
		note := do(t, s, "GET", "/v1/conversations/"+thread+"/notes", "").at("data", 0, "id").(string)
		r := do(t, s, "PUT", "/v1/klasses/order/bulk", `[{"_clientRef":"1","id":"`+order+`","title":"A"}]`).want(t, 200)
		if got := rows(t, s, r.id())["1"]; got != "updated" || r.attr("context") != "api.sobjects.kobjects.bulk-update" {
			t.Errorf("%v: %s", got, r.text)
		}
		rows(t, s, submitted(t, s, "PUT", "/v1/companies/bulk?ids="+company, `{"employeeCount":3}`))
		rows(t, s, submitted(t, s, "PUT", "/v1/notes/bulk", `[{"id":"`+note+`","body":"y"}]`))
		if do(t, s, "GET", "/v1/companies/"+company, "").attr("employeeCount") != 3.0 || do(t, s, "GET", "/v1/notes/"+note, "").attr("body") != "y" {
			t.Error("an update in bulk is missing")
		}
		rows(t, s, submitted(t, s, "DELETE", "/v1/klasses/order/bulk?ids="+order, ""))
		do(t, s, "GET", "/v1/klasses/order/"+order, "").want(t, 404)
	})
}

func TestMergeCustomers(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	s := newServer(t, o)
	target := made(t, s, "/v1/customers", `{"name":"T","externalId":"t","emails":[{"email":"t@x.y"}],"custom":{"aStr":"t"},"createdAt":"2020-02-01T00:00:00Z","tags":["a"]}`)
	source := made(t, s, "/v1/customers", `{"name":"S","externalId":"s","emails":[{"email":"s@x.y"}],"phones":[{"phone":"+15550100"}],"custom":{"aStr":"s","bStr":"s"},"createdAt":"2020-01-01T00:00:00Z","tags":["a","b"],"lastSeenAt":"2021-01-01T00:00:00Z"}`)
	thread := made(t, s, "/v1/conversations", `{"customer":"`+source+`"}`)
	order := made(t, s, "/v1/customers/"+source+"/klasses/order", `{"title":"o"}`)
	do(t, s, "POST", "/v1/customers/merges", `{"source":"`+source+`","target":"`+source+`"}`).want(t, 400)
	do(t, s, "POST", "/v1/customers/merges", `{"source":"`+source+`"}`).want(t, 400)
	r := do(t, s, "POST", "/v1/customers/merges", `{"source":"`+source+`","target":"`+target+`"}`).want(t, 201)
	if r.at("data", "type") != "customer_merge" || r.attr("status") != "success" || r.at("data", "relationships", "source", "data", "id") != source ||
		r.at("data", "relationships", "target", "data", "id") != target || r.attr("source") != nil {
		t.Errorf("answer %s", r.text)
	}
	for range 2 {
		for _, look := range []string{"externalId=t", "externalId=s", "email=t@x.y", "email=s@x.y", "phone=15550100"} {
			if got := do(t, s, "GET", "/v1/customers/"+look, "").want(t, 200).id(); got != target {
				t.Errorf("%s finds %s", look, got)
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
		if got := do(t, s, "GET", "/v1/conversations/"+thread, "").at("data", "relationships", "customer", "data", "id"); got != target {
			t.Errorf("the conversation belongs to %v", got)
		}
		if got := do(t, s, "GET", "/v1/klasses/order/"+order, "").at("data", "relationships", "customer", "data", "id"); got != target {
			t.Errorf("the KObject belongs to %v", got)
		}
		if got := do(t, s, "GET", "/v1/customers/merges/"+r.id(), "").want(t, 200).attr("status"); got != "success" {
			t.Errorf("merge %v", got)
		}
		for _, id := range []string{source, target} {
			if got := do(t, s, "GET", "/v1/customers/"+id+"/merges", "").want(t, 200).listed("status"); len(got) != 1 {
				t.Errorf("merges of %s: %v", id, got)
			}
		}
		do(t, s, "POST", "/v1/customers/merges", `{"source":"`+source+`","target":"`+target+`"}`).want(t, 400)
		s = reopen(t, s, o)
	}
}
