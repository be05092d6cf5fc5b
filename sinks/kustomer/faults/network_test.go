package faults

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// networks are F42 to F45: certificates, names, proxies, and runs that must not use the network.
var networks = []scenario{
	{id: "F42", fault: "certificate expired, of another host, of an unknown issuer; TLS 1.1", fewer: true, do: badTLS, size: size{10, 10, 10}},
	{id: "F43", fault: "DNS fails at the start", fewer: true, do: noDNS, size: size{10, 10, 10}},
	{id: "F43", fault: "DNS fails for nine seconds in the middle of a load", fewer: true, do: lostDNS, size: size{400, 400, 400}, rules: "delay=100ms method=POST"},
	{id: "F44", fault: "proxy answers 407, drops CONNECT, works", fewer: true, do: proxies, size: size{20, 20, 20}, config: map[string]string{"outage_wait": "2s"}},
	{id: "F45", fault: "preview, validate and --dry-run", fewer: true, do: dryRuns},
	{id: "F51", fault: "nobody listens: outage_wait, then exit 4", fewer: true, do: outage, config: map[string]string{"outage_wait": "3s"}},
}

// authority signs certificates.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  []byte
}

func (l *lab) newAuthority() authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		l.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fault lane"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		l.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		l.t.Fatal(err)
	}
	return authority{key, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// sign makes a certificate for a host, good until then.
func (a authority) sign(l *lab, host string, until time.Time) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		l.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
}

// secure serves the lab's server with a certificate.
func (l *lab) secure(config *tls.Config) *httptest.Server {
	front := httptest.NewUnstartedServer(l.server)
	front.TLS = config
	front.Config.ErrorLog = discardLog()
	front.StartTLS()
	l.t.Cleanup(func() { front.CloseClientConnections(); front.Close() })
	return front
}

func port(s *httptest.Server) string { return s.URL[strings.LastIndex(s.URL, ":")+1:] }

// badTLS tries certificates that must not be trusted, and one that must.
func badTLS(l *lab) string {
	good, other := l.newAuthority(), l.newAuthority()
	file := l.path("ca.pem")
	if err := os.WriteFile(file, good.pem, 0o600); err != nil {
		l.t.Fatal(err)
	}
	l.env = []string{"SSL_CERT_FILE=" + file, "SSL_CERT_DIR=" + l.path("none")}
	year := time.Now().Add(time.Hour)
	for what, config := range map[string]*tls.Config{
		"expired":        {Certificates: []tls.Certificate{good.sign(l, "localhost", time.Now().Add(-time.Hour))}},
		"another host":   {Certificates: []tls.Certificate{good.sign(l, "example.com", year)}},
		"unknown issuer": {Certificates: []tls.Certificate{other.sign(l, "localhost", year)}},
		"TLS 1.1":        {Certificates: []tls.Certificate{good.sign(l, "localhost", year)}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10},
	} {
		l.url = "https://localhost:" + port(l.secure(config))
		res := l.start(command{args: l.args("run", "--json")})
		l.expect(res.exit == 4 && res.to == res.from, "%s: exit %d, %d requests: %s", what, res.exit, res.to-res.from, res.message())
		l.expect(res.took < 20*time.Second, "%s: it took %v", what, res.took)
	}
	l.url = "https://localhost:" + port(l.secure(&tls.Config{Certificates: []tls.Certificate{good.sign(l, "localhost", year)}}))
	l.run()
	return "4 refused without a request, the good one loads"
}

func noDNS(l *lab) string {
	l.want.exits = []int{4}
	l.setMore("KUSTOMER", ", allow_host: true")
	l.url = "https://no-such-host.invalid"
	res := l.run()
	l.expect(mentions(res.message(), "no-such-host.invalid") && res.hint() != "", "message %q, hint %q", res.message(), res.hint())
	return fmt.Sprintf("exit 4 after %.1f s: %s", res.took.Seconds(), firstWords(res.message(), 8))
}

