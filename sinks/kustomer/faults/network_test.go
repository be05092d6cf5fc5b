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
	{id: "F42", fault: "certificate expired, of another host, of an unknown issuer; TLS 1.1", oneReading: true, do: badTLS, size: size{10, 10, 10}},
	{id: "F43", fault: "DNS fails at the start", oneReading: true, do: noDNS, size: size{10, 10, 10}},
	{id: "F43", fault: "DNS fails for nine seconds in the middle of a load", oneReading: true, do: lostDNS, size: size{400, 400, 400}, rules: "delay=100ms method=POST"},
	{id: "F44", fault: "proxy answers 407, drops CONNECT, works", oneReading: true, do: proxies, size: size{20, 20, 20}, config: map[string]string{"outage_wait": "2s"}},
	{id: "F45", fault: "preview, validate and --dry-run", oneReading: true, do: dryRuns},
	{id: "F51", fault: "nothing listens at the address: outage_wait, then exit 4", oneReading: true, do: outage, config: map[string]string{"outage_wait": "3s"}},
}

// authority signs certificates.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  []byte
}

func (tr *trial) newAuthority() authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tr.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fault suite"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tr.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		tr.t.Fatal(err)
	}
	return authority{key, cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// sign makes a certificate for a host, valid until that time.
func (a authority) sign(tr *trial, host string, until time.Time) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		tr.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
}

// secure serves the scenario's server over TLS.
func (tr *trial) secure(config *tls.Config) *httptest.Server {
	front := httptest.NewUnstartedServer(tr.server)
	front.TLS = config
	front.Config.ErrorLog = discardLog()
	front.StartTLS()
	tr.t.Cleanup(func() { front.CloseClientConnections(); front.Close() })
	return front
}

func port(s *httptest.Server) string { return s.URL[strings.LastIndex(s.URL, ":")+1:] }

// badTLS tries certificates that must not be trusted, and one that must be.
func badTLS(tr *trial) string {
	good, other := tr.newAuthority(), tr.newAuthority()
	file := tr.path("ca.pem")
	if err := os.WriteFile(file, good.pem, 0o600); err != nil {
		tr.t.Fatal(err)
	}
	tr.env = []string{"SSL_CERT_FILE=" + file, "SSL_CERT_DIR=" + tr.path("none")}
	year := time.Now().Add(time.Hour)
	for what, config := range map[string]*tls.Config{
		"expired":        {Certificates: []tls.Certificate{good.sign(tr, "localhost", time.Now().Add(-time.Hour))}},
		"another host":   {Certificates: []tls.Certificate{good.sign(tr, "example.com", year)}},
		"unknown issuer": {Certificates: []tls.Certificate{other.sign(tr, "localhost", year)}},
		"TLS 1.1":        {Certificates: []tls.Certificate{good.sign(tr, "localhost", year)}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10},
	} {
		tr.url = "https://localhost:" + port(tr.secure(config))
		res := tr.start(command{args: tr.args("run", "--json")})
		tr.expect(res.exit == 4 && res.to == res.from, "%s: exit %d, %d requests: %s", what, res.exit, res.to-res.from, res.message())
		tr.expect(res.took < 20*time.Second, "%s: the run took %v, want less than 20 s", what, res.took)
	}
	tr.url = "https://localhost:" + port(tr.secure(&tls.Config{Certificates: []tls.Certificate{good.sign(tr, "localhost", year)}}))
	tr.run()
	return "4 refused without a request, the good one loads"
}

// noDNS checks that a host whose name cannot be resolved ends the run with a message that names it.
func noDNS(tr *trial) string {
	tr.want.exits = []int{4}
	tr.setMore("KUSTOMER", ", allow_host: true")
	tr.url = "https://no-such-host.invalid"
	res := tr.run()
	tr.expect(mentions(res.message(), "no-such-host.invalid") && res.hint() != "", "message %q, hint %q", res.message(), res.hint())
	return fmt.Sprintf("exit 4 after %.1f s: %s", res.took.Seconds(), firstWords(res.message(), 8))
}

// lostDNS removes the host's name from the child's /etc/hosts in the middle of a load, and adds it again. The child has
// an /etc/hosts and a name server of its own, and remembers a name for five seconds.
func lostDNS(tr *trial) string {
	const host = "api.kust.invalid"
	hosts, servers := tr.path("hosts"), tr.path("resolv.conf")
	tr.writeRows("hosts", "127.0.0.1 "+host+"\n")
	tr.writeRows("resolv.conf", "nameserver 127.0.0.1\n") // no name server listens there
	wrap := []string{"unshare", "--mount", "sh", "-c", "mount --bind " + hosts + " /etc/hosts && mount --bind " + servers + ` /etc/resolv.conf && exec "$@"`, "sh"}
	if out, err := exec.Command(wrap[0], append(wrap[1:], "true")...).CombinedOutput(); err != nil {
		tr.t.Skipf("needs the right to mount: %v %s", err, out)
	}
	ca := tr.newAuthority()
	if err := os.WriteFile(tr.path("ca.pem"), ca.pem, 0o600); err != nil {
		tr.t.Fatal(err)
	}
	tr.env = []string{"SSL_CERT_FILE=" + tr.path("ca.pem"), "SSL_CERT_DIR=" + tr.path("none")}
	front := tr.secure(&tls.Config{Certificates: []tls.Certificate{ca.sign(tr, host, time.Now().Add(time.Hour))}})
	tr.setMore("KUSTOMER", ", allow_host: true")
	here := tr.url
	tr.url = "https://" + host + ":" + port(front)
	var silence time.Duration
	res := tr.load(command{wrap: wrap, args: tr.args("run", "--json"), limit: tr.s.limit, during: func(*exec.Cmd) {
		go func() {
			tr.awaitArrival(100)
			tr.writeRows("hosts", "\n")
			for range 45 {
				time.Sleep(200 * time.Millisecond)
				front.CloseClientConnections()
			}
			silence = tr.longestSilence()
			tr.writeRows("hosts", "127.0.0.1 "+host+"\n")
		}()
	}})
	tr.expect(res.exit == 0, "exit %d: %s\n%s", res.exit, res.message(), tail(res.err))
	tr.expect(mentions(res.err, "lookup "+host), "no look-up of the host's name failed:\n%s", tail(res.err))
	tr.expect(silence > time.Second, "the longest time without a request is %v, want more than a second", silence)
	tr.want.noRerun = true
	tr.url = here
	return fmt.Sprintf("exit 0, %d of %d rows, no request for %.1f s", res.json.Summary.loaded(), res.json.Summary.Rows, silence.Seconds())
}

