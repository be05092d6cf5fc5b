package kustomer

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/pace"
)

// F41: redirects are not followed, with any status, by any method; no other host sees a request.
func TestRedirectsAreNotFollowed(t *testing.T) {
	other := newServer(t, always(200, anyThing))
	for _, status := range []int{300, 301, 302, 303, 307, 308, 399} {
		s := newServer(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", other.URL+"/v1/things?email=ann@example.com")
			w.WriteHeader(status)
		})
		for name, ask := range map[string]func(*Client) error{
			"create": func(c *Client) error { _, err := c.Do(t.Context(), createThing("a")); return err },
			"find":   func(c *Client) error { _, _, err := c.Find(t.Context(), byExternalID("a")); return err },
			"whoami": func(c *Client) error { _, err := c.WhoAmI(t.Context()); return err },
		} {
			e := classified(t, ask(newTestClient(t, s.URL, nil)))
			host := strings.TrimPrefix(other.URL, "http://")
			if e.Class != sinks.Fatal || !strings.Contains(e.Message, host) || strings.Contains(e.Message, "ann@") {
				t.Errorf("%s, %d: got %s %v", name, status, e.Class, e)
			}
		}
	}
	if n := len(other.seen()); n != 0 {
		t.Errorf("the other server saw %d requests", n)
	}
}

// newTLSServer serves with a certificate for 127.0.0.1 that only roots trusts.
func newTLSServer(t *testing.T, config *tls.Config) (address string, roots *x509.CertPool) {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 1 {
			t.Errorf("asked by %s, want HTTP/1.1", r.Proto)
		}
		always(201, anyThing)(0, w, r)
	}))
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.TLS = config
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	roots = x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s.URL, roots
}

// F42: a host whose certificate is not valid gets no request, and is not tried again.
func TestTLS(t *testing.T) {
	old := &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} //nolint:gosec // that is the point
	oldURL, oldRoots := newTLSServer(t, old)
	goodURL, goodRoots := newTLSServer(t, nil)
	plain := newServer(t, always(201, anyThing))
	for _, tc := range []struct {
		name, url string
		roots     *x509.CertPool
		fails     bool
	}{
		{"good", goodURL, goodRoots, false},
		{"self-signed", goodURL, nil, true},
		{"wrong name", strings.Replace(goodURL, "127.0.0.1", "localhost", 1), goodRoots, true},
		{"TLS 1.1", oldURL, oldRoots, true},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), nil, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newTestClient(t, tc.url, func(o *Options) { o.Transport = newTransport(1, tc.roots) })
			_, err := c.Do(t.Context(), createThing("a"))
			if !tc.fails {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if e := classified(t, err); e.Class != sinks.Fatal || e.Attempts != 1 {
				t.Errorf("got %s after %d attempts: %v", e.Class, e.Attempts, e)
			}
		})
	}
	if n := len(plain.seen()); n != 0 {
		t.Errorf("%d requests left in the clear", n)
	}
}

// F44: a proxy that refuses is named, and nothing is in doubt.
func TestProxyRefuses(t *testing.T) {
	proxy := newServer(t, func(_ int, w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Header.Get("Authorization") != "" {
			t.Errorf("the proxy saw %s with %v", r.Method, r.Header)
		}
		w.WriteHeader(http.StatusProxyAuthRequired)
	})
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := newTransport(1, nil)
	transport.Proxy = http.ProxyURL(at)
	c := newTestClient(t, "https://acme.api.kustomerapp.com", func(o *Options) { o.Transport = transport })
	_, err = c.Do(t.Context(), createThing("a"))
	if e := classified(t, err); e.Class != sinks.Fatal || !strings.Contains(e.Message, at.Host) || !strings.Contains(e.Message, "407") {
		t.Errorf("got %s %v", e.Class, e)
	}
}

