package sandbox

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLinksOfPagesKeepTheQuery follows next with a filter.
func TestLinksOfPagesKeepTheQuery(t *testing.T) {
	s := newServer(t, Options{})
	for i := range 3 {
		create(t, s, "/v1/klasses/order", fmt.Sprintf(`{"title":"t%d","createdAt":"2020-01-0%dT00:00:00Z"}`, i, i+1))
	}
	var seen []any
	for path := any("/v1/klasses/order?pageSize=1&sort=desc&fromDate=2020-01-02"); path != nil; {
		r := do(t, s, "GET", path.(string), "").want(t, 200)
		seen = append(seen, r.listed("title")...)
		path = r.at("links", "next")
	}
	if diff := cmp.Diff([]any{"t2", "t1"}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestPages(t *testing.T) {
	s := newServer(t, Options{})
	for i := range 5 {
		create(t, s, "/v1/customers", fmt.Sprintf(`{"externalId":"c%d"}`, i))
	}
	gone := do(t, s, "GET", "/v1/customers/externalId=c1", "").id()
	do(t, s, "DELETE", "/v1/customers/"+gone, "").want(t, 204)
	var seen []any
	for path := any("/v1/customers?pageSize=3"); path != nil; {
		r := do(t, s, "GET", path.(string), "").want(t, 200)
		for i := 0; r.at("data", i) != nil; i++ {
			seen = append(seen, r.at("data", i, "attributes", "externalId"))
		}
		path = r.at("links", "next")
	}
	if diff := cmp.Diff([]any{"c0", "c2", "c3", "c4"}, seen); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"page=0", "page=x", "pageSize=101", "pageSize=-1", "page=99999999999999999999"} {
		do(t, s, "GET", "/v1/customers?"+bad, "").want(t, 400)
	}
}

func TestMessageLists(t *testing.T) {
	s, ana, conversation := newConversation(t, Options{})
	for _, m := range []struct{ preview, channel, at string }{{"second", "email", "02"}, {"first", "sms", "01"}, {"third", "email", "03"}, {"third too", "email", "03"}} {
		create(t, s, "/v1/conversations/"+conversation+"/messages", `{"app":"x","preview":"`+m.preview+`","channel":"`+m.channel+`","sentAt":"2020-01-`+m.at+`T00:00:00Z"}`)
	}
	for query, want := range map[string][]any{
		"":                               {"second", "first", "third", "third too"},
		"?sort=asc":                      {"first", "second", "third", "third too"},
		"?sort=desc":                     {"third too", "third", "second", "first"},
		"?sort=desc&pageSize=1":          {"third too"},
		"?channel=email&sort=asc":        {"second", "third", "third too"},
		"?fromDate=2020-01-02T00:00:00Z": {"second", "third", "third too"},
	} {
		for _, list := range []string{"/v1/conversations/" + conversation + "/messages", "/v1/customers/" + ana + "/messages"} {
			if diff := cmp.Diff(want, do(t, s, "GET", list+query, "").want(t, 200).listed("preview")); diff != "" {
				t.Errorf("%s%s: %s", list, query, diff)
			}
		}
	}
	for filter, want := range map[string]int{"gte": 1, "gt": 1, "lte": 0, "lt": 0} {
		if n := len(do(t, s, "GET", "/v1/customers?filter%5BcreatedAt%5D%5B"+filter+"%5D=2020-01-01", "").want(t, 200).listed("name")); n != want {
			t.Errorf("filter %s: %d customers, want %d", filter, n, want)
		}
	}
}
