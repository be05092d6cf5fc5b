package kustomer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// classified returns the *sinks.Error that every failure must be.
func classified(t *testing.T, err error) *sinks.Error {
	t.Helper()
	e, ok := errors.AsType[*sinks.Error](err)
	if !ok {
		t.Fatalf("got %v (%T), want a *sinks.Error", err, err)
	}
	if e.Message == "" || strings.ContainsAny(e.Message, "\n\r\x1b") || len(e.Message) > maxMessage+300 {
		t.Errorf("message %q is not one short line", e.Message)
	}
	if strings.Contains(fmt.Sprintf("%+v %#v %v", e, e, e.Err), testKey) {
		t.Errorf("the key is in %#v", e)
	}
	return e
}

func TestDoCreates(t *testing.T) {
	s := newServer(t, always(201, shown("5f00aa", map[string]any{"externalId": "a-1"})))
	c := newTestClient(t, s.URL+"/base/", nil)
	if _, err := c.Admit(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := c.Do(t.Context(), createThing("a-1"))
	if err != nil {
		t.Fatal(err)
	}
	if want := (sinks.Result{ID: "5f00aa", Status: 201, Attempts: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	ask := s.seen()[0]
	if ask.method != "POST" || ask.uri != "/base/v1/things" || ask.body != `{"externalId":"a-1","name":"Ann"}` {
		t.Errorf("sent %s %s %s", ask.method, ask.uri, ask.body)
	}
	want := http.Header{
		"Accept": {"application/json"}, "Authorization": {"Bearer " + testKey}, "Content-Type": {"application/json"},
		"Content-Length": {"33"}, "User-Agent": {"kustsync (+https://github.com/kustsync/kustsync)"},
	}
	if diff := cmp.Diff(want, ask.header); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if got, want := c.Stats(), (Stats{Requests: 1}); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

// A request may have a body and no payload; the answer is held against its external id all the same.
func TestDoSendsABodyAlone(t *testing.T) {
	for id, want := range map[string]sinks.Class{"a-1": -1, "b-2": sinks.Unknown} {
		s := newServer(t, always(201, shown("5f00aa", map[string]any{"externalId": id})))
		req := createThing("a-1")
		req.Payload, req.Body, req.ExternalID = nil, []byte(`{"externalId":"a-1","name":"Bea"}`), "a-1"
		_, err := newTestClient(t, s.URL, nil).Do(t.Context(), req)
		if got := s.seen()[0].body; got != string(req.Body) {
			t.Errorf("sent %s, want %s", got, req.Body)
		}
		switch {
		case want < 0 && err != nil:
			t.Errorf("the answer with %s: %v", id, err)
		case want >= 0 && classified(t, err).Class != want:
			t.Errorf("the answer with %s: %v", id, err)
		}
	}
}

func TestDoFillsThePath(t *testing.T) {
	s := newServer(t, always(201, shown("5f00aa", nil)))
	c := newTestClient(t, s.URL, nil)
	req := createThing("a-1")
	req.Payload["parent"] = "p/1 ?#%+"
	if _, err := c.Do(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if got, want := s.seen()[0].uri, "/v1/parents/p%2F1%20%3F%23%25%2B/things"; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
}

// The table of reliability.md 2.4: what each answer says about a request.
func TestDoClassifiesAnswers(t *testing.T) {
	good := shown("5f00aa", map[string]any{"externalId": "a-1"})
	for _, tc := range []struct {
		name   string
		status int
		body   string
		create sinks.Class
		update sinks.Class
	}{
		{"empty success", 201, "", sinks.Unknown, sinks.Unknown},
		{"success without a body", 204, "", sinks.Unknown, sinks.Unknown},
		{"success with HTML", 200, "<html><title>Hello</title>", sinks.Unknown, sinks.Unknown},
		{"success without id", 201, `{"data":{}}`, sinks.Unknown, sinks.Unknown},
		{"success with null", 201, `{"data":null}`, sinks.Unknown, sinks.Unknown},
		{"success with id of a wrong type", 201, `{"data":{"id":7}}`, sinks.Unknown, sinks.Unknown},
		{"success with an id that is a path", 201, `{"data":{"id":"../x"}}`, sinks.Unknown, sinks.Unknown},
		{"success with a list", 201, `{"data":[{"id":"5f00aa"}]}`, sinks.Unknown, sinks.Unknown},
		{"success with a cut body", 201, good[:len(good)-1], sinks.Unknown, sinks.Unknown},
		{"success with more behind it", 201, good + "{}", sinks.Unknown, sinks.Unknown},
		{"another object", 201, shown("5f00bb", map[string]any{"externalId": "b-2"}), sinks.Unknown, sinks.Deleted},
		{"moved", 301, "", sinks.Fatal, sinks.Fatal},
		{"not modified", 304, "", sinks.Fatal, sinks.Fatal},
		{"bad request", 400, `{}`, sinks.Duplicate, sinks.Refused},
		{"unauthorized", 401, `{}`, sinks.Fatal, sinks.Fatal},
		{"payment required", 402, `{}`, sinks.Fatal, sinks.Fatal},
		{"forbidden", 403, `{}`, sinks.Fatal, sinks.Fatal},
		{"not found", 404, `{}`, sinks.Missing, sinks.Missing},
		{"method not allowed", 405, `{}`, sinks.Unsupported, sinks.Unsupported},
		{"request timeout", 408, `{}`, sinks.Unknown, sinks.Unknown},
		{"conflict", 409, `{}`, sinks.Duplicate, sinks.Duplicate},
		{"gone", 410, `{}`, sinks.Deleted, sinks.Deleted},
		{"too large", 413, `{}`, sinks.TooLarge, sinks.TooLarge},
		{"media type", 415, `{}`, sinks.Refused, sinks.Refused},
		{"unprocessable", 422, `{}`, sinks.Duplicate, sinks.Refused},
		{"server error", 500, good, sinks.Unknown, sinks.Unknown},
		{"not implemented", 501, "", sinks.Unknown, sinks.Unknown},
		{"bad gateway", 502, "<html>", sinks.Unknown, sinks.Unknown},
		{"unavailable", 503, "", sinks.Unknown, sinks.Unknown},
		{"gateway timeout", 504, "", sinks.Unknown, sinks.Unknown},
		{"unheard of", 799, "", sinks.Unknown, sinks.Unknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newServer(t, always(tc.status, tc.body))
			update := updateThing("5f00aa")
			update.Payload["company"] = nil // so that nothing is read before
			update.Payload["externalId"] = "a-1"
			for req, want := range map[*sinks.Request]sinks.Class{new(createThing("a-1")): tc.create, &update: tc.update} {
				c := newTestClient(t, s.URL, nil)
				res, err := c.Do(t.Context(), *req)
				if err == nil {
					t.Fatalf("%s: got %+v", req.Op, res)
				}
				e := classified(t, err)
				if e.Class != want || e.Status != tc.status || e.Attempts != 1 {
					t.Errorf("%s: class %s, status %d, attempts %d; want %s, %d, 1 (%v)", req.Op, e.Class, e.Status, e.Attempts, want, tc.status, e)
				}
				if c.Stats().Requests != 1 {
					t.Errorf("%s: %d requests, want 1: a write is never repeated", req.Op, c.Stats().Requests)
				}
			}
		})
	}
}

// What may have been applied is of class Unknown, and is sent once.
func TestDoLeavesBrokenAnswersInDoubt(t *testing.T) {
	good := shown("5f00aa", map[string]any{"externalId": "a-1"})
	whole := fmt.Sprintf("HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s", len(good), good)
	for name, raw := range map[string]func(net.Conn){
		"reset":   reset,
		"end":     func(net.Conn) {},
		"garbage": func(c net.Conn) { fmt.Fprint(c, "SSH-2.0-x\x1b[2J\r\n\r\n") },
		"half":    func(c net.Conn) { fmt.Fprint(c, whole[:len(whole)/2]) },
		"cut":     func(c net.Conn) { fmt.Fprint(c, whole[:len(whole)-1]) },
		"no size": func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 201 Created\r\n\r\n"+good[:len(good)-2]) },
		"chunked": func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"dat")
		},
		"headers": func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 201 Created\r\nX: "+strings.Repeat("x", 1<<20)) },
		"1xx":     func(c net.Conn) { fmt.Fprint(c, strings.Repeat("HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n", 1<<15)) },
		"silence": func(net.Conn) { time.Sleep(400 * time.Millisecond) },
		"drip":    func(c net.Conn) { drip(c, whole) },
		"slow body": func(c net.Conn) {
			head, body, _ := strings.Cut(whole, "\r\n\r\n")
			fmt.Fprint(c, head+"\r\n\r\n")
			drip(c, body)
		},
		"longer": func(c net.Conn) {
			fmt.Fprintf(c, "HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s", len(good)+1, good)
		},
		"too long": func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 201 Created\r\n\r\n"+good+strings.Repeat(" ", 2<<20)) },
		"bomb": func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\n\r\n"+gzipped(64<<20))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, hijacked(raw))
			c := newTestClient(t, s.URL, func(o *Options) { o.Timeout = 200 * time.Millisecond })
			_, err := c.Do(t.Context(), createThing("a-1"))
			if e := classified(t, err); e.Class != sinks.Unknown {
				t.Errorf("class %s, want unknown: %v", e.Class, e)
			}
			if n := len(s.seen()); n != 1 {
				t.Errorf("sent %d times, want once", n)
			}
		})
	}
}