// lostDNS takes the host's name out of the child's name service in the middle of a load, and puts it back.
// The child sees a /etc/hosts and a name server of its own; names that it has looked up it knows for five
// seconds.
func lostDNS(l *lab) string {
	const host = "api.kust.invalid"
	hosts, servers := l.path("hosts"), l.path("resolv.conf")
	l.writeRows("hosts", "127.0.0.1 "+host+"\n")
	l.writeRows("resolv.conf", "nameserver 127.0.0.1\n") // where none listens
	wrap := []string{"unshare", "--mount", "sh", "-c", "mount --bind " + hosts + " /etc/hosts && mount --bind " + servers + ` /etc/resolv.conf && exec "$@"`, "sh"}
	if out, err := exec.Command(wrap[0], append(wrap[1:], "true")...).CombinedOutput(); err != nil {
		l.t.Skipf("needs the right to mount: %v %s", err, out)
	}
	ca := l.newAuthority()
	if err := os.WriteFile(l.path("ca.pem"), ca.pem, 0o600); err != nil {
		l.t.Fatal(err)
	}
	l.env = []string{"SSL_CERT_FILE=" + l.path("ca.pem"), "SSL_CERT_DIR=" + l.path("none")}
	front := l.secure(&tls.Config{Certificates: []tls.Certificate{ca.sign(l, host, time.Now().Add(time.Hour))}})
	l.setMore("KUSTOMER", ", allow_host: true")
	here := l.url
	l.url = "https://" + host + ":" + port(front)
	var silence time.Duration
	res := l.load(command{wrap: wrap, args: l.args("run", "--json"), limit: l.s.limit, during: func(*exec.Cmd) {
		go func() {
			l.awaitArrival(100)
			l.writeRows("hosts", "\n")
			for range 45 {
				time.Sleep(200 * time.Millisecond)
				front.CloseClientConnections()
			}
			silence = l.longestSilence()
			l.writeRows("hosts", "127.0.0.1 "+host+"\n")
		}()
	}})
	l.expect(res.exit == 0, "exit %d: %s\n%s", res.exit, res.message(), tail(res.err))
	l.expect(mentions(res.err, "lookup "+host), "the name was never missed:\n%s", tail(res.err))
	l.expect(silence > time.Second, "Kustomer was reached all the time, the longest silence is %v", silence)
	l.want.noRerun = true
	l.url = here
	return fmt.Sprintf("exit 0, %d of %d rows, nobody heard for %.1f s", res.said.Summary.loaded(), res.said.Summary.Rows, silence.Seconds())
}

// longestSilence is the longest time so far in which no request came.
func (l *lab) longestSilence() (longest time.Duration) {
	var times []time.Time
	for _, e := range l.server.Events() {
		times = append(times, e.At)
	}
	times = append(times, time.Now())
	slices.SortFunc(times, time.Time.Compare)
	for i := 1; i < len(times); i++ {
		longest = max(longest, times[i].Sub(times[i-1]))
	}
	return longest
}

// setMore changes the text of the pipeline.
func (l *lab) setMore(name, text string) {
	s := *l.s
	s.more = map[string]string{name: text}
	l.writePipeline(s.pipeline())
}

