package kustomer

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
)

// benchServer answers like Kustomer, in 1.6 kB and at once.
func benchServer(b *testing.B) *httptest.Server {
	b.Helper()
	body := []byte(customerAnswer(b))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(body)
	}))
	b.Cleanup(s.Close)
	return s
}

// BenchmarkDo is to be compared with BenchmarkBareLoop of the same run: only their ratio says something.
func BenchmarkDo(b *testing.B) {
	c := newTestClient(b, benchServer(b).URL, func(o *Options) { o.Workers = 32 })
	if _, err := c.Do(b.Context(), createThing("a-1")); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Admit(b.Context()); err != nil {
				b.Fatal(err)
			}
			if _, err := c.Do(b.Context(), createThing("a-1")); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkBareLoop posts the same body with nothing around it.
func BenchmarkBareLoop(b *testing.B) {
	url := benchServer(b).URL + "/v1/things"
	client := &http.Client{Transport: newTransport(32, nil)}
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			body := fmt.Appendf(nil, `{"externalId":"a-1","name":%q}`, "Ann")
			res, err := client.Post(url, "application/json", bytes.NewReader(body))
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
}

// atOnce is a transport that gives every request that answer at once, as net/http's would.
func atOnce(answer string) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, r.Body)
		httptrace.ContextClientTrace(r.Context()).WroteHeaders()
		return &http.Response{StatusCode: http.StatusCreated, Header: http.Header{}, ContentLength: int64(len(answer)),
			Body: io.NopCloser(strings.NewReader(answer))}, err
	}
}

// BenchmarkOwnPart measures what a create costs besides net/http.
func BenchmarkOwnPart(b *testing.B) {
	transport := atOnce(customerAnswer(b))
	c := newTestClient(b, "http://localhost:1", func(o *Options) { o.Transport = transport })
	req := createThing("crm-1")
	req.Body = []byte(`{"externalId":"crm-1","name":"Ann"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Admit(b.Context()); err != nil {
			b.Fatal(err)
		}
		if _, err := c.Do(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRedactor redacts the results of a batch.
func BenchmarkRedactor(b *testing.B) {
	clean := Redactor(testKey)
	text := strings.Repeat(customerAnswer(b), 60)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		clean(text)
	}
}