// F39: of an endless answer no more is read than the limit.
func TestDoReadsNoEndlessAnswer(t *testing.T) {
	s := newServer(t, hijacked(func(c net.Conn) {
		_, err := fmt.Fprint(c, "HTTP/1.1 201 Created\r\n\r\n")
		for err == nil {
			_, err = c.Write(make([]byte, 1<<16))
		}
	}))
	c := newTestClient(t, s.URL, func(o *Options) { o.Timeout = time.Minute })
	_, err := c.Do(t.Context(), createThing("a"))
	if e := classified(t, err); e.Class != sinks.Unknown || !strings.Contains(e.Message, "longer than") {
		t.Errorf("got %s %v", e.Class, e)
	}
}

// drip writes so slowly that the attempt times out.
func drip(c net.Conn, text string) {
	for i := range min(len(text), 20) {
		if _, err := c.Write([]byte{text[i]}); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A POST on a pooled connection that has died is not sent again once it may have been read.
func TestDoNeverReplaysAPost(t *testing.T) {
	good := shown("5f00aa", map[string]any{"externalId": "a-1"})
	s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n%2 == 0 {
			hijacked(reset)(n, w, r)
			return
		}
		always(201, good)(n, w, r)
	})
	c := newTestClient(t, s.URL, func(o *Options) { o.Workers = 1 })
	const calls = 10
	doubts := 0
	for range calls {
		if _, err := c.Do(t.Context(), createThing("a-1")); err != nil {
			if e := classified(t, err); e.Class != sinks.Unknown {
				t.Fatalf("class %s, want unknown: %v", e.Class, e)
			}
			doubts++
		}
	}
	if n := len(s.seen()); n != calls || doubts != calls/2 {
		t.Errorf("%d calls made the server see %d requests, %d in doubt; want %d and %d", calls, n, doubts, calls, calls/2)
	}
}

