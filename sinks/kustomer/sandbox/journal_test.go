package sandbox

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fillSandbox makes customers, a conversation and messages, and changes and deletes some.
func fillSandbox(t testing.TB, s *Server) {
	t.Helper()
	ana := create(t, s, "/v1/customers", `{"name":"Ana \"<&>\u2028 é","externalId":"c-1","emails":[{"email":"a@b.c"}],"custom":{"nNum":12345678901234567890}}`)
	gone := create(t, s, "/v1/customers", `{"externalId":"c-2"}`)
	conversation := create(t, s, "/v1/conversations", `{"customer":"`+ana+`","externalId":"t-1","status":"done"}`)
	create(t, s, "/v1/conversations/"+conversation+"/messages", `{`+messageFields+`,"externalId":"m-1","direction":"in"}`)
	create(t, s, "/v1/customers/"+ana+"/messages", `{`+messageFields+`,"externalId":"m-2"}`)
	do(t, s, "PATCH", "/v1/customers/"+ana, `{"locale":"en"}`).want(t, 200)
	do(t, s, "DELETE", "/v1/customers/"+gone, "").want(t, 204)
}

// contents is everything that a client can see.
func contents(t testing.TB, s *Server) string {
	t.Helper()
	var b strings.Builder
	for _, path := range []string{
		"/v1/customers", "/v1/conversations", "/v1/messages", "/v1/customers/externalId=c-1", "/v1/customers/externalId=c-2",
		"/v1/customers/email=a%40b.c", "/v1/conversations/externalId=t-1", "/v1/messages/externalId=m-2", "/_sandbox/objects",
	} {
		b.WriteString(do(t, s, "GET", path, "").text + "\n")
	}
	return b.String()
}

// reopen closes a sandbox and opens its folder again.
func reopen(t testing.TB, s *Server, o Options) *Server {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return newServer(t, o)
}

func TestJournalBringsEverythingBack(t *testing.T) {
	o := Options{Dir: filepath.Join(t.TempDir(), "deep", "sandbox"), Identifiers: IdentifiersFree}
	s := newServer(t, o)
	fillSandbox(t, s)
	before, org := contents(t, s), s.OrgID()
	s = reopen(t, s, o)
	if after := contents(t, s); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	if s.OrgID() != org {
		t.Error("the org id changed")
	}
	do(t, s, "POST", "/v1/customers", `{"externalId":"c-1"}`).want(t, 409)
	create(t, s, "/v1/customers", `{"externalId":"c-2"}`)
	for path, mode := range map[string]os.FileMode{o.Dir: 0o700, filepath.Join(o.Dir, "sandbox.ndjson"): 0o600, filepath.Join(o.Dir, "sandbox.lock"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s has the mode %v: %v", path, info.Mode(), err)
		}
	}
}

// TestHalfWrittenJournal cuts the journal at every byte of its first line and of its last, which holds two objects:
// whole lines come back, the rest is gone, and the journal takes new lines.
func TestHalfWrittenJournal(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	s := newServer(t, o)
	ana := create(t, s, "/v1/customers", `{}`)
	create(t, s, "/v1/customers/"+ana+"/messages", `{`+messageFields+`}`)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(o.Dir, "sandbox.ndjson")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	first, last := len(lines[0]), len(whole)-len(lines[len(lines)-2])
	for n := range whole {
		if n > first && n < last {
			continue
		}
		o := Options{Dir: t.TempDir()}
		file := filepath.Join(o.Dir, "sandbox.ndjson")
		if err := os.WriteFile(file, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := New(o)
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		create(t, s, "/v1/customers", `{"externalId":"new"}`)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		after, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kept := whole[:bytes.LastIndexByte(whole[:n], '\n')+1]
		if !bytes.HasPrefix(after, kept) {
			t.Fatalf("cut at %d: a whole line was lost", n)
		}
		if s, err = New(o); err != nil {
			t.Fatalf("cut at %d, second time: %v", n, err)
		}
		do(t, s, "GET", "/v1/customers/externalId=new", "").want(t, 200)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDamagedJournal(t *testing.T) {
	const head = `{"sandbox":1,"org":"65a0c0ffee0000000000abcd"}` + "\n"
	for text, want := range map[string]string{
		"hello\n": "line 1",
		`{"sandbox":2,"org":"65a0c0ffee0000000000abcd"}` + "\n": "version 1",
		`{"sandbox":1,"org":"zzz0c0ffee0000000000abcd"}` + "\n": "line 1",
		head + "[}\n": "line 2",
		head + `[{"type":"ghost","id":"65a0c0ffee0000000000abcd","rev":1,"doc":{}}]` + "\n":                  "line 2",
		head + `[{"type":"customer","id":"x","rev":1,"doc":{}}]` + "\n":                                      "line 2",
		head + `[{"type":"customer","id":"65a0c0ffee0000000000abcd","deleted":true}]` + "\n":                 "line 2",
		head + `[{"type":"customer","id":"65a0c0ffee0000000000abcd","rev":1}]` + "\n":                        "line 2",
		head + `[{"type":"message","id":"65a0c0ffee0000000000abcd","rev":1,"doc":{}}]` + "\n":                "line 2",
		head + `[{"type":"customer","id":"65a0c0ffee0000000000abcd","rev":1,"doc":[]}]` + "\n":               "line 2",
		head + `[{"type":"customer","id":"65a0c0ffee0000000000abcd","rev":1,"doc":{"externalId":7}}]` + "\n": "line 2",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "sandbox.ndjson"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time the lock must be free again
			s, err := New(Options{Dir: dir})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "delete the file") {
				t.Errorf("%q: want an error with its place and what to do, got %v", text, err)
			}
			if err == nil {
				ignore(s.Close())
			}
		}
	}
}

func TestOneProcessPerFolder(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	s := newServer(t, o)
	if _, err := New(o); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("want an error that says that the folder is in use, got %v", err)
	}
	reopen(t, s, o)
}

// TestJournalThatCannotBeWritten closes the journal under the sandbox: a create fails, and its object is not there.
func TestJournalThatCannotBeWritten(t *testing.T) {
	s, err := New(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		do(t, s, "POST", "/v1/customers", `{"externalId":"x"}`).want(t, 500)
		do(t, s, "GET", "/v1/customers/externalId=x", "").want(t, 404)
	}
	if err := s.Close(); err == nil {
		t.Error("Close gives no error although the journal cannot be closed")
	}
}