// proxies puts proxies between kustsync and a host that only they know.
func proxies(l *lab) string {
	ca := l.newAuthority()
	file := l.path("ca.pem")
	if err := os.WriteFile(file, ca.pem, 0o600); err != nil {
		l.t.Fatal(err)
	}
	const host = "api.kust.invalid"
	front := l.secure(&tls.Config{Certificates: []tls.Certificate{ca.sign(l, host, time.Now().Add(time.Hour))}})
	l.setMore("KUSTOMER", ", allow_host: true")
	l.url = "https://" + host
	var seen sync.Map
	play := func(what string, want int, answer func(net.Conn)) result {
		l.t.Helper()
		proxy := l.proxy(&seen, answer)
		l.env = []string{"SSL_CERT_FILE=" + file, "SSL_CERT_DIR=" + l.path("none"), "HTTPS_PROXY=http://user:proxy-password@" + proxy}
		res := l.run()
		l.expect(res.exit == want, "%s: exit %d, want %d: %s", what, res.exit, want, res.message())
		l.expect(!strings.Contains(res.out+res.err, "proxy-password"), "%s: the proxy's password is printed", what)
		return res
	}
	res := play("407", 4, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
	})
	l.expect(mentions(res.message(), "proxy", "407"), "the message does not name the proxy: %s", res.message())
	play("dropped", 4, func(net.Conn) {})
	play("works", 0, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		tunnel(c, "127.0.0.1:"+port(front))
	})
	seen.Range(func(text, _ any) bool {
		l.expect(!strings.Contains(text.(string), secret), "a proxy saw the key")
		return true
	})
	return "407 and a dropped CONNECT: exit 4, named; a good proxy loads and sees no key"
}

// proxy listens, notes what it is asked, and lets answer deal with the rest.
func (l *lab) proxy(seen *sync.Map, answer func(net.Conn)) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				request, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				seen.Store(fmt.Sprint(request.Method, request.Host, request.Header), true)
				answer(conn)
			}()
		}
	}()
	return listener.Addr().String()
}

func tunnel(c net.Conn, to string) {
	server, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() { _, _ = io.Copy(server, c) }()
	_, _ = io.Copy(c, server)
}

// dryRuns looks without touching: no request at all.
func dryRuns(l *lab) string {
	l.want.partial, l.want.noRerun = true, true
	for _, args := range [][]string{
		l.args("preview"), l.args("validate"), l.args("run", "--dry-run"), l.args("run", "--dry-run", "--json"), l.args("status"),
	} {
		res := l.start(command{args: args, env: []string{"KUSTOMER_API_KEY="}})
		l.expect(res.exit == 0 && res.to == res.from, "%v: exit %d, %d requests\n%s", args, res.exit, res.to-res.from, tail(res.err))
	}
	res := l.start(command{args: l.args("run", "--json"), env: []string{"KUSTOMER_API_KEY="}})
	l.expect(res.exit == 4 && res.to == res.from, "without a key: exit %d, %d requests", res.exit, res.to-res.from)
	res = l.start(command{args: l.args("run", "--dry-run", "--json")})
	l.expect(res.said.Summary.Planned == 300, "%d rows planned, want 300", res.said.Summary.Planned)
	return "0 requests, 300 rows planned"
}

// outage goes on with a load while nobody listens.
func outage(l *lab) string {
	l.run("--limit", "20")
	url := l.url
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		l.t.Fatal(err)
	}
	_ = listener.Close()
	if err := l.server.SetRules("reset-before from=1"); err != nil {
		l.t.Fatal(err)
	}
	res := l.load(command{args: l.args("run")})
	l.expect(res.exit == 4 && mentions(res.err, "cannot be reached"), "exit %d:\n%s", res.exit, tail(res.err))
	l.expect(res.took > 2*time.Second, "it gave up after %v, with 3 s to wait", res.took)
	if err := l.server.SetRules("reset-before from=1 method=POST; reset-before from=1 kind=conversation"); err != nil {
		l.t.Fatal(err)
	}
	later := l.load(command{args: l.args("run")})
	l.expect(later.exit == 4 && mentions(later.err, "waiting up to 3s"), "mid-run: exit %d after %v:\n%s", later.exit, later.took, tail(later.err))
	if err := l.server.SetRules(""); err != nil {
		l.t.Fatal(err)
	}
	l.url = url
	l.run()
	return fmt.Sprintf("told, gave up after %.1f s and %.1f s, then whole", res.took.Seconds(), later.took.Seconds())
}
