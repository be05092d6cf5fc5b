package sandbox

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSearch(t *testing.T) {
	s, ana, conversation := newConversation(t, Options{})
	do(t, s, "PATCH", "/v1/customers/"+ana, `{"name":"Ana Ruiz","socials":[{"type":"twitter","username":"ana","userid":"42"}],"emails":[{"email":"ana@x.y"}]}`).want(t, 200)
	create(t, s, "/v1/customers", `{"name":"Bob"}`)
	create(t, s, "/v1/conversations/"+conversation+"/notes", `{"body":"x","externalId":"n-1"}`)
	for query, want := range map[string]int{
		`{"queryContext":"customer","and":[{"customer_social_userid":{"equals":"42"}}]}`:          1,
		`{"queryContext":"customer","and":{"customer_social_userid":{"equals":42}}}`:              1,
		`{"and":[{"customer_social_userid":{"equals":"4"}}]}`:                                     0,
		`{"and":[{"customer_name":{"contains":"ruiz"}},{"customer_email":{"equals":"ANA@x.y"}}]}`: 1,
		`{"or":[{"customer_name":{"equals":"bob"}},{"customer_email":{"in":["ana@x.y"]}}]}`:       2,
		`{"not":[{"customer_name":{"equals":"bob"}}]}`:                                            1,
		`{}`: 2,
		`{"queryContext":"note","and":[{"note_external_id":{"equals":"n-1"}}]}`: 1,
		`{"queryContext":"note","and":[{"note_external_id":{"equals":"n-2"}}]}`: 0,
	} {
		r := do(t, s, "POST", "/v1/customers/search?pageSize=500", query).want(t, 200)
		if n := len(r.listed("rev")); n != want {
			t.Errorf("%s: %d found, want %d", query, n, want)
		}
	}
	for _, bad := range []string{
		`{"and":[{"customer_nothing":{"equals":"x"}}]}`, `{"and":[{"customer_name":{"like":"x"}}]}`, `{"and":[{"note_external_id":{"equals":"x"}}]}`,
		`{"and":[{"customer_name":"x"}]}`, `{"and":5}`, `{"queryContext":"ghost"}`, `{"x":1}`,
	} {
		do(t, s, "POST", "/v1/customers/search", bad).want(t, 400)
	}
	do(t, s, "POST", "/v1/customers/search?pageSize=501", `{}`).want(t, 400)
}

func TestSearchLagsAndHasItsOwnBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, Options{SearchLag: time.Minute, RateLimit: 100, SearchLimit: 3})
		create(t, s, "/v1/customers", `{"name":"x"}`)
		for i, want := range []int{0, 1} {
			if n := len(do(t, s, "POST", "/v1/customers/search", `{}`).want(t, 200).listed("name")); n != want {
				t.Errorf("search %d finds %d customers", i, n)
			}
			time.Sleep(time.Minute)
		}
		for _, status := range []int{200, 200, 200, 429} {
			do(t, s, "POST", "/v1/customers/search", `{}`).want(t, status)
		}
		do(t, s, "GET", "/v1/users/current", "").want(t, 200)
	})
}
