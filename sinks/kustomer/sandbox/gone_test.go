package sandbox

import (
	"net/http"
	"strings"
	"testing"
)

// merged is a sandbox in which an agent merged a customer into another one.
func merged(t *testing.T, o Options) (s *Server, source, target string) {
	t.Helper()
	s = newServer(t, o)
	source = create(t, s, "/v1/customers", `{"name":"Ann","externalId":"s","emails":[{"email":"s@x.y"}]}`)
	target = create(t, s, "/v1/customers", `{"name":"Bob","externalId":"t"}`)
	if _, err := s.Act(Action{Do: Merge, Type: "customer", ID: source, Into: target}); err != nil {
		t.Fatal(err)
	}
	return s, source, target
}

// TestGoneAnswers asks in every way for what was deleted and for what was merged, under every reading.
func TestGoneAnswers(t *testing.T) {
	status := map[Deleted]int{DeletedNotFound: 404, DeletedGone: 410, DeletedShown: 200, MergedSurvivor: 200}
	for _, reading := range []Deleted{DeletedNotFound, DeletedGone, DeletedShown, MergedSurvivor} {
		t.Run(string(reading), func(t *testing.T) {
			all := Gone{Reads: reading, LookUps: reading, Updates: reading}
			if reading != MergedSurvivor {
				s := newServer(t, Options{Deleted: all})
				id := create(t, s, "/v1/customers", `{"externalId":"d"}`)
				do(t, s, "DELETE", "/v1/customers/"+id, "").want(t, 204)
				wantGone(t, s, "GET", "/v1/customers/"+id, "", status[reading], id)
				wantGone(t, s, "GET", "/v1/customers/externalId=d", "", status[reading], id)
				wantGone(t, s, "PATCH", "/v1/customers/"+id, `{"name":"New"}`, status[reading], id)
			}
			o := Options{Dir: t.TempDir(), Merged: all}
			s, source, target := merged(t, o)
			want := source
			if reading == MergedSurvivor {
				want = target
			}
			for range 2 {
				wantGone(t, s, "GET", "/v1/customers/"+source, "", status[reading], want)
				wantGone(t, s, "GET", "/v1/customers/externalId=s", "", status[reading], want)
				wantGone(t, s, "PATCH", "/v1/customers/"+source, `{"name":"New"}`, status[reading], want)
				wantGone(t, s, "GET", "/v1/customers/email=s@x.y", "", 200, target)
				name := "Bob"
				if reading == MergedSurvivor {
					name = "New"
				}
				if got := do(t, s, "GET", "/v1/customers/"+target, "").attr("name"); got != name {
					t.Errorf("the survivor is called %v, want %s", got, name)
				}
				s = reopen(t, s, o)
			}
		})
	}
}

// wantGone sends a request, and looks whose answer comes; deleted is what it must show of an object that is gone.
func wantGone(t *testing.T, s *Server, method, path, body string, status int, id string) {
	t.Helper()
	r := do(t, s, method, path, body)
	if r.status != status {
		t.Errorf("%s %s answers %d, want %d", method, path, r.status, status)
	}
	if r.status == http.StatusOK && r.id() != id {
		t.Errorf("%s %s answers with %s, want %s", method, path, r.id(), id)
	}
}

func TestChainsOfMerges(t *testing.T) {
	s, a, b := merged(t, Options{Merged: Gone{Reads: MergedSurvivor, Updates: MergedSurvivor}})
	c := create(t, s, "/v1/customers", `{"externalId":"end"}`)
	do(t, s, "POST", "/v1/customers/merges", `{"source":"`+b+`","target":"`+c+`"}`).want(t, 201)
	for _, path := range []string{a, b, c, "externalId=s", "externalId=t", "email=s@x.y"} {
		if got := do(t, s, "GET", "/v1/customers/"+path, "").want(t, 200).id(); got != c {
			t.Errorf("%s answers with %s, want the end of the chain", path, got)
		}
	}
	for id, n := range map[string]int{a: 1, b: 2, c: 1} {
		if got := do(t, s, "GET", "/v1/customers/"+id+"/merges", "").want(t, 200).listed("status"); len(got) != n {
			t.Errorf("%s lists %d merges, want %d", id, len(got), n)
		}
	}
	do(t, s, "DELETE", "/v1/customers/"+c, "").want(t, 204)
	do(t, s, "GET", "/v1/customers/"+a, "").want(t, 404)
}

