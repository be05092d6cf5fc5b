package kustomer

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

const maxBody = 1 << 20 // bytes of an answer that are read, where the request does not say

// request is one call of the API. It may take several attempts.
type request struct {
	method   string
	target   *url.URL
	template string // the path without values, for logs
	body     []byte // JSON; nil for none
	hasPlace bool   // the first attempt uses up a place that Admit reserved
	most     int    // bytes of its answer that are read; 0 is maxBody
}

// response is what came back.
type response struct {
	status   int
	rates    pace.Rates
	location string  // of a redirect
	body     []byte  // the first bytes of it
	buffer   *[]byte // that body lies in, to be used again; nil: none
	cutErr   error   // why body is not all of it; nil when it is
	attempts int
	foreign  bool // it is not Kustomer's
}

// failure is an attempt without an answer.
type failure struct {
	err            error
	text           string // err for people: no address of a request, no control characters
	mayHaveArrived bool   // the request may have reached Kustomer: its head was written
	stopped        bool   // the caller's context ended it
	permanent      bool   // the same will happen again: wrong certificate, no such host, a proxy that refuses
}

// wire makes single attempts.
type wire struct {
	base     *url.URL
	prefix   string // its path, percent-encoded
	next     http.RoundTripper
	timeouts *timeouts
	workers  pace.Places // one place for each request under way
	log      *slog.Logger
	redact   func(string) string

	requests atomic.Int64
	http429s atomic.Int64
}

// attempt sends a request once and reads the answer to its end, within the time limit of one attempt.
// It calls the transport directly and no http.Client: nothing follows redirects, nothing repeats a
// request, and no error carries the address, which may hold an e-mail.
func (w *wire) attempt(ctx context.Context, r request, n int) (response, *failure) {
	if !w.workers.Take(ctx) {
		return response{}, &failure{err: context.Cause(ctx), text: "stopped", stopped: true}
	}
	defer w.workers.Leave()
	began := time.Now()
	a, bad := w.roundTrip(ctx, r)
	if a.status == http.StatusTooManyRequests {
		w.http429s.Add(1)
	}
	w.report(ctx, r, n, a, bad, began)
	return a, bad
}

func (w *wire) roundTrip(parent context.Context, r request) (response, *failure) {
	limit := w.timeouts.begin(parent)
	defer w.timeouts.end(limit)
	t := httpAttempt{wire: w}
	res, err := w.next.RoundTrip(t.build(limit.ctx, r))
	if err != nil {
		if limit.passed() {
			err = errTimeout(w.timeouts.each)
		}
		return response{}, &failure{err: err, text: w.describe(err), mayHaveArrived: t.wrote.Load(),
			stopped: parent.Err() != nil, permanent: t.badTLS.Load() || isPermanent(err)}
	}
	a := response{status: res.StatusCode, rates: pace.ReadRates(res.Header, time.Now()), location: res.Header.Get("Location")}
	a.read(res, cmp.Or(r.most, maxBody))
	if a.cutErr != nil && limit.passed() {
		a.cutErr = errTimeout(w.timeouts.each)
	}
	return a, nil
}

// httpAttempt is one attempt that has left.
type httpAttempt struct {
	wire          *wire
	trace         httptrace.ClientTrace
	body          bytes.Reader
	wrote, badTLS atomic.Bool
}

