package kustomer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	maxHeaderBytes = 64 << 10 // of an answer
	inOnePiece     = 16 << 10 // bytes that one system call writes or reads: nearly all requests, nearly all answers
	connectTimeout = 10 * time.Second
	idleTimeout    = 45 * time.Second // shorter than a server's, so that requests seldom meet a closed connection
)

// roundTripper makes an http.RoundTripper of a function. A closure may hold the key, which no struct may.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// newTransport returns the lowest layer: a pool of HTTP/1.1 connections, one a worker (HTTP/2 on one
// connection has half the throughput), TLS 1.2 or newer, proxies from the environment alone. Only
// tests give roots. Answers are not decompressed, so that none grows while it is read.
func newTransport(workers int, roots *x509.CertPool) *http.Transport {
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: checkProxy,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    connectTimeout,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // no HTTP/2
		MaxIdleConns:           workers,
		MaxIdleConnsPerHost:    workers,
		IdleConnTimeout:        idleTimeout,
		WriteBufferSize:        inOnePiece,
		ReadBufferSize:         inOnePiece,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true,
	}
}

// proxyError is a proxy that refuses to connect.
type proxyError struct{ host, status string }

func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s answered %s", e.host, e.status)
}

func checkProxy(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{host: proxy.Host, status: answer.Status}
}

// withAuth adds the headers that every request has: the key, and with a body its type. It keeps the key in a closure, so
// that printing a value never shows it. All requests share two sets of headers, which no layer below may change. The
// request itself was made for one attempt and needs no copy.
func withAuth(next http.RoundTripper, key, agent string) http.RoundTripper {
	const mediaType = "application/json"
	plain := http.Header{"Accept": {mediaType}, "User-Agent": {agent}, "Authorization": {"Bearer " + key}}
	withBody := maps.Clone(plain)
	withBody["Content-Type"] = []string{mediaType}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.Header = plain; r.Body != nil {
			r.Header = withBody
		}
		return next.RoundTrip(r)
	})
}
