package sandbox

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConversations(t *testing.T) {
	s := newServer(t, Options{})
	ana := create(t, s, "/v1/customers", `{"name":"Ana"}`)
	bob := create(t, s, "/v1/customers", `{"name":"Bob"}`)
	r := do(t, s, "POST", "/v1/conversations", `{"customer":"`+ana+`","externalId":"t-1","name":"Late","createdAt":"2020-01-02T03:04:05Z"}`).want(t, 201)
	for name, want := range map[string]any{
		"status": "open", "channels": []any{}, "messageCount": 0.0, "priority": 3.0, "rev": 1.0, "createdAt": "2020-01-02T03:04:05.000Z",
	} {
		if diff := cmp.Diff(want, r.attr(name)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	path := "/v1/conversations/" + r.id()
	if r.attr("customer") != nil || r.at("data", "relationships", "customer", "data", "id") != ana {
		t.Error("customer must be a relationship, and no attribute")
	}
	if got := do(t, s, "GET", "/v1/conversations/externalId=t-1", "").want(t, 200).id(); got != r.id() {
		t.Errorf("look-up found %s", got)
	}
	do(t, s, "PUT", path, `{"status":"snoozed"}`).want(t, 200)
	counts := do(t, s, "GET", "/v1/customers/"+ana, "").attr("conversationCounts")
	if diff := cmp.Diff(map[string]any{"all": 1.0, "open": 0.0, "snoozed": 1.0, "done": 0.0}, counts); diff != "" {
		t.Error(diff)
	}

	do(t, s, "PUT", path, `{"customer":"`+bob+`","name":"x"}`).want(t, 400)
	do(t, s, "PUT", path, `{"customer":"65a0c0ffee0000000000abcd"}`).want(t, 400)
	moved := do(t, s, "PUT", path, `{"customer":"`+bob+`"}`).want(t, 200)
	if moved.at("data", "relationships", "customer", "data", "id") != bob {
		t.Error("the conversation was not moved")
	}
	if got := do(t, s, "GET", "/v1/customers/"+ana+"/conversations", "").at("data", 0); got != nil {
		t.Errorf("the old customer still has it: %v", got)
	}
	if got := do(t, s, "GET", "/v1/customers/"+bob+"/conversations", "").at("data", 0, "id"); got != r.id() {
		t.Errorf("the new customer has %v", got)
	}
	replaced := do(t, s, "PUT", path+"?replace=true", `{"status":"done"}`).want(t, 200)
	if replaced.attr("name") != nil || replaced.attr("createdAt") != "2020-01-02T03:04:05.000Z" {
		t.Errorf("replace=true must keep createdAt and not the name: %s", replaced.text)
	}
	do(t, s, "DELETE", path, "").want(t, 204)
	do(t, s, "GET", path, "").want(t, 404)
}

func TestConversationReferences(t *testing.T) {
	s := newServer(t, Options{})
	ana := create(t, s, "/v1/customers", `{}`)
	const nobody = "65a0c0ffee0000000000abcd"
	do(t, s, "POST", "/v1/conversations", `{"customer":"`+nobody+`"}`).want(t, 400)
	do(t, s, "POST", "/v1/customers/"+nobody+"/conversations", `{}`).want(t, 404)
	do(t, s, "POST", "/v1/customers/"+ana+"/conversations", `{"campaign":"`+nobody+`"}`).want(t, 201)
	do(t, s, "POST", "/v1/customers/"+ana+"/conversations", `{"customer":"`+ana+`"}`).want(t, 400)
	do(t, s, "POST", "/v1/conversations", `{"customer":"`+ana+`","campaign":"`+nobody+`"}`).want(t, 400)
	chosen := create(t, s, "/v1/conversations", `{"customer":"`+ana+`","id":"aaaaaaaaaaaaaaaaaaaaaaaa"}`)
	if chosen != "aaaaaaaaaaaaaaaaaaaaaaaa" {
		t.Errorf("the chosen id became %s", chosen)
	}
	do(t, s, "POST", "/v1/conversations", `{"customer":"`+ana+`","id":"`+chosen+`"}`).want(t, 409)
	do(t, s, "POST", "/v1/conversations", `{"customer":"`+chosen+`"}`).want(t, 400) // not a customer
}

func TestUniquenessOfConversationsIsSwitchable(t *testing.T) {
	for unique, status := range map[Unique]int{UniqueAll: 409, UniqueCustomers: 201} {
		s := newServer(t, Options{Unique: unique})
		body := `{"externalId":"t-1","customer":"` + create(t, s, "/v1/customers", `{"externalId":"t-1"}`) + `"}`
		first := create(t, s, "/v1/conversations", body)
		do(t, s, "POST", "/v1/conversations", body).want(t, status)
		look := "/v1/conversations/externalId=t-1"
		if got := do(t, s, "GET", look, "").want(t, 200).id(); got != first {
			t.Errorf("look-up found %s, want the oldest", got)
		}
		do(t, s, "DELETE", "/v1/conversations/"+first, "").want(t, 204)
		if status == 201 {
			do(t, s, "GET", look, "").want(t, 200)
		} else {
			do(t, s, "GET", look, "").want(t, 404)
		}
	}
}

func TestTags(t *testing.T) {
	s := newServer(t, Options{})
	path := "/v1/conversations/" + create(t, s, "/v1/conversations", `{"tags":["a"],"customer":"`+create(t, s, "/v1/customers", `{}`)+`"}`)
	if diff := cmp.Diff([]any{"a", "b"}, do(t, s, "POST", path+"/tags", `["b","a"]`).want(t, 200).attr("tags")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{"b"}, do(t, s, "DELETE", path+"/tags", `["a"]`).want(t, 200).attr("tags")); diff != "" {
		t.Error(diff)
	}
	do(t, s, "POST", path+"/tags", `{"tags":["b"]}`).want(t, 400)
}
