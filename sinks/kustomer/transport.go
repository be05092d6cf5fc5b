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
	connectTimeout = 10 * time.Second
	idleTimeout    = 45 * time.Second // shorter than a server's, so that requests seldom meet a closed connection
)

// roundTripper makes a layer of a function, which may keep what no struct should.
type roundTripper func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// newTransport returns the lowest layer: a pool of HTTP/1.1 connections, one a worker (HTTP/2 on one
// connection has half the throughput), TLS 1.2 or newer, proxies from the environment alone. roots is
// nil but in tests. Answers are not decompressed, so that none grows while it is read.
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

// withAuth adds the key to every request. It keeps the key in a closure, where no printing of a value
// finds it. A layer must leave the original request alone, so it sends a copy.
func withAuth(next http.RoundTripper, key string) http.RoundTripper {
	bearer := []string{"Bearer " + key}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		r = r.WithContext(r.Context())
		r.Header = maps.Clone(r.Header)
		r.Header["Authorization"] = bearer
		return next.RoundTrip(r)
	})
}
