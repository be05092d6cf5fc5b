package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// listed gives one attribute of every object of a list.
func (r reply) listed(attribute string) []any {
	out := []any{}
	for i := 0; r.at("data", i) != nil; i++ {
		out = append(out, r.at("data", i, "attributes", attribute))
	}
	return out
}

// newServer opens a sandbox that is closed with the test.
func newServer(t testing.TB, o Options) *Server {
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

// reply is an answer as a client sees it.
type reply struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

// do sends a request straight into the handler.
func do(t testing.TB, s *Server, method, path, body string) reply {
	t.Helper()
	return doAs(t, s, "sandbox", method, path, body)
}

func doAs(t testing.TB, s *Server, token, method, path, body string) reply {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return read(t, w.Result())
}

func read(t testing.TB, res *http.Response) reply {
	t.Helper()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := reply{status: res.StatusCode, header: res.Header, text: string(text)}
	if len(bytes.TrimSpace(text)) > 0 && strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(text, &out.json); err != nil {
			t.Fatalf("the answer is not JSON: %v: %s", err, text)
		}
	}
	return out
}

// at walks into an answer: at("data", "attributes", "emails", 0, "email").
func (r reply) at(path ...any) any {
	var v any = r.json
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

func (r reply) id() string { return fmt.Sprint(r.at("data", "id")) }

func (r reply) attr(name string) any { return r.at("data", "attributes", name) }

// want fails the test unless the status is the one expected.
func (r reply) want(t testing.TB, status int) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.text)
	}
	return r
}

// errors lists title and parameter of each error of an answer of shape A.
func (r reply) errors() []string {
	var out []string
	list, _ := r.json["errors"].([]any)
	for _, e := range list {
		m, _ := e.(map[string]any)
		source, _ := m["source"].(map[string]any)
		out = append(out, strings.TrimSpace(textOf(m["title"])+" "+textOf(source["parameter"])))
	}
	return out
}

// textOf writes a value of an answer; "" when it is not there.
func textOf(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// ignore takes errors that do not matter to a test.
func ignore(error) {}

// create makes an object, which must succeed, and gives its id.
func create(t testing.TB, s *Server, path, body string) string {
	t.Helper()
	return do(t, s, "POST", path, body).want(t, http.StatusCreated).id()
}

// newConversation is a sandbox with one customer and one conversation.
func newConversation(t testing.TB, o Options) (s *Server, customerID, conversationID string) {
	t.Helper()
	s = newServer(t, o)
	customerID = create(t, s, "/v1/customers", `{"externalId":"c"}`)
	return s, customerID, create(t, s, "/v1/conversations", `{"customer":"`+customerID+`"}`)
}

// messageFields are the fields that every message needs, and a preview.
const messageFields = `"channel":"email","app":"kustsync","preview":"hello"`
