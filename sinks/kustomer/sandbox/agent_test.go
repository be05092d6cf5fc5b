package sandbox

import (
	"strings"
	"testing"
)

// act has an agent do something, which must succeed.
func act(t testing.TB, s *Server, a Action) string {
	t.Helper()
	id, err := s.Act(a)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAgentEdits(t *testing.T) {
	s, customer, conversation := newConversation(t, Options{RateLimit: 1000, UpdateLimit: 1})
	company := act(t, s, Action{Do: Make, Type: "company", Set: map[string]any{"name": "Acme"}})
	do(t, s, "PATCH", "/v1/customers/"+customer, `{"company":"`+company+`"}`).want(t, 200)
	act(t, s, Action{Do: Edit, Type: "customer", ID: "externalId=c", Set: map[string]any{"name": "Ann", "custom": map[string]any{"ageNum": 7}}})
	r := do(t, s, "GET", "/v1/customers/"+customer, "")
	ana := s.givenID("ana")
	if r.attr("name") != "Ann" || r.attr("rev") != 3.0 || r.at("data", "relationships", "modifiedBy", "data", "id") != ana {
		t.Errorf("after an agent's edit: %s", r.text)
	}
	if r.at("data", "relationships", "company") == nil {
		t.Error("an agent's edit unlinks the company")
	}
	other := act(t, s, Action{Do: Make, Type: "customer", Set: map[string]any{"externalId": "c2"}, As: s.givenID("bob")})
	act(t, s, Action{Do: Edit, Type: "conversation", ID: conversation, Set: map[string]any{"customer": other}})
	if got := do(t, s, "GET", "/v1/conversations/"+conversation, "").at("data", "relationships", "customer", "data", "id"); got != other {
		t.Errorf("the conversation belongs to %v", got)
	}
}

func TestKeyTakesOverFromAgent(t *testing.T) {
	s, customer, _ := newConversation(t, Options{})
	act(t, s, Action{Do: Edit, Type: "customer", ID: customer, Set: map[string]any{"name": "Ann"}})
	r := do(t, s, "PATCH", "/v1/customers/"+customer, `{"name":"Bob"}`).want(t, 200)
	if got := r.at("data", "relationships", "modifiedBy", "data", "id"); got == s.givenID("ana") {
		t.Error("after an update by the key the agent is still modifiedBy")
	}
}

func TestAgentDeletesAndMakesAgain(t *testing.T) {
	s := newServer(t, Options{Identifiers: IdentifiersFree})
	for _, one := range []Action{
		{Type: "customer", Set: map[string]any{"externalId": "x"}}, {Type: "company", Set: map[string]any{"name": "Acme", "externalId": "x"}},
		{Type: "kobject", Klass: "order", Set: map[string]any{"title": "o", "externalId": "x"}},
	} {
		one.Do = Make
		first := act(t, s, one)
		remove := one
		remove.Do, remove.ID = Delete, "externalId=x"
		if got := act(t, s, remove); got != first {
			t.Errorf("%s: %s was deleted, want %s", one.Type, got, first)
		}
		if again := act(t, s, one); again == first {
			t.Errorf("%s: made again, it has the same id", one.Type)
		}
	}
	held := newServer(t, Options{})
	again := Action{Do: Make, Type: "customer", Set: map[string]any{"externalId": "x"}}
	act(t, held, Action{Do: Delete, Type: "customer", ID: act(t, held, again)})
	if _, err := held.Act(again); err == nil {
		t.Error("an agent makes what a deleted customer holds")
	}
}

func TestAgentMergesConversations(t *testing.T) {
	for reading, want := range map[Deleted]int{MergedSurvivor: 200, DeletedNotFound: 404} {
		o := Options{Dir: t.TempDir(), Merged: Gone{Reads: reading, LookUps: reading}}
		s, customer, target := newConversation(t, o)
		source := create(t, s, "/v1/conversations", `{"customer":"`+customer+`","externalId":"src"}`)
		message := create(t, s, "/v1/conversations/"+source+"/messages", `{`+messageFields+`}`)
		act(t, s, Action{Do: Merge, Type: "conversation", ID: "externalId=src", Into: target})
		s = reopen(t, s, o)
		for _, path := range []string{source, "externalId=src"} {
			if r := do(t, s, "GET", "/v1/conversations/"+path, "").want(t, want); want == 200 && r.id() != target {
				t.Errorf("%s answers with %s", path, r.id())
			}
		}
		if got := do(t, s, "GET", "/v1/messages/"+message, "").at("data", "relationships", "conversation", "data", "id"); got != target {
			t.Errorf("the message is in %v", got)
		}
	}
}

func TestAgentOverHTTP(t *testing.T) {
	s := newServer(t, Options{})
	r := do(t, s, "POST", "/_sandbox/agent", `{"do":"make","type":"customer","set":{"externalId":"a"}}
		{"do":"make","type":"customer","set":{"externalId":"b"}}

		{"do":"merge","type":"customer","id":"externalId=a","into":"externalId=b"}`).want(t, 200)
	if r.at("ids", 2) == nil {
		t.Errorf("three actions answer %s", r.text)
	}
	for line, want := range map[string]string{
		`{"do":"make","type":"queue"}`:                  "not known",
		`{"do":"fire","type":"customer"}`:               "cannot",
		`{"do":"delete","type":"message","id":"x"}`:     "no DELETE",
		`{"do":"edit","type":"customer","id":"x"}`:      "404",
		`{"do":"edit","type":"customer","id":"b","set`:  "JSON",
		`{"do":"edit","type":"customer","id":"% nope"}`: "URL escape",
	} {
		if r := do(t, s, "POST", "/_sandbox/agent", line).want(t, 400); !strings.Contains(r.text, want) {
			t.Errorf("%s answers %s, want %q in it", line, r.text, want)
		}
	}
}
