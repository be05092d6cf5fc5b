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

// benchIdentity answers the pre-flight: whose the key is.
const benchIdentity = `{"data":{"type":"api_token","id":"650000000000000000000003","attributes":{"name":"bench","roles":["org"]},` +
	`"relationships":{"org":{"data":{"type":"org","id":"650000000000000000000001"}}}}}`

// benchAnswer is the answer to a create, 1.6 kB as Kustomer writes it (kustomer-api.md 5.3), save for
// its id and external id.
const benchAnswer = `{"data":{"type":"customer","id":"%[1]s","attributes":{"name":"Ana Ruiz","displayName":"Ana Ruiz",` +
	`"externalId":"%[2]s","externalIds":[{"externalId":"%[2]s","verified":true}],"sharedExternalIds":[],` +
	`"emails":[{"type":"work","verified":false,"email":"ana@example.com"}],"sharedEmails":[],` +
	`"phones":[{"type":"mobile","verified":false,"phone":"+15550100"}],"sharedPhones":[],` +
	`"whatsapps":[],"facebookIds":[],"instagramIds":[],"socials":[],"sharedSocials":[],"urls":[],"locations":[],"activeUsers":[],` +
	`"watchers":[],"recentLocation":{"updatedAt":"2026-01-02T03:04:05.006Z"},"locale":"en_US","timeZone":"America/New_York",` +
	`"tags":[],"sentiment":{"polarity":0,"confidence":0},"custom":{"tierStr":"gold","mrrNum":12.5},` +
	`"createdAt":"2026-01-02T03:04:05.006Z","updatedAt":"2026-01-02T03:04:05.006Z","modifiedAt":"2026-01-02T03:04:05.006Z",` +
	`"lastActivityAt":"2026-01-02T03:04:05.006Z","conversationCounts":{"all":0,"open":0,"snoozed":0,"done":0},` +
	`"preview":{},"progressiveStatus":null,"verified":true,"deleted":false,"rev":1},` +
	`"relationships":{"org":{"links":{"self":"/v1/orgs/650000000000000000000001"},"data":{"type":"org","id":"650000000000000000000001"}},` +
	`"messages":{"links":{"self":"/v1/customers/%[1]s/messages"}},` +
	`"createdBy":{"links":{"self":"/v1/users/650000000000000000000002"},"data":{"type":"user","id":"650000000000000000000002"}},` +
	`"modifiedBy":{"links":{"self":"/v1/users/650000000000000000000002"},"data":{"type":"user","id":"650000000000000000000002"}}},` +
	`"links":{"self":"/v1/customers/%[1]s"}}}`

// benchServer answers creates at once and without rate-limit headers, so that the client is what is
// measured.
type benchServer struct {
	*httptest.Server
	creates, others atomic.Int64

	mu     sync.Mutex
	bodies io.Writer // gets every body, one a line; nil for none
}

func newBenchServer(t *testing.T) *benchServer {
	s := &benchServer{}
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
	_, _ = fmt.Fprintf(w, benchAnswer, id, externalIDOf(body))
}

// externalIDOf cuts the external id out of a body: what a server would spend on more is not measured.
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

// capture sends every body that comes to w; nil ends that.
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