// longestSilence is the longest time so far in which no request came.
func (tr *trial) longestSilence() (longest time.Duration) {
	var times []time.Time
	for _, e := range tr.server.Events() {
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
func (tr *trial) setMore(name, text string) {
	s := *tr.s
	s.more = map[string]string{name: text}
	tr.writePipeline(s.pipeline())
}

// proxies puts proxies between kustsync and a host whose name only they know.
func proxies(tr *trial) string {
	ca := tr.newAuthority()
	file := tr.path("ca.pem")
	if err := os.WriteFile(file, ca.pem, 0o600); err != nil {
		tr.t.Fatal(err)
	}
	const host = "api.kust.invalid"
	front := tr.secure(&tls.Config{Certificates: []tls.Certificate{ca.sign(tr, host, time.Now().Add(time.Hour))}})
	tr.setMore("KUSTOMER", ", allow_host: true")
	tr.url = "https://" + host
	var seen sync.Map
	play := func(what string, want int, answer func(net.Conn)) result {
		tr.t.Helper()
		proxy := tr.proxy(&seen, answer)
		tr.env = []string{"SSL_CERT_FILE=" + file, "SSL_CERT_DIR=" + tr.path("none"), "HTTPS_PROXY=http://user:proxy-password@" + proxy}
		res := tr.run()
		tr.expect(res.exit == want, "%s: exit %d, want %d: %s", what, res.exit, want, res.message())
		tr.expect(!strings.Contains(res.out+res.err, "proxy-password"), "%s: the proxy's password is printed", what)
		return res
	}
	res := play("407", 4, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
	})
	tr.expect(mentions(res.message(), "proxy", "407"), "the message does not name the proxy: %s", res.message())
	play("dropped", 4, func(net.Conn) {})
	play("works", 0, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		tunnel(c, "127.0.0.1:"+port(front))
	})
	seen.Range(func(text, _ any) bool {
		tr.expect(!strings.Contains(text.(string), secret), "a proxy received the API key")
		return true
	})
	return "407 and a dropped CONNECT: exit 4, named; a good proxy loads and sees no key"
}

// proxy listens, notes the requests, and passes each to answer.
func (tr *trial) proxy(seen *sync.Map, answer func(net.Conn)) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.t.Cleanup(func() { _ = listener.Close() })
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

// dryRuns expects that preview, validate and --dry-run make no request.
func dryRuns(tr *trial) string {
	tr.want.partial, tr.want.noRerun = true, true
	for _, args := range [][]string{
		tr.args("preview"), tr.args("validate"), tr.args("run", "--dry-run"), tr.args("run", "--dry-run", "--json"), tr.args("status"),
	} {
		res := tr.start(command{args: args, env: []string{"KUSTOMER_API_KEY="}})
		tr.expect(res.exit == 0 && res.to == res.from, "%v: exit %d, %d requests\n%s", args, res.exit, res.to-res.from, tail(res.err))
	}
	res := tr.start(command{args: tr.args("run", "--json"), env: []string{"KUSTOMER_API_KEY="}})
	tr.expect(res.exit == 4 && res.to == res.from, "without a key: exit %d, %d requests", res.exit, res.to-res.from)
	res = tr.start(command{args: tr.args("run", "--dry-run", "--json")})
	tr.expect(res.json.Summary.Planned == 300, "%d rows planned, want 300", res.json.Summary.Planned)
	return "0 requests, 300 rows planned"
}

// outage runs while no server listens.
func outage(tr *trial) string {
	tr.run("--limit", "20")
	url := tr.url
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tr.t.Fatal(err)
	}
	_ = listener.Close()
	if err := tr.server.SetRules("reset-before from=1"); err != nil {
		tr.t.Fatal(err)
	}
	res := tr.load(command{args: tr.args("run")})
	tr.expect(res.exit == 4 && mentions(res.err, "cannot be reached"), "exit %d:\n%s", res.exit, tail(res.err))
	tr.expect(res.took > 2*time.Second, "the run gave up after %v, want more than 2 s: outage_wait is 3 s", res.took)
	if err := tr.server.SetRules("reset-before from=1 method=POST; reset-before from=1 kind=conversation"); err != nil {
		tr.t.Fatal(err)
	}
	later := tr.load(command{args: tr.args("run")})
	tr.expect(later.exit == 4 && mentions(later.err, "waiting up to 3s"), "mid-run: exit %d after %v:\n%s", later.exit, later.took, tail(later.err))
	if err := tr.server.SetRules(""); err != nil {
		tr.t.Fatal(err)
	}
	tr.url = url
	tr.run()
	return fmt.Sprintf("said why it waits, gave up after %.1f s and %.1f s, then whole", res.took.Seconds(), later.took.Seconds())
}
