package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// ask sends one request straight into a server, and gives status and id of the answer.
func ask(t *testing.T, s *Server, method, path, body string) (status int, id string) {
	t.Helper()
	w := askFor(t, s, method, path, body)
	var doc struct{ Data json.RawMessage }
	var one struct{ ID string }
	if json.Unmarshal(w.Body.Bytes(), &doc) == nil {
		_ = json.Unmarshal(doc.Data, &one) // a list has no id
	}
	return w.Code, one.ID
}

func askFor(t *testing.T, s *Server, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/v1/"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer test-token")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// quietServer is a server without faults.
func quietServer(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// made makes an object as a person does, which must succeed.
func made(t *testing.T, s *Server, kind string, attributes map[string]any) string {
	t.Helper()
	id, err := s.Make(kind, attributes)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func emails(of string) []any { return []any{map[string]any{"email": of}} }

// TestGoneAnswers asks in every way for what was deleted and for what was merged, under every reading.
func TestGoneAnswers(t *testing.T) {
	for _, under := range []struct {
		reading         Reading
		deleted, merged int
	}{{"", 404, 404}, {NotFound, 404, 404}, {Gone, 410, 410}, {Shown, 200, 200}, {Survivor, 404, 200}} {
		all := Readings{Reads: under.reading, LookUps: under.reading, Updates: under.reading}
		s := quietServer(t, Options{Deleted: all, Merged: all})
		deleted := made(t, s, "customer", map[string]any{"externalId": "d", "name": "Dan"})
		source := made(t, s, "customer", map[string]any{"externalId": "s", "name": "Ann", "emails": emails("s@x.y")})
		target := made(t, s, "customer", map[string]any{"externalId": "t", "name": "Bob"})
		if err := s.Delete(deleted); err != nil {
			t.Fatal(err)
		}
		if err := s.Merge(source, target); err != nil {
			t.Fatal(err)
		}
		survivor := source
		if under.reading == Survivor {
			survivor = target
		}
		for _, one := range []struct {
			method, path, body string
			status             int
			id                 string
		}{
			{"GET", deleted, "", under.deleted, deleted}, {"GET", "externalId=d", "", under.deleted, deleted}, {"PATCH", deleted, `{"name":"New"}`, under.deleted, deleted},
			{"GET", source, "", under.merged, survivor}, {"GET", "externalId=s", "", under.merged, survivor}, {"PATCH", source, `{"name":"New"}`, under.merged, survivor},
			{"GET", "email=s@x.y", "", 200, target},
		} {
			status, id := ask(t, s, one.method, "customers/"+one.path, one.body)
			if status != one.status || status == http.StatusOK && id != one.id {
				t.Errorf("%q: %s %s answers %d with %s, want %d with %s", under.reading, one.method, one.path, status, id, one.status, one.id)
			}
		}
		name := map[bool]string{true: "New", false: "Bob"}[under.reading == Survivor]
		if got := s.Objects()[2].Attributes["name"]; got != name {
			t.Errorf("%q: the survivor is called %v, want %s", under.reading, got, name)
		}
	}
}

func TestMergesOnTheWire(t *testing.T) {
	s := quietServer(t, Options{Merged: Readings{Reads: Survivor, LookUps: Survivor}})
	var ids []string
	for n := range 3 {
		ids = append(ids, made(t, s, "customer", map[string]any{"externalId": fmt.Sprint("c", n), "emails": emails(fmt.Sprint("c", n, "@x.y"))}))
	}
	conversation := made(t, s, "conversation", map[string]any{"customer": ids[0]})
	for n := range 2 {
		body := fmt.Sprintf(`{"source":%q,"target":%q}`, ids[n], ids[n+1])
		if status, _ := ask(t, s, "POST", "customers/merges", body); status != 201 {
			t.Fatalf("a merge answers %d", status)
		}
		if status, _ := ask(t, s, "POST", "customers/merges", body); status != 400 {
			t.Errorf("a merge of what is gone answers %d", status)
		}
	}
	for _, path := range []string{ids[0], ids[1], "externalId=c0", "externalId=c1", "email=c0@x.y"} {
		if status, id := ask(t, s, "GET", "customers/"+path, ""); status != 200 || id != ids[2] {
			t.Errorf("%s answers %d with %s, want the end of the chain", path, status, id)
		}
	}
	for n, want := range []int{1, 2, 1} {
		var doc struct{ Data []any }
		if err := json.Unmarshal(askFor(t, s, "GET", "customers/"+ids[n]+"/merges", "").Body.Bytes(), &doc); err != nil || len(doc.Data) != want {
			t.Errorf("customer %d lists %d merges, want %d", n, len(doc.Data), want)
		}
	}
	if status, _ := ask(t, s, "PATCH", "customers/"+ids[2], `{"emails":[{"email":"c0@x.y"}]}`); status != 200 {
		t.Errorf("the survivor cannot keep an address of the source: %d", status)
	}
	apart := quietServer(t, Options{})
	source, target := made(t, apart, "customer", map[string]any{"externalId": "s"}), made(t, apart, "customer", map[string]any{"externalId": "t"})
	if err := apart.Merge(source, target); err != nil {
		t.Fatal(err)
	}
	if status, _ := ask(t, apart, "PATCH", "customers/"+target, `{"externalIds":[{"externalId":"s"}]}`); status != 200 {
		t.Errorf("the survivor cannot take the externalId of the source: %d", status)
	}
	if status, _ := ask(t, apart, "POST", "customers", `{"externalId":"s"}`); status != 409 {
		t.Errorf("another customer can take the externalId of the source: %d", status)
	}
	for _, o := range s.Objects() {
		if o.ID == conversation && o.ParentID != ids[2] {
			t.Errorf("the conversation belongs to %s, want the survivor", o.ParentID)
		}
	}
}

func TestHeldByDeleted(t *testing.T) {
	for free, want := range map[bool]int{false: 409, true: 201} {
		s := quietServer(t, Options{FreeIdentifiers: free})
		id := made(t, s, "customer", map[string]any{"externalId": "x"})
		if status, _ := ask(t, s, "DELETE", "customers/"+id, ""); status != 204 {
			t.Fatalf("DELETE answers %d", status)
		}
		if status, _ := ask(t, s, "GET", "customers/externalId=x", ""); status != 404 {
			t.Errorf("the look-up answers %d", status)
		}
		if status, _ := ask(t, s, "POST", "customers", `{"externalId":"x"}`); status != want {
			t.Errorf("free %v: a create answers %d, want %d", free, status, want)
		}
		if _, err := s.Make("customer", map[string]any{"externalId": "x"}); err == nil {
			t.Error("a person makes what another object holds")
		}
	}
}

func TestPersonEdits(t *testing.T) {
	s := quietServer(t, Options{})
	first, second := made(t, s, "customer", map[string]any{"externalId": "a"}), made(t, s, "customer", map[string]any{"externalId": "b"})
	conversation := made(t, s, "conversation", map[string]any{"customer": first, "externalId": "k", "name": "n"})
	message := made(t, s, "message", map[string]any{"conversation": conversation, "externalId": "m"})
	if err := s.Edit(conversation, map[string]any{"customer": second, "externalId": "k2", "name": nil}); err != nil {
		t.Fatal(err)
	}
	if status, id := ask(t, s, "GET", "conversations/externalId=k2", ""); status != 200 || id != conversation {
		t.Errorf("the look-up of the new externalId answers %d with %s", status, id)
	}
	text := askFor(t, s, "GET", "conversations/"+conversation, "").Body.String()
	if !strings.Contains(text, Person) || !strings.Contains(text, second) || strings.Contains(text, `"name"`) || !strings.Contains(text, `"rev":2`) {
		t.Errorf("after an edit: %s", text)
	}
	if s.Edit(first, map[string]any{"externalId": "b"}) == nil {
		t.Error("an edit takes the externalId of another customer")
	}
	if err := s.Edit(first, map[string]any{"externalId": "a2"}); err != nil {
		t.Fatal(err)
	}
	if status, _ := ask(t, s, "POST", "customers", `{"externalId":"a"}`); status != 201 {
		t.Errorf("an externalId that was given up is still held: %d", status)
	}
	if err := s.Delete(second); err != nil {
		t.Fatal(err)
	}
	for _, o := range s.Objects() {
		if below := o.ID == conversation || o.ID == message; below && !o.Gone {
			t.Errorf("the %s is still there after its customer was deleted", o.Kind)
		}
	}
	for _, c := range s.Commits() {
		if c.Seeded == (c.ExternalID == "a" && c.ID != first) {
			t.Errorf("the journal has %+v", c)
		}
	}
}