func TestMergesOfWhatIsGone(t *testing.T) {
	s, source, target := merged(t, Options{MergesGone: true})
	do(t, s, "GET", "/v1/customers/"+source+"/merges", "").want(t, 404)
	do(t, s, "GET", "/v1/customers/"+target+"/merges", "").want(t, 200)
}

func TestHeldByDeleted(t *testing.T) {
	for _, identifiers := range []Identifiers{"", IdentifiersHeld, IdentifiersFree} {
		status := http.StatusConflict
		if identifiers == IdentifiersFree {
			status = http.StatusCreated
		}
		o := Options{Identifiers: identifiers, Dir: t.TempDir()}
		s := newServer(t, o)
		id := create(t, s, "/v1/customers", `{"externalId":"x","phones":[{"phone":"+15550199"}]}`)
		do(t, s, "DELETE", "/v1/customers/"+id, "").want(t, 204)
		for range 2 {
			do(t, s, "GET", "/v1/customers/externalId=x", "").want(t, 404)
			s = reopen(t, s, o)
		}
		do(t, s, "POST", "/v1/customers", `{"externalId":"x"}`).want(t, status)
		do(t, s, "POST", "/v1/customers", `{"phones":[{"phone":"+1 555 0199"}]}`).want(t, status)
	}
	s, _, target := merged(t, Options{})
	do(t, s, "PATCH", "/v1/customers/"+target, `{"emails":[{"email":"s@x.y"}],"externalIds":[{"externalId":"s"}]}`).want(t, 200)
}

func TestDeletedTakesAlong(t *testing.T) {
	for below, status := range map[Below]int{"": 404, BelowKept: 200} {
		s, customer, conversation := newConversation(t, Options{Below: below})
		note := create(t, s, "/v1/conversations/"+conversation+"/notes", `{"body":"b"}`)
		message := create(t, s, "/v1/conversations/"+conversation+"/messages", `{`+messageFields+`,"externalId":"m"}`)
		do(t, s, "DELETE", "/v1/customers/"+customer, "").want(t, 204)
		for _, path := range []string{"conversations/" + conversation, "notes/" + note, "messages/" + message, "messages/externalId=m"} {
			do(t, s, "GET", "/v1/"+path, "").want(t, status)
		}
	}
}

// TestUpdateDeletes: an update with deleted is a deletion, and with deleted: false only where the switch says so one
// that brings an object back.
func TestUpdateDeletes(t *testing.T) {
	for restore, status := range map[bool]int{false: 404, true: 200} {
		o := Options{Restore: restore, Dir: t.TempDir()}
		s, _, conversation := newConversation(t, o)
		note := create(t, s, "/v1/conversations/"+conversation+"/notes", `{"body":"b"}`)
		company := create(t, s, "/v1/companies", `{"name":"Acme","externalId":"co"}`)
		for _, path := range []string{"/v1/notes/" + note, "/v1/conversations/" + conversation, "/v1/companies/" + company} {
			method := "PUT"
			if strings.Contains(path, "notes") { // whose PUT needs more
				method = "PATCH"
			}
			if got := do(t, s, method, path, `{"deleted":true}`).want(t, 200).attr("deleted"); got != true {
				t.Errorf("the answer to a deletion of %s shows deleted %v", path, got)
			}
			do(t, s, "GET", path, "").want(t, 404)
			do(t, s, method, path, `{"deleted":false}`).want(t, status)
			s = reopen(t, s, o)
			do(t, s, "GET", path, "").want(t, status)
		}
	}
}

func TestListsShowDeleted(t *testing.T) {
	for show, n := range map[bool]int{false: 0, true: 1} {
		s := newServer(t, Options{ListDeleted: show})
		id := create(t, s, "/v1/customers", `{"externalId":"d"}`)
		do(t, s, "DELETE", "/v1/customers/"+id, "").want(t, 204)
		if got := do(t, s, "GET", "/v1/customers", "").want(t, 200).listed("deleted"); len(got) != n {
			t.Errorf("the list shows %v, want %d", got, n)
		}
	}
}
