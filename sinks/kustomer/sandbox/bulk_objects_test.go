package sandbox

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestBulkOfConversationsAndMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ana, conversation := newConversation(t, Options{})
		const nobody = "65a0c0ffee0000000000abcd"
		job := submitted(t, s, "POST", "/v1/conversations/bulk",
			`[{"_clientRef":"1","customer":"`+ana+`","externalId":"t1","status":"done"},{"_clientRef":"2","customer":"`+nobody+`"}]`)
		if diff := cmp.Diff(map[string]string{"1": "created", "2": "Customer not found"}, results(t, s, job)); diff != "" {
			t.Error(diff)
		}
		one := do(t, s, "GET", "/v1/conversations/externalId=t1", "").want(t, 200).id()
		r := do(t, s, "POST", "/v1/messages/bulk", `[{"_clientRef":"1",`+messageFields+`,"conversation":"`+one+`","direction":"in"},{"_clientRef":"2",`+messageFields+`},
			{"_clientRef":"3",`+messageFields+`,"conversation":"`+nobody+`"},{"_clientRef":"4",`+messageFields+`,"conversation":"`+conversation+`","customer":"`+ana+`"}]`).want(t, 200)
		want := map[string]string{"1": "created", "2": "Missing required property: conversation", "3": "Conversation not found", "4": "created"}
		if diff := cmp.Diff(want, results(t, s, r.id())); diff != "" {
			t.Error(diff)
		}
		if got := do(t, s, "GET", "/v1/conversations/"+one, "").attr("status"); got != "open" {
			t.Errorf("the inbound message left the conversation %v", got)
		}
	})
}

func TestBulkUpdatesAndDeletes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{Unique: UniqueCustomers})
		ids := []string{create(t, s, "/v1/customers", `{"name":"a"}`), create(t, s, "/v1/customers", `{"externalId":"x"}`)}
		const nobody = "65a0c0ffee0000000000abcd"
		job := submitted(t, s, "PUT", "/v1/customers/bulk", `[{"_clientRef":"1","id":"`+ids[0]+`","name":"b"},
			{"_clientRef":"2","id":"`+nobody+`"},{"_clientRef":"3","id":"`+ids[0]+`","externalId":"x"},{"_clientRef":"4","id":"`+ids[1]+`","rev":7}]`)
		want := map[string]string{"1": "updated", "2": "Not Found", "3": "duplicate detected", "4": "Stale rev: the object was changed meanwhile"}
		if diff := cmp.Diff(want, results(t, s, job)); diff != "" {
			t.Error(diff)
		}
		both := "?ids=" + ids[0] + "," + ids[1]
		job = submitted(t, s, "PUT", "/v1/customers/bulk"+both, `{"locale":"en"}`)
		results(t, s, job)
		for i, name := range []any{"b", nil} {
			r := do(t, s, "GET", "/v1/customers/"+ids[i], "")
			if r.attr("locale") != "en" || r.attr("name") != name {
				t.Errorf("customer %d after an update by ids: %s", i, r.text)
			}
		}
		results(t, s, submitted(t, s, "PUT", "/v1/customers/bulk"+both+"&replace=true", `{"gender":"f"}`))
		if r := do(t, s, "GET", "/v1/customers/"+ids[0], ""); r.attr("name") != nil || r.attr("gender") != "f" {
			t.Errorf("replace=true gives %s", r.text)
		}
		conversation := create(t, s, "/v1/conversations", `{"customer":"`+ids[0]+`"}`)
		message := create(t, s, "/v1/conversations/"+conversation+"/messages", `{`+messageFields+`}`)
		results(t, s, submitted(t, s, "PUT", "/v1/conversations/bulk", `[{"id":"`+conversation+`","customer":"`+ids[1]+`"}]`))
		results(t, s, submitted(t, s, "PUT", "/v1/messages/bulk", `[{"id":"`+message+`","preview":"bye"}]`))
		if r := do(t, s, "GET", "/v1/messages/"+message, ""); r.attr("preview") != "bye" || r.at("data", "relationships", "customer", "data", "id") != ids[1] {
			t.Errorf("the message was not updated, or did not move with its conversation: %s", r.text)
		}
		job = submitted(t, s, "DELETE", "/v1/customers/bulk"+both+","+nobody, "")
		results(t, s, job)
		if b := do(t, s, "GET", "/v1/bulk/"+job+"/batches", ""); b.at("data", 0, "attributes", "successCount") != 2.0 || b.at("data", 0, "attributes", "errors", 0, "id") != nobody {
			t.Errorf("two deletions must succeed and one fail: %s", b.text)
		}
		do(t, s, "GET", "/v1/customers/"+ids[0], "").want(t, 404)
		results(t, s, submitted(t, s, "DELETE", "/v1/conversations/bulk?ids="+conversation, ""))
		do(t, s, "GET", "/v1/conversations/"+conversation, "").want(t, 404)
	})
}

// TestBulkOfNotesCompaniesAndKObjects runs each kind of job on notes, companies and KObjects.
func TestBulkOfNotesCompaniesAndKObjects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, ana, conversation := newConversation(t, Options{})
		const nobody = "65a0c0ffee0000000000abcd"
		for _, c := range []struct {
			method, path, body string
			status             int
			want               map[string]string
		}{
			{"POST", "/v1/notes/bulk", `[{"_clientRef":"1","conversation":"` + conversation + `","body":"x"},{"_clientRef":"2","conversation":"` + nobody + `","body":"x"}]`, 201,
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
			if diff := cmp.Diff(c.want, results(t, s, r.id())); diff != "" {
				t.Errorf("%s: %s", c.path, diff)
			}
		}
		order := do(t, s, "GET", "/v1/klasses/order/externalId=k", "").want(t, 200).id()
		company := do(t, s, "GET", "/v1/companies?externalId=co", "").at("data", 0, "id").(string)
		note := do(t, s, "GET", "/v1/conversations/"+conversation+"/notes", "").at("data", 0, "id").(string)
		r := do(t, s, "PUT", "/v1/klasses/order/bulk", `[{"_clientRef":"1","id":"`+order+`","title":"A"}]`).want(t, 200)
		if got := results(t, s, r.id())["1"]; got != "updated" || r.attr("context") != "api.sobjects.kobjects.bulk-update" {
			t.Errorf("the update of a KObject gave %v: %s", got, r.text)
		}
		results(t, s, submitted(t, s, "PUT", "/v1/companies/bulk?ids="+company, `{"employeeCount":3}`))
		results(t, s, submitted(t, s, "PUT", "/v1/notes/bulk", `[{"id":"`+note+`","body":"y"}]`))
		if do(t, s, "GET", "/v1/companies/"+company, "").attr("employeeCount") != 3.0 || do(t, s, "GET", "/v1/notes/"+note, "").attr("body") != "y" {
			t.Error("the update of the company or of the note in bulk is missing")
		}
		results(t, s, submitted(t, s, "DELETE", "/v1/klasses/order/bulk?ids="+order, ""))
		do(t, s, "GET", "/v1/klasses/order/"+order, "").want(t, 404)
	})
}
