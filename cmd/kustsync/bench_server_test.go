package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// benchIdentity is the answer to the pre-flight request: the identity of the key.
const benchIdentity = `{"data":{"type":"api_token","id":"650000000000000000000003","attributes":{"name":"bench","roles":["org"]},` +
	`"relationships":{"org":{"data":{"type":"org","id":"650000000000000000000001"}}}}}`

// benchAnswer is the answer to a create, 1.6 kB as Kustomer writes it (kustomer-api.md 5.3), with room for its
// id and its external id.
func benchAnswer(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/answers/customer.json")
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("65a0c0ffee65a0c0ffee65a0", "%[1]s", "crm-1", "%[2]s").Replace(strings.TrimSpace(string(text)))
}

// benchServer answers creates at once and without rate-limit headers, so that the client is what is
// measured.
type benchServer struct {
	*httptest.Server
	creates, others atomic.Int64
	answer          string // a format

	mu     sync.Mutex
	bodies io.Writer // gets every body, one a line; nil for none
}

func newBenchServer(t *testing.T) *benchServer {
	s := &benchServer{answer: benchAnswer(t)}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// ServeHTTP implements http.Handler.
func (s *benchServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if r.Method != http.MethodPost {
		s.others.Add(1)
		_, _ = io.WriteString(w, benchIdentity)
		return
	}
	id := strconv.FormatInt(0x65a0c0ffee<<24+s.creates.Add(1), 16)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	s.record(body)
	w.WriteHeader(http.StatusCreated)
	_, _ = fmt.Fprintf(w, s.answer, id, externalIDOf(body))
}

// externalIDOf finds the external id in a body without decoding it, so that the server takes little CPU.
func externalIDOf(body []byte) []byte {
	_, rest, _ := bytes.Cut(body, []byte(`"externalId":"`))
	id, _, _ := bytes.Cut(rest, []byte(`"`))
	return id
}

func (s *benchServer) record(body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bodies != nil {
		_, _ = s.bodies.Write(append(body, '\n'))
	}
}

// capture writes every body that arrives to w from now on; nil stops that.
func (s *benchServer) capture(w io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies = w
}

// bareLoop is the command bare-loop URL FILE: it posts the lines of a file from 32 goroutines, and
// does nothing else. It is what net/http allows on this machine.
func bareLoop() {
	if err := postLines(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func postLines(url, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: benchWorkers, MaxIdleConnsPerHost: benchWorkers, DisableCompression: true}}
	lines := make(chan string, benchWorkers)
	var failed atomic.Pointer[error]
	var workers sync.WaitGroup
	for range benchWorkers {
		workers.Go(func() {
			for line := range lines {
				if err := post(client, url, line); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	scan := bufio.NewScanner(file)
	for scan.Scan() {
		lines <- scan.Text()
	}
	close(lines)
	workers.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return scan.Err()
}

func post(client *http.Client, url, body string) error {
	res, err := client.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s answers %s", url, res.Status)
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err
}
