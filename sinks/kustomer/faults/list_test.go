package faults

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
)

// TestLists follows the pages of every list, with an object that is gone among the others.
func TestLists(t *testing.T) {
	s := quietServer(t, Options{})
	var customers, conversations, messages []string
	for n := range 3 {
		customer := made(t, s, "customer", map[string]any{"externalId": fmt.Sprint("c", n)})
		conversation := made(t, s, "conversation", map[string]any{"customer": customer})
		message := made(t, s, "message", map[string]any{"conversation": conversation})
		customers, conversations, messages = append(customers, customer), append(conversations, conversation), append(messages, message)
	}
	if err := s.Delete(customers[1]); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"customers": {customers[0], customers[2]}, "conversations": {conversations[0], conversations[2]}, "messages": {messages[0], messages[2]},
		"customers/" + customers[0] + "/conversations": conversations[:1], "customers/" + customers[2] + "/messages": messages[2:],
		"conversations/" + conversations[0] + "/messages": messages[:1], "customers/" + customers[1] + "/messages": nil,
	} {
		var ids []string
		for next := "/v1/" + path + "?pageSize=1"; next != ""; {
			w := askFor(t, s, "GET", next[len("/v1/"):], "")
			var doc struct {
				Data  []struct{ ID string }
				Links struct{ Next string }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != 200 && want != nil {
				t.Fatalf("%s answers %d: %s", path, w.Code, w.Body)
			}
			for _, one := range doc.Data {
				ids = append(ids, one.ID)
			}
			next = doc.Links.Next
		}
		if !slices.Equal(ids, want) {
			t.Errorf("%s lists %v, want %v", path, ids, want)
		}
	}
}
