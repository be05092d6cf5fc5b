package sandbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

func TestFaultsForOneObject(t *testing.T) {
	faults, err := ParseFaults("503-before@x#2,get-500-before@/v1/customers/externalId=x")
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, Options{Faults: faults, Unique: UniqueCustomers})
	ana := create(t, s, "/v1/customers", `{}`)
	body := `{"customer":"` + ana + `","externalId":"x"}`
	for i, status := range []int{201, 503, 201} {
		if got := do(t, s, "POST", "/v1/conversations", body).status; got != status {
			t.Errorf("attempt %d: %d, want %d", i+1, got, status)
		}
	}
	do(t, s, "GET", "/v1/customers/externalId=x", "").want(t, 500)
	do(t, s, "GET", "/v1/customers/externalId=y", "").want(t, 404)
}

func TestFaultsFindUpdatesByExternalID(t *testing.T) {
	faults, err := ParseFaults("503-before@x#1")
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, Options{})
	path := "/v1/customers/" + create(t, s, "/v1/customers", `{"externalId":"x"}`)
	s.faults.Set(faults, 0)
	do(t, s, "PATCH", path, `{"name":"a"}`).want(t, 503)
	do(t, s, "PATCH", path, `{"name":"a"}`).want(t, 200)
}

// serve puts a sandbox behind a real connection.
func serve(t *testing.T, o Options) (*Server, *httptest.Server) {
	t.Helper()
	s := newServer(t, o)
	web := httptest.NewServer(s)
	t.Cleanup(func() {
		ignore(s.Close())
		web.Close()
	})
	return s, web
}

// TestFaultsOnTheWire sends one create into each kind of fault and looks at what the client sees
// and at what was written.
func TestFaultsOnTheWire(t *testing.T) {
	gaveUp := func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
	reset := func(err error) bool { return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) }
	short := func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }
	for _, c := range []struct {
		spec    string
		written bool
		status  int // seen
		fails   func(error) bool
		body    func(string) bool
	}{
		{spec: "500-before", status: 500},
		{spec: "500-after", status: 500, written: true},
		{spec: "429", status: 429},
		{spec: "html-502", status: 502, written: true, body: func(b string) bool { return strings.HasPrefix(b, "<html>") }},
		{spec: "html-502-before", status: 502},
		{spec: "html-200", status: 200, written: true},
		{spec: "reset-before", fails: reset},
		{spec: "reset-after", fails: reset, written: true},
		{spec: "timeout-before", fails: gaveUp},
		{spec: "timeout-after", fails: gaveUp, written: true},
		{spec: "late=1h", fails: gaveUp},
		{spec: "slow=1ms", status: 201, written: true},
		{spec: "drip=1us", status: 201, written: true, body: func(b string) bool { return strings.HasSuffix(b, "}}") }},
		{spec: "truncate", status: 201, written: true, fails: short},
		{spec: "truncate=1", status: 201, written: true, fails: short, body: func(b string) bool { return b == "{" }},
		{spec: "truncate-open=10", status: 201, written: true, body: func(b string) bool { return len(b) == 10 }},
		{spec: "empty", status: 201, written: true, body: func(b string) bool { return b == "" }},
		{spec: "no-id", status: 201, written: true, body: func(b string) bool { return !strings.Contains(b, `"id"`) }},
	} {
		t.Run(c.spec, func(t *testing.T) {
			t.Parallel()
			faults, err := ParseFaults(c.spec)
			if err != nil {
				t.Fatal(err)
			}
			s, web := serve(t, Options{Faults: faults})
			status, body, err := post(t, web, `{"externalId":"x"}`)
			if (err != nil) != (c.fails != nil) || c.fails != nil && !c.fails(err) {
				t.Errorf("the client got the error %v", err)
			}
			if status != c.status {
				t.Errorf("the client got the status %d, want %d", status, c.status)
			}
			if c.body != nil && !c.body(body) {
				t.Errorf("the client got the body %q", body)
			}
			found := do(t, s, "GET", "/v1/customers/externalId=x", "").status == http.StatusOK
			if found != c.written {
				t.Errorf("the customer is there: %v, want %v", found, c.written)
			}
			if n := s.stats.Document()["faults"].(wire.Document)[faults[0].Kind]; n != 1 {
				t.Errorf("the fault is counted %v times, want 1", n)
			}
		})
	}
}