func TestNoSuchHostAndNobodyThere(t *testing.T) {
	t.Parallel()
	if e := (&failure{err: &net.DNSError{Err: "no such host", IsNotFound: true}}); !isPermanent(e.err) {
		t.Error("a host that does not exist is tried again")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	c := newTestClient(t, address, func(o *Options) { o.OutageWait = 200 * time.Millisecond })
	_, err = c.Do(t.Context(), createThing("a"))
	if e := classified(t, err); e.Class != sinks.Fatal || !strings.Contains(e.Message, "could not be reached for 200ms") {
		t.Errorf("got %s %v", e.Class, e)
	}
}

// S2: the key is in nothing that can be printed, whatever the server sends.
func TestTheKeyStaysInside(t *testing.T) {
	s := newServer(t, func(n int, w http.ResponseWriter, r *http.Request) {
		echo := r.Header.Get("Authorization") + " " + base64.StdEncoding.EncodeToString([]byte(testKey)) + " " + hex.EncodeToString([]byte(testKey))
		w.Header().Set("Location", "https://"+testKey+".example/")
		w.Header().Set("Retry-After", testKey)
		always([]int{500, 301, 400, 401, 200}[n%5], fmt.Sprintf(`{"errors":[{"code":%q,"message":%q,"source":{"parameter":%q}}]}`, echo, echo, echo))(n, w, r)
	})
	var log bytes.Buffer
	var notices []pace.Event
	var said strings.Builder
	for range 10 {
		c := newTestClient(t, s.URL, func(o *Options) {
			o.Retries = 0
			o.Logger = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			o.Notify = func(n pace.Event) { notices = append(notices, n) }
		})
		_, _, findErr := c.Find(t.Context(), byExternalID("a@example.com"))
		_, doErr := c.Do(t.Context(), createThing("a"))
		for _, err := range []error{findErr, doErr} {
			for ; err != nil; err = errors.Unwrap(err) {
				fmt.Fprintf(&said, "%v %+v %#v\n", err, err, err)
			}
		}
		fmt.Fprintf(&said, "%v %+v %#v\n%+v %#v\n%+v %#v\n%+v %#v\n", c, c, c, c.wire, c.wire, c.gate, c.gate, c.wire.next, c.wire.next)
		text, err := json.Marshal(map[string]any{"client": c, "stats": c.Stats()})
		if err != nil {
			t.Fatal(err)
		}
		said.Write(text)
		slog.New(slog.NewTextHandler(&log, nil)).Info("client", "c", c, "wire", c.wire, "stats", c.Stats())
		slog.New(slog.NewJSONHandler(&log, nil)).Info("client", "c", c, "stats", c.Stats())
	}
	_, err := New(Options{BaseURL: "https://acme.api.kustomerapp.com"}, testKey+"\x00")
	fmt.Fprintf(&said, "%v %+v", err, notices)
	all := said.String() + log.String()
	for _, form := range []string{testKey, testKey[:20], base64.StdEncoding.EncodeToString([]byte(testKey))[:20], hex.EncodeToString([]byte(testKey))[:20]} {
		if i := strings.Index(all, form); i >= 0 {
			t.Errorf("the key shows: ...%s", all[max(0, i-200):i])
		}
	}
	if strings.Contains(all, "a@example.com") || strings.Contains(all, "a%40example.com") {
		t.Error("the value of a row shows")
	}
	if !strings.Contains(log.String(), `"path":"/v1/things/externalId={value}"`) {
		t.Errorf("no attempt was logged: %s", log.String())
	}
}

// countedConn counts its writes.
type countedConn struct {
	net.Conn
	writes *atomic.Int32
}

func (c countedConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// Headers and body leave in one write: net/http does that only for some types of bodies.
func TestARequestIsOneWrite(t *testing.T) {
	s := newServer(t, always(201, anyThing))
	transport := newTransport(1, nil)
	var writes atomic.Int32
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return countedConn{conn, &writes}, err
	}
	c := newTestClient(t, s.URL, func(o *Options) { o.Transport = transport })
	req := createThing("a")
	req.Payload["name"] = strings.Repeat("Ann ", 3000)
	for range 3 {
		if _, err := c.Do(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	if n := writes.Load(); n != 3 {
		t.Errorf("3 requests were written in %d pieces", n)
	}
}

func TestNewRefuses(t *testing.T) {
	const base = "https://acme.api.kustomerapp.com"
	for _, tc := range []struct{ name, base, key, says string }{
		{"no key", base, " \n", "the API key is empty"},
		{"a key with a line break", base, "abc\ndef", "the API key holds"},
		{"no address", "", "key", "names no host"},
		{"a bad address", "http://api.kustomerapp.com", "key", "in the clear"},
	} {
		if _, err := New(Options{BaseURL: tc.base}, tc.key); err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got %v, want %q in it", tc.name, err, tc.says)
		}
	}
	if _, err := New(Options{BaseURL: base, Budget: 80}, "key"); err == nil {
		t.Error("a budget of 8000% is taken")
	}
	if c, err := New(Options{BaseURL: base}, "key\n"); err != nil || c.wire.timeouts.each != 30*time.Second || cap(c.wire.workers) != 16 {
		t.Errorf("a key with a line break at its end: %v", err)
	}
}

func TestCheckBaseURL(t *testing.T) {
	for _, tc := range []struct {
		raw   string
		any   bool
		says  string
		fails bool
	}{
		{raw: BaseURL("acme")},
		{raw: "https://api.prod2.kustomerapp.com/"},
		{raw: "https://API.KUSTOMERAPP.COM."},
		{raw: "https://127.0.0.1:8911"},
		{raw: "http://127.0.0.1:8911"},
		{raw: "http://[::1]:8911"},
		{raw: "http://localhost:8911/base"},
		{raw: "https://proxy.example.com", any: true},
		{raw: "https://proxy.example.com", fails: true, says: "not under kustomerapp.com"},
		{raw: "https://kustomerapp.com.example.com", fails: true, says: "not under"},
		{raw: "https://evilkustomerapp.com", fails: true, says: "not under"},
		{raw: "https://kustomerapp.com@example.com", fails: true, says: "user name"},
		{raw: "http://acme.api.kustomerapp.com", fails: true, says: "in the clear"},
		{raw: "http://example.com", any: true, fails: true, says: "in the clear"},
		{raw: "http://localhost.example.com", any: true, fails: true, says: "in the clear"},
		{raw: "ftp://localhost", fails: true, says: "in the clear"},
		{raw: "https://", fails: true, says: "no host"},
		{raw: "acme.api.kustomerapp.com", fails: true, says: "no host"},
		{raw: "https://acme.api.kustomerapp.com?x=1", fails: true, says: "query"},
		{raw: "https://acme.api.kustomerapp.com#x", fails: true, says: "fragment"},
		{raw: "https://user:secret@api.kustomerapp.com", fails: true, says: "user name"},
		{raw: "https://a b", fails: true, says: "not an address"},
		{raw: "https://api.kustomerapp.com:x", fails: true, says: "not an address"},
	} {
		err := CheckBaseURL(tc.raw, tc.any)
		if (err != nil) != tc.fails || err != nil && (!strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: got %v", tc.raw, err)
		}
	}
}

func TestRedact(t *testing.T) {
	const secret = "s3cret/key+x"
	var out bytes.Buffer
	log := slog.New(Redact(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}), secret, "tiny"))
	log = log.With("bound", secret, "n", 7).WithGroup("g")
	log.Debug("the message has "+secret,
		"text", secret, "escaped", url.QueryEscape(secret), "base64", base64.URLEncoding.EncodeToString([]byte(secret)),
		"error", errors.New("refused "+secret), "header", http.Header{"Authorization": {"Bearer " + secret}}, secret, "key",
		slog.Group("sub", "bytes", []string{secret}), "jwt", testKey, "tiny", "tiny", "when", time.Unix(0, 0), "took", time.Second)
	var record map[string]any
	if err := json.Unmarshal(out.Bytes(), &record); err != nil {
		t.Fatalf("%v in %s", err, out.String())
	}
	for _, form := range []string{secret, "s3cret", "czNjcmV0", "eyJ"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%s shows in %s", form, out.String())
		}
	}
	for _, kept := range []string{`"n":7`, `"tiny":"tiny"`, `"took":1000000000`, `"msg":"the message has [redacted]"`} {
		if !strings.Contains(out.String(), kept) {
			t.Errorf("%s is not in %s", kept, out.String())
		}
	}
	if text := fmt.Sprintf("%+v %#v", log.Handler(), log.Handler()); strings.Contains(text, secret) {
		t.Errorf("the handler shows the secret: %s", text)
	}
}
