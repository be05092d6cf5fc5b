package kustomer

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// F43, F44: when a proxy does anything but connect, no request has left: no row is in doubt, the proxy does not see the
// key, and the run ends in time.
func TestProxyDoesNotConnect(t *testing.T) {
	for name, tc := range map[string]struct {
		raw  func(net.Conn)
		says string
	}{
		"refuses": {func(c net.Conn) {
			fmt.Fprint(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
		}, "407"},
		"bad gate":   {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") }, "502"},
		"redirects":  {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n") }, "302"},
		"drops":      {func(net.Conn) {}, "could not be reached"},
		"resets":     {reset, "could not be reached"},
		"is none":    {func(c net.Conn) { fmt.Fprint(c, "SSH-2.0-OpenSSH_9.9\r\n") }, "could not be reached"},
		"says no":    {func(c net.Conn) { time.Sleep(250 * time.Millisecond) }, "could not be reached"},
		"is no peer": {func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n") }, "could not be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var proxy *server
			proxy = newServer(t, hijacked(tc.raw))
			at, err := url.Parse(proxy.URL)
			if err != nil {
				t.Fatal(err)
			}
			transport := newTransport(1, nil)
			transport.Proxy = http.ProxyURL(at)
			c := newTestClient(t, "https://acme.api.kustomerapp.com", func(o *Options) {
				o.Transport, o.Timeout, o.OutageWait = transport, 200*time.Millisecond, 300*time.Millisecond
			})
			_, err = c.Do(t.Context(), createThing("a"))
			if e := classified(t, err); e.Class != sinks.Fatal || !strings.Contains(e.Message, tc.says) || e.Hint == "" {
				t.Errorf("got %s %v", e.Class, e)
			}
			for _, ask := range proxy.seen() {
				if ask.method != http.MethodConnect || strings.Contains(fmt.Sprint(ask), testKey) {
					t.Errorf("the proxy saw %+v", ask)
				}
			}
		})
	}
}

// F42, F43, F44: failures of a name server, a proxy or a certificate end a run at its start. Once Kustomer has answered,
// the run waits for them to end, and no row is in doubt because of them.
func TestHopelessConnectionsAreWaitedForMidRun(t *testing.T) {
	for name, fault := range map[string]error{
		"no such host":        &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "acme.api.kustomerapp.com", IsNotFound: true}},
		"name server is ill":  &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "server misbehaving", IsTemporary: true}},
		"proxy refuses":       &proxyError{host: "proxy:3128", status: "407 Proxy Authentication Required"},
		"certificate expired": &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}},
		"network unreachable": &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connect: network is unreachable")},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtualTime(t, nil, func(t *testing.T, c *Client, f *fake, notices *[]pace.Event) {
				f.answer = func(_ int, at time.Duration, r *http.Request) (*http.Response, error) {
					if at > 2*time.Second && at < 4*time.Minute {
						return nil, fault
					}
					return respond(r, 201, anyThing)
				}
				if err := load(t.Context(), c, 1000, 16, 64); err != nil {
					t.Fatal(err)
				}
				if got := kinds(*notices); got != "outage recovered" {
					t.Errorf("notices %q: %+v", got, *notices)
				}
			})
		})
	}
}

// What a server sends unasked on an idle connection is not taken for the answer to the next request.
func TestUnaskedAnswersAreNotTaken(t *testing.T) {
	good := shown("5f00aa", map[string]any{"externalId": "a-1"})
	other := shown("5f00bb", map[string]any{"externalId": "b-2"})
	answer := func(body string) string {
		return fmt.Sprintf("HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	s := newServer(t, hijacked(func(c net.Conn) {
		fmt.Fprint(c, answer(good)+answer(other)) //nolint:errcheck // the client may have hung up
		time.Sleep(20 * time.Millisecond)
	}))
	c := newTestClient(t, s.URL, func(o *Options) { o.Workers = 1 })
	for range 20 {
		res, err := c.Do(t.Context(), createThing("a-1"))
		if err == nil && res.ID != "5f00aa" {
			t.Fatalf("took the answer of another request: %+v", res)
		}
		if err != nil && classified(t, err).Class != sinks.Unknown {
			t.Fatal(err)
		}
	}
}