// post sends one create with a short deadline.
func post(t *testing.T, web *httptest.Server, body string) (status int, text string, err error) {
	t.Helper()
	return postTo(t, web, "/v1/customers", body)
}

func postTo(t *testing.T, web *httptest.Server, path, body string) (status int, text string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "POST", web.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer x")
	r.Header.Set("Content-Type", "application/json")
	res, err := web.Client().Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { ignore(res.Body.Close()) }()
	all, err := io.ReadAll(res.Body)
	return res.StatusCode, string(all), err
}

// TestLateCommit sends a create that is written after the client gave up.
func TestLateCommit(t *testing.T) {
	faults, err := ParseFaults("late=1ms")
	if err != nil {
		t.Fatal(err)
	}
	s, web := serve(t, Options{Faults: faults})
	if _, _, err := post(t, web, `{"externalId":"x"}`); err == nil {
		t.Fatal("the client got an answer")
	}
	for do(t, s, "GET", "/v1/customers/externalId=x", "").status != http.StatusOK {
		if t.Context().Err() != nil {
			t.Fatal("the customer was never written")
		}
	}
}

// TestCloseEndsHeldRequests ends a request that a fault holds.
func TestCloseEndsHeldRequests(t *testing.T) {
	faults, err := ParseFaults("timeout-after")
	if err != nil {
		t.Fatal(err)
	}
	s, web := serve(t, Options{Faults: faults})
	answered := make(chan error, 1)
	go func() {
		r, err := http.NewRequest("POST", web.URL+"/v1/customers", strings.NewReader(`{"externalId":"x"}`))
		if err == nil {
			r.Header.Set("Authorization", "Bearer x")
			r.Header.Set("Content-Type", "application/json")
			var res *http.Response
			if res, err = http.DefaultClient.Do(r); err == nil {
				err = res.Body.Close()
			}
		}
		answered <- err
	}()
	for do(t, s, "GET", "/v1/customers/externalId=x", "").status != http.StatusOK {
		if t.Context().Err() != nil {
			t.Fatal("the customer was never written")
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err == nil {
		t.Error("the held request got an answer")
	}
	do(t, s, "GET", "/v1/users/current", "").want(t, http.StatusServiceUnavailable)
}

// TestFaultsWithoutAConnection resets a connection that cannot be taken from net/http: the request ends with
// http.ErrAbortHandler.
func TestFaultsWithoutAConnection(t *testing.T) {
	faults, err := ParseFaults("reset-after")
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, Options{Faults: faults})
	defer func() {
		if got := recover(); got != http.ErrAbortHandler { //nolint:errorlint // the value itself is the contract
			t.Errorf("recovered %v, want http.ErrAbortHandler", got)
		}
	}()
	do(t, s, "POST", "/v1/customers", `{}`)
}

// TestEveryFaultIsTested wants a case for each kind of fault that the help names.
func TestEveryFaultIsTested(t *testing.T) {
	var tests []byte
	for _, name := range []string{"faults_test.go", "job_test.go"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		tests = append(tests, text...)
	}
	found := 0
	for line := range strings.Lines(FaultHelp()) {
		kind := regexp.MustCompile(`^  ([a-zN-]+)`).FindStringSubmatch(line)
		if kind == nil {
			continue
		}
		found++
		spec := strings.ReplaceAll(regexp.QuoteMeta(kind[1]), "NNN", `\d+`)
		if !regexp.MustCompile(`"` + spec + `[":=@]`).Match(tests) {
			t.Errorf("the fault %s has no case in TestFaultsOnTheWire (faults_test.go), TestJobFaults or TestItemFaults (job_test.go)", kind[1])
		}
	}
	if found < 20 {
		t.Errorf("the help names only %d kinds of faults", found)
	}
}
