package faults

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"
)

// servers are F38 to F41, F47 and F48: answers and connections that misbehave.
var servers = []scenario{
	{id: "F38", fault: "head and body drip, a byte every 50 ms", rules: `
		slow-head method=POST attempt=1 share=3%
		slow-body method=POST attempt=1 share=3%`, config: map[string]string{"timeout": "500ms"}},
	{id: "F39", fault: "100 MB of body, of headers, of interim answers", rules: `
		endless method=POST attempt=1 share=3%
		headers method=POST attempt=1 share=3%
		interim method=POST attempt=1 share=3%`},
	{id: "F40", fault: "gzip bomb: 256 KB that unpack to 256 MB", rules: "gzip method=POST attempt=1 share=5%"},
	{id: "F41", fault: "301, 302, 303, 307, 308 to another port, host and scheme", short: true, oneReading: true, do: redirects, size: size{10, 10, 10}},
	{id: "F47", fault: "connections held back and released in any order", do: heldBack, size: size{150, 150, 150}, rules: "delay=5ms", config: map[string]string{"timeout": "400ms"}},
	{id: "F48", fault: "soak: every network fault, 25% of requests, and kills", do: soak, size: size{334, 333, 333}, limit: 2 * time.Minute, rules: `
		reset-before method=POST share=3%
		reset-after method=POST share=3%
		hang-after method=POST share=1%
		status-after=500 method=POST share=3%
		status=503 method=POST share=3%
		late=600ms method=POST share=2%
		cut method=POST share=3%
		cut-unsized method=POST share=2%
		no-id method=POST share=2%
		html method=POST share=2%
		slow-body method=POST share=1%
		reset-before method=GET share=10%
		status=502 method=GET share=10%`, config: map[string]string{"timeout": "500ms", "workers": "16"}},
}

// redirects answers the check of the key, or a create, with each kind of redirect. No other server may get a request.
func redirects(tr *trial) string {
	var received atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		received.Add(1)
		w.WriteHeader(http.StatusOK)
	}))
	defer other.Close()
	tr.want.exits, tr.want.partial = []int{4}, true
	port := other.URL[strings.LastIndex(other.URL, ":"):]
	tries := 0
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{other.URL + "/v1/x", "http://localhost" + port + "/v1/x", "//127.0.0.2" + port + "/"} {
			for _, method := range []string{"GET", "POST"} {
				if err := tr.server.SetRules(fmt.Sprintf("redirect=%d,%s method=%s", code, to, method)); err != nil {
					tr.t.Fatal(err)
				}
				res := tr.start(command{args: tr.args("run", "--json")})
				tr.expect(res.exit == 4 && mentions(res.message(), "redirect"), "%d to %s: exit %d: %s", code, to, res.exit, res.message())
				tries++
				if tr.t.Failed() {
					return fmt.Sprintf("%d redirects", tries)
				}
			}
		}
	}
	tr.expect(received.Load() == 0, "the server that redirects name received %d requests, want none", received.Load())
	tr.expect(len(tr.server.Commits()) == 0, "%d objects were created, want none", len(tr.server.Commits()))
	return fmt.Sprintf("%d redirects, 0 followed, exit 4", tries)
}

// heldBack holds requests back and releases them during the whole load.
func heldBack(tr *trial) string {
	stop := make(chan struct{})
	defer close(stop)
	random := rand.New(rand.NewPCG(tr.options.Seed, 2))
	res := tr.load(command{args: tr.args("run", "--json"), during: func(*exec.Cmd) {
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Duration(random.IntN(100)) * time.Millisecond):
				}
				tr.server.HoldAll()
				time.Sleep(time.Duration(200+random.IntN(500)) * time.Millisecond)
				tr.server.ReleaseAll(random)
			}
		}()
	}})
	if tr.patience() > 1 && res.exit == 1 {
		res = tr.until(2)
	}
	return tr.figure(res)
}

// soak loads 1,000 rows with every fault at once, and kills the run six times.
func soak(tr *trial) string {
	for range 6 {
		tr.killed(killSignal, time.Duration(300+tr.random.IntN(1500))*time.Millisecond)
	}
	res := tr.until(5)
	return fmt.Sprintf("%d kills, %s", tr.totals.kills, tr.figure(res))
}