// build makes the HTTP request. GetBody lets the transport rewind the body; it
// does so only when not one byte was written to a connection that had died in the pool, since a POST
// without an Idempotency-Key is never replayed otherwise. So no header of that name may ever be set.
func (t *httpAttempt) build(ctx context.Context, r request) *http.Request {
	t.trace.WroteHeaders = func() { t.wrote.Store(true); t.wire.requests.Add(1) } // again when the transport replays a GET
	t.trace.TLSHandshakeDone = func(_ tls.ConnectionState, err error) { t.badTLS.Store(isFinalTLS(err)) }
	req := http.Request{Method: r.method, URL: r.target, Host: r.target.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if text := r.body; len(text) > 0 {
		t.body.Reset(text)
		req.ContentLength, req.Body = t.body.Size(), io.NopCloser(&t.body)
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	}
	return req.WithContext(httptrace.WithClientTrace(ctx, &t.trace))
}

// request makes a request for a percent-encoded path, with a query or without, below the base address. The encoding of
// the path stays as it is.
func (w *wire) request(method, path, template string, body []byte) (request, error) {
	path, query, _ := strings.Cut(path, "?")
	raw := w.prefix + path
	plain, err := url.PathUnescape(raw)
	if err != nil {
		return request{}, fmt.Errorf("the path of %s %s is not percent-encoded as it should be", method, template)
	}
	target := &url.URL{Scheme: w.base.Scheme, Host: w.base.Host, Path: plain, RawPath: raw, RawQuery: query}
	return request{method: method, target: target, template: template, body: body}, nil
}

// buffers are the memory of answers. recycle gives it back.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const (
	leastBuffer = 2 << 10  // bytes: most answers to writes fit
	mostBuffer  = 64 << 10 // of a buffer that is kept
)

// read reads an answer to its end, or to most bytes.
func (a *response) read(res *http.Response, most int) {
	defer res.Body.Close() //nolint:errcheck // what was read is all that counts
	if size := res.ContentLength; size > 0 && size <= int64(most) {
		a.buffer = buffers.Get().(*[]byte)
		*a.buffer = slices.Grow((*a.buffer)[:0], max(int(size), leastBuffer))[:size]
		n, err := io.ReadFull(res.Body, *a.buffer)
		a.body, a.cutErr = (*a.buffer)[:n], err
		return
	}
	var buf bytes.Buffer
	n, err := buf.ReadFrom(io.LimitReader(res.Body, int64(most)+1))
	if err == nil && n > int64(most) {
		err = fmt.Errorf("it is longer than %d bytes", most)
		buf.Truncate(most)
	}
	a.body, a.cutErr = buf.Bytes(), err
}

// recycle gives back the buffer of an answer that nothing points into any more.
func (a response) recycle() {
	if a.buffer != nil && cap(*a.buffer) <= mostBuffer {
		buffers.Put(a.buffer)
	}
}

// describe writes an error for people: without the key, in one line, not too long.
func (w *wire) describe(err error) string { return w.redact(oneLine(err.Error())) }

func (w *wire) report(ctx context.Context, r request, n int, a response, bad *failure, began time.Time) {
	if !w.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", r.method), slog.String("path", r.template),
		slog.Int("attempt", n), slog.Duration("took", time.Since(began)),
	}
	if bad != nil {
		attrs = append(attrs, slog.String("error", bad.text), slog.Bool("wrote", bad.mayHaveArrived))
	} else {
		attrs = append(attrs, slog.Int("status", a.status), slog.Int("remaining", a.rates.Remaining))
	}
	w.log.LogAttrs(ctx, slog.LevelDebug, "attempt", attrs...)
}

// errTimeout is the error of an attempt that took longer than it may.
type errTimeout time.Duration

func (e errTimeout) Error() string { return fmt.Sprintf("no whole answer within %s", time.Duration(e)) }

// isPermanent reports whether a connection will fail in the same way again.
func isPermanent(err error) bool {
	var dns *net.DNSError
	var proxy *proxyError
	return errors.As(err, &dns) && dns.IsNotFound || errors.As(err, &proxy)
}

// isFinalTLS reports whether a TLS handshake failed by what was said in it, such as a wrong certificate, and not because
// the connection broke.
func isFinalTLS(err error) bool {
	var netErr net.Error
	switch {
	case err == nil, errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.Canceled):
		return false
	case errors.As(err, &netErr) && netErr.Timeout():
		return false
	}
	var op *net.OpError
	return !errors.As(err, &op) || op.Op == "remote error" || op.Op == "local error"
}