func TestDoKeepsWhatAnUpdateWouldLose(t *testing.T) {
	const have = `{"data":{"id":"5f00aa","attributes":{},"relationships":{"company":{"data":{"type":"company","id":"c0ffee"}}}}}`
	s := newServer(t, always(200, have))
	c := newTestClient(t, s.URL, nil)
	if _, err := c.Admit(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := c.Do(t.Context(), updateThing("5f00aa"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Attempts != 2 {
		t.Errorf("%d attempts, want 2: the read counts", got.Attempts)
	}
	set := updateThing("5f00aa")
	set.Payload["company"] = "deadbeef"
	if _, err := c.Do(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, ask := range s.seen() {
		lines = append(lines, ask.method+" "+ask.uri+" "+ask.body)
	}
	want := []string{
		"GET /v1/things/5f00aa ",
		`PATCH /v1/things/5f00aa {"company":"c0ffee","name":"Ann"}`,
		`PATCH /v1/things/5f00aa {"company":"deadbeef","name":"Ann"}`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestDoChangesNothingWhenTheReadFails(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   sinks.Class
	}{
		"gone":     {404, `{}`, sinks.Missing},
		"deleted":  {200, shown("5f00aa", map[string]any{"deleted": true}), sinks.Deleted},
		"broken":   {500, `{}`, sinks.Unreached},
		"HTML":     {200, `<html>`, sinks.Unreached},
		"conflict": {409, `{}`, sinks.Refused},
		"no key":   {401, `{}`, sinks.Fatal},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, always(tc.status, tc.body))
			c := newTestClient(t, s.URL, func(o *Options) { o.Retries = 0 })
			if _, err := c.Admit(t.Context()); err != nil {
				t.Fatal(err)
			}
			_, err := c.Do(t.Context(), updateThing("5f00aa"))
			if e := classified(t, err); e.Class != tc.want {
				t.Errorf("class %s, want %s: %v", e.Class, tc.want, e)
			}
			if asks := s.seen(); len(asks) != 1 || asks[0].method != "GET" {
				t.Errorf("asked %v, want one GET", asks)
			}
			if c.gate.State().Reserved != 0 {
				t.Error("the place was not given back")
			}
		})
	}
}

func TestDoRefusesWhatCannotBeSent(t *testing.T) {
	s := newServer(t, always(201, "{}"))
	c := newTestClient(t, s.URL, nil)
	dots := createThing("a")
	dots.Payload["parent"] = ".."
	noUpdate := updateThing("5f00aa")
	noUpdate.Spec = &sinks.Spec{Object: "thing"}
	for name, req := range map[string]sinks.Request{"dots": dots, "no route": noUpdate, "no id": updateThing("")} {
		_, err := c.Do(t.Context(), req)
		if e := classified(t, err); e.Class != sinks.Refused {
			t.Errorf("%s: class %s, want refused: %v", name, e.Class, e)
		}
	}
	if n := len(s.seen()); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

func TestDoStopped(t *testing.T) {
	t.Run("before it left", func(t *testing.T) {
		s := newServer(t, always(201, "{}"))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := newTestClient(t, s.URL, nil).Do(ctx, createThing("a"))
		if e := classified(t, err); e.Class != sinks.Unreached || !errors.Is(err, context.Canceled) {
			t.Errorf("got %s %v, want unreached and context.Canceled", e.Class, err)
		}
	})
	t.Run("after it left", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := newServer(t, func(_ int, _ http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done()
		})
		c := newTestClient(t, s.URL, nil)
		_, err := c.Do(ctx, createThing("a"))
		if e := classified(t, err); e.Class != sinks.Unknown {
			t.Errorf("got %s %v, want unknown", e.Class, err)
		}
		if c.gate.State().Failures != 0 {
			t.Error("a stop counts as a failure of Kustomer's")
		}
	})
}
