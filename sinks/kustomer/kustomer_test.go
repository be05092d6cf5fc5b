package kustomer

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

const testKey = "eyJhbGciOiJIUzI1NiJ9.Q0FOQVJZLWtleQ.c2lnbmF0dXJl" // looks like one, and is none

// thing is a sink of its own, so that these tests do not depend on the catalog.
var thing = sinks.Spec{
	Name:       "create_thing",
	Object:     "thing",
	ExternalID: "externalId",
	Create:     []sinks.Route{{Method: "POST", Path: "/v1/parents/{parent}/things"}, {Method: "POST", Path: "/v1/things"}},
	Update:     &sinks.Route{Method: "PATCH", Path: "/v1/things/{id}"},
	Lookups: []sinks.Lookup{
		{By: "externalId", Paths: []string{"/v1/things/externalId={value}", "/v1/things/externalid={value}"}, From: "externalId"},
		{By: "list", Paths: []string{"/v1/things?externalId={value}"}, From: "externalId"},
		{By: "name", Paths: []string{"/v1/things?name={value}"}, From: "name"},
	},
	Preserve: []string{"company"},
	Roles: []sinks.Role{
		{For: "create", AnyOf: []string{"org.permission.thing.create", "org.user.thing.write"}},
		{For: "look up", AnyOf: []string{"org.permission.thing.read"}},
	},
}

// bulkThing is the same sink with a bulk endpoint.
var bulkThing = func() sinks.Spec {
	spec := thing
	spec.Batch = &sinks.Batches{Path: "/v1/things/bulk", MaxItems: 100, MaxBytes: 90_000, RefField: catalog.RefField}
	return spec
}()

// listedThing is found by a filter of a list.
var listedThing = sinks.Spec{
	Name: "create_thing", Object: "thing",
	Lookups: []sinks.Lookup{{By: "externalId", Paths: []string{"/v1/things?externalId={value}"}, From: "externalId"}},
}

func createThing(externalID string) sinks.Request {
	return sinks.Request{Spec: &thing, Op: sinks.Create, Key: externalID,
		Payload: map[string]any{"externalId": externalID, "name": "Ann"}}
}

func updateThing(id string) sinks.Request {
	return sinks.Request{Spec: &thing, Op: sinks.Update, ID: id, Payload: map[string]any{"name": "Ann"}}
}

// newTestClient returns a client of a server, with short patience.
func newTestClient(t testing.TB, url string, change func(*Options)) *Client {
	t.Helper()
	o := Options{BaseURL: url, Timeout: 2 * time.Second, OutageWait: 5 * time.Second, Retries: 1, Budget: 1}
	if change != nil {
		change(&o)
	}
	c, err := New(o, testKey)
	if err != nil {
		t.Fatal(err)
	}
	if transport, ok := o.Transport.(*http.Transport); ok {
		t.Cleanup(transport.CloseIdleConnections)
	}
	return c
}

// mayDestroy lets a client send what cannot be undone.
func mayDestroy(o *Options) { o.AllowDestructive = true }

// seen is a request that a server got.
type seen struct {
	method, uri, body string
	header            http.Header
}

// server answers by a function and remembers what it was asked.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	asks []seen
}

func newServer(t testing.TB, handle func(n int, w http.ResponseWriter, r *http.Request)) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading a request: %v", err)
		}
		s.mu.Lock()
		s.asks = append(s.asks, seen{method: r.Method, uri: r.RequestURI, body: string(body), header: r.Header})
		n := len(s.asks)
		s.mu.Unlock()
		handle(n, w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) seen() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seen(nil), s.asks...)
}

// always answers every request alike.
func always(status int, body string) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body) //nolint:errcheck // the client may have hung up
	}
}

// shown is the JSON of an object as Kustomer answers it.
func shown(id string, attributes map[string]any) string {
	text, err := json.Marshal(map[string]any{"data": map[string]any{"type": "thing", "id": id, "attributes": attributes}})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// hijacked lets a test write raw bytes to the connection.
func hijacked(raw func(conn net.Conn)) func(int, http.ResponseWriter, *http.Request) {
	return func(_ int, w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close() //nolint:errcheck // nothing follows
		raw(conn)
	}
}

// reset ends a connection with a RST.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// gzipped is n zero bytes, compressed.
func gzipped(n int) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.CopyN(w, zeros{}, int64(n))
	_ = w.Close()
	return b.String()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
