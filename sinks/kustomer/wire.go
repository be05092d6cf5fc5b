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
	hasPlace bool   // Admit has paid for the first attempt
	most     int    // bytes of its answer that are read; 0 is maxBody
}

// answer is what came back.
type answer struct {
	status   int
	rates    pace.Rates
	location string  // of a redirect
	body     []byte  // the first bytes of it
	room     *[]byte // where they are, to be used again
	cut      error   // why body is not all of it; nil when it is
	attempts int
}

// failure is an attempt without an answer.
type failure struct {
	err      error
	text     string // err for people: no address of a request, no control characters
	wrote    bool   // the request may have reached Kustomer: the head of it was written
	stopped  bool   // the caller's context ended it
	hopeless bool   // the same will happen again: wrong certificate, no such host, a proxy that refuses
}

// wire makes single attempts.
type wire struct {
	base    *url.URL
	prefix  string // its path, percent-encoded
	next    http.RoundTripper
	limits  *limits
	workers pace.Places // one token a request in flight
	log     *slog.Logger
	clean   func(string) string

	requests atomic.Int64
	limited  atomic.Int64
}

// attempt sends a request once and reads the answer to its end, within the time limit of one attempt.
// It calls the transport directly and no http.Client: nothing follows redirects, nothing repeats a
// request, and no error carries the address, which may hold an e-mail.
func (w *wire) attempt(ctx context.Context, r request, n int) (answer, *failure) {
	if !w.workers.Take(ctx) {
		return answer{}, &failure{err: context.Cause(ctx), text: "stopped", stopped: true}
	}
	defer w.workers.Leave()
	began := time.Now()
	a, bad := w.roundTrip(ctx, r)
	if a.status == http.StatusTooManyRequests {
		w.limited.Add(1)
	}
	w.report(ctx, r, n, a, bad, began)
	return a, bad
}

func (w *wire) roundTrip(parent context.Context, r request) (answer, *failure) {
	limit := w.limits.begin(parent)
	defer w.limits.end(limit)
	t := try{wire: w}
	res, err := w.next.RoundTrip(t.build(limit.ctx, r))
	if err != nil {
		if limit.passed() {
			err = errTimeout(w.limits.timeout)
		}
		return answer{}, &failure{err: err, text: w.describe(err), wrote: t.wrote.Load(),
			stopped: parent.Err() != nil, hopeless: t.badTLS.Load() || isHopeless(err)}
	}
	a := answer{status: res.StatusCode, rates: pace.ReadRates(res.Header, time.Now()), location: res.Header.Get("Location")}
	a.read(res, cmp.Or(r.most, maxBody))
	if a.cut != nil && limit.passed() {
		a.cut = errTimeout(w.limits.timeout)
	}
	return a, nil
}

// try is one request on its way.
type try struct {
	wire          *wire
	trace         httptrace.ClientTrace
	body          bytes.Reader
	wrote, badTLS atomic.Bool
}

// build makes the HTTP request. GetBody lets the transport rewind the body; it
// does so only when not one byte was written to a connection that had died in the pool, since a POST
// without an Idempotency-Key is never replayed otherwise. So no header of that name may ever be set.
func (t *try) build(ctx context.Context, r request) *http.Request {
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

// request puts a percent-encoded path, with a query or without, behind the base address and keeps its
// encoding as it is.
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

// rooms are what answers lie in, used again by those who know that nothing points into an answer any more.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

const (
	leastRoom = 2 << 10  // bytes: most answers to writes fit
	mostRoom  = 64 << 10 // of a room that is kept
)

// read reads an answer to its end, or to most bytes.
func (a *answer) read(res *http.Response, most int) {
	defer res.Body.Close() //nolint:errcheck // what was read is all that counts
	if size := res.ContentLength; size > 0 && size <= int64(most) {
		a.room = rooms.Get().(*[]byte)
		*a.room = slices.Grow((*a.room)[:0], max(int(size), leastRoom))[:size]
		n, err := io.ReadFull(res.Body, *a.room)
		a.body, a.cut = (*a.room)[:n], err
		return
	}
	var buf bytes.Buffer
	n, err := buf.ReadFrom(io.LimitReader(res.Body, int64(most)+1))
	if err == nil && n > int64(most) {
		err = fmt.Errorf("it is longer than %d bytes", most)
		buf.Truncate(most)
	}
	a.body, a.cut = buf.Bytes(), err
}

// reuse gives the room of an answer back that nothing points into.
func (a answer) reuse() {
	if a.room != nil && cap(*a.room) <= mostRoom {
		rooms.Put(a.room)
	}
}

// describe writes an error for people: without the key, in one line, not too long.
func (w *wire) describe(err error) string { return w.clean(oneLine(err.Error())) }

func (w *wire) report(ctx context.Context, r request, n int, a answer, bad *failure, began time.Time) {
	if !w.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", r.method), slog.String("path", r.template),
		slog.Int("attempt", n), slog.Duration("took", time.Since(began)),
	}
	if bad != nil {
		attrs = append(attrs, slog.String("error", bad.text), slog.Bool("wrote", bad.wrote))
	} else {
		attrs = append(attrs, slog.Int("status", a.status), slog.Int("remaining", a.rates.Remaining))
	}
	w.log.LogAttrs(ctx, slog.LevelDebug, "attempt", attrs...)
}

// errTimeout is the error of an attempt that took longer than it may.
type errTimeout time.Duration

func (e errTimeout) Error() string { return fmt.Sprintf("no whole answer within %s", time.Duration(e)) }

// isHopeless reports whether a connection will fail in the same way again.
func isHopeless(err error) bool {
	var dns *net.DNSError
	var proxy *proxyError
	return errors.As(err, &dns) && dns.IsNotFound || errors.As(err, &proxy)
}

// isFinalTLS reports whether a handshake failed by what was said in it, not by the connection.
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
