package kustomer

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

func batchOf(op sinks.Op, bare bool) sinks.Batch {
	return sinks.Batch{Spec: &bulkThing, Op: op, WithoutRefs: bare, Items: []sinks.Item{
		{Ref: "0", ID: "aa", Payload: map[string]any{"name": "Ann <b>"}},
		{Ref: "1", ID: "bb", Payload: map[string]any{"name": "Ben", "at": nil}},
	}}
}

// writtenBatch is the same batch with its payloads as JSON.
func writtenBatch(op sinks.Op, bare bool) sinks.Batch {
	b := batchOf(op, bare)
	for i, text := range []string{`{"name":"Ann <b>"}`, `{}`} {
		b.Items[i].Payload, b.Items[i].Body = nil, []byte(text)
	}
	return b
}

func TestSubmit(t *testing.T) {
	for _, tc := range []struct {
		name   string
		batch  sinks.Batch
		method string
		body   string
	}{
		{"create", batchOf(sinks.Create, false), "POST", `[{"_clientRef":"0","name":"Ann <b>"},{"_clientRef":"1","at":null,"name":"Ben"}]`},
		{"update", batchOf(sinks.Update, false), "PUT", `[{"_clientRef":"0","id":"aa","name":"Ann <b>"},{"_clientRef":"1","at":null,"id":"bb","name":"Ben"}]`},
		{"bare create", batchOf(sinks.Create, true), "POST", `[{"name":"Ann <b>"},{"at":null,"name":"Ben"}]`},
		{"bare update", batchOf(sinks.Update, true), "PUT", `[{"id":"aa","name":"Ann <b>"},{"at":null,"id":"bb","name":"Ben"}]`},
		{"written", writtenBatch(sinks.Create, false), "POST", `[{"_clientRef":"0","name":"Ann <b>"},{"_clientRef":"1"}]`},
		{"written, bare", writtenBatch(sinks.Create, true), "POST", `[{"name":"Ann <b>"},{}]`},
		{"written, update", writtenBatch(sinks.Update, true), "PUT", `[{"id":"aa","name":"Ann <b>"},{"id":"bb"}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newServer(t, always(201, `{"data":{"type":"bulk","id":"5f00aa","attributes":{"payload":{"api":{"data":[{"id":"zz"}]}}}}}`))
			c := newTestClient(t, s.URL, nil)
			if _, err := c.Admit(t.Context()); err != nil {
				t.Fatal(err)
			}
			job, err := c.Submit(t.Context(), tc.batch)
			if err != nil || job != "5f00aa" {
				t.Fatalf("job %q, %v", job, err)
			}
			ask := s.seen()[0]
			if got := []string{ask.method, ask.uri, ask.body}; !cmp.Equal(got, []string{tc.method, "/v1/things/bulk", tc.body}) {
				t.Errorf("sent %q", got)
			}
			if _, marked := tc.batch.Items[0].Payload[catalog.RefField]; marked {
				t.Error("the payload of the row was changed")
			}
			if n := c.Stats().Requests; n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// What each answer says about a batch: whether anything of it may have been applied.
func TestSubmitClassifiesAnswers(t *testing.T) {
	places := `{"errors":[{"title":"Bad","source":{"parameter":"name","pointer":"/3/name"}},{"title":"Bad","source":{"parameter":"1","pointer":"/7/emails/1"}}]}`
	for _, tc := range []struct {
		name   string
		handle func(int, http.ResponseWriter, *http.Request)
		class  sinks.Class
		fields []string
	}{
		{"400 with places", always(400, places), sinks.Duplicate, []string{"3.name", "7.emails.1"}},
		{"400 with places in meta", always(400, `{"errors":[{"code":"b","message":"m","meta":{"pointer":"/9/name"}}]}`), sinks.Duplicate, []string{"9.name"}},
		{"400 with names alone", always(400, `{"errors":[{"title":"Bad","source":{"parameter":"_clientRef"}}]}`), sinks.Duplicate, []string{"_clientRef"}},
		{"400 without a word", always(400, ``), sinks.Duplicate, nil},
		{"404", always(404, `{}`), sinks.Unsupported, nil},
		{"409", always(409, `{}`), sinks.Duplicate, nil},
		{"413", always(413, `<html>`), sinks.TooLarge, nil},
		{"422", always(422, `{}`), sinks.Duplicate, nil},
		{"401", always(401, `{}`), sinks.Fatal, nil},
		{"403", always(403, `{}`), sinks.Fatal, nil},
		{"500", always(500, `{}`), sinks.Unknown, nil},
		{"502", always(502, `<html>`), sinks.Unknown, nil},
		{"201 without an id", always(201, `{"data":{}}`), sinks.Unknown, nil},
		{"201 without a body", always(201, ``), sinks.Unknown, nil},
		{"201 with an id that is none", always(201, `{"data":{"id":"../x"}}`), sinks.Unknown, nil},
		{"reset", hijacked(func(conn net.Conn) { reset(conn) }), sinks.Unknown, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newServer(t, tc.handle)
			_, err := newTestClient(t, s.URL, nil).Submit(t.Context(), batchOf(sinks.Create, false))
			e := classified(t, err)
			if e.Class != tc.class || !cmp.Equal(e.Fields, tc.fields) {
				t.Errorf("%s %q, want %s %q", e.Class, e.Fields, tc.class, tc.fields)
			}
			if n := len(s.seen()); n != 1 {
				t.Errorf("it was sent %d times", n)
			}
			if strings.Contains(e.Error(), "Ann") {
				t.Errorf("values of rows in %q", e)
			}
		})
	}
}

func TestSubmitWhatCannotBeSent(t *testing.T) {
	s := newServer(t, always(201, `{}`))
	b := batchOf(sinks.Create, false)
	b.Items[1].Payload["name"] = make(chan int)
	e := classified(t, second(newTestClient(t, s.URL, nil).Submit(t.Context(), b)))
	if e.Class != sinks.Refused || len(s.seen()) > 0 {
		t.Errorf("%s after %d requests", e.Class, len(s.seen()))
	}
}

func second[T any](_ T, err error) error { return err }
