package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// crashPipeline loads three steps, each of which refers to the one before. Its quiet time is short, but longer than the
// sandbox's late answers take.
const crashPipeline = `
version: 1
name: crash
kustomer: { base_url: "${URL}" }
run: { workers: 16, in_doubt_wait: 2s, bulk_in_doubt_wait: 3s, timeout: 1s, max_errors: 100%, retries: 20 }
steps:
  customer:
    from: customers.csv
    sink: create_customer
    key: "c{{ .id }}"
    mapping: { name: "{{ .name }}", emails: [{ email: "{{ .email }}" }] }
  conversation:
    from: conversations.csv
    sink: create_conversation
    key: "t{{ .id }}"
    mapping: { customer: '{{ ref "customer" (print "c" .customer) }}', name: "{{ .subject }}" }
  message:
    from: messages.ndjson
    sink: send_message
    key: "m{{ .id }}"
    mapping:
      conversation: '{{ ref "conversation" (print "t" .ticket) }}'
      channel: email
      direction: in
      preview: "{{ .body }}"
      sentAt: "{{ .at | date }}"
`

// crashFaults are injected before the write, after it, and as late answers; the client's timeout is a second.
const crashFaults = "500-before:1%,500-after:2%,reset-before:1%,reset-after:2%,truncate:1%,no-id:1%,late=1500ms:0.5%,get-500-before:2%"

// bulkFaults are injected into bulk jobs besides. A job takes less than half a second (BulkDelay).
const bulkFaults = ",job-lost:3%,job-lost-after:3%,item-error:1%,item-missing:1%"

// crashScale is how large a test with kills is: short in go test, larger by make crash-short, which CI runs, and full
// by make crash.
type crashScale struct {
	short      bool          // only one case of each kind
	rows       int           // customers; as many conversations, three times as many messages
	kills      int           // SIGKILLs
	least, gap time.Duration // a run is killed after least, and gap at most
}

func crashScales() crashScale {
	switch os.Getenv("KUSTSYNC_CRASH") {
	case "full":
		return crashScale{rows: 20_000, kills: 10, least: 500 * time.Millisecond, gap: 6 * time.Second}
	case "ci":
		return crashScale{rows: 150, kills: 5, least: 50 * time.Millisecond, gap: 500 * time.Millisecond}
	}
	return crashScale{short: true, rows: 40, kills: 2, least: 50 * time.Millisecond, gap: 250 * time.Millisecond}
}

// TestCrash kills a load at random, again and again, against a sandbox that loses answers. In the
// end the sandbox must hold every row once, and the ledger must agree with it id by id.
func TestCrash(t *testing.T) {
	for _, c := range []struct {
		name      string
		unique    sandbox.Unique
		duplicate int
		shape     sandbox.ErrorShape
		flags     []string
		long      bool // not in the short form
	}{
		{"external ids unique", sandbox.UniqueAll, 409, sandbox.ShapeA, []string{"--bulk", "never"}, true},
		{"conversations and messages not unique", sandbox.UniqueCustomers, 400, sandbox.ShapeB, []string{"--bulk", "never"}, false},
		{"external ids unique, in bulk", sandbox.UniqueAll, 409, sandbox.ShapeA, []string{"--bulk", "always"}, true},
		{"conversations and messages not unique, in bulk", sandbox.UniqueCustomers, 400, sandbox.ShapeB, []string{"--bulk", "always"}, false},
	} {
		if c.long && crashScales().short {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			faults, err := sandbox.ParseFaults(crashFaults + bulkFaults)
			if err != nil {
				t.Fatal(err)
			}
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			box, err := sandbox.New(sandbox.Options{
				Unique: c.unique, DuplicateStatus: c.duplicate, ErrorShape: c.shape, Faults: faults, Seed: seed,
				BulkDelay: 300 * time.Millisecond, BulkBatch: 40,
			})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(box)
			defer server.Close()
			crash(t, server.URL, c.flags, crashScales(), rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

func crash(t *testing.T, url string, flags []string, scale crashScale, random *rand.Rand) {
	dir := t.TempDir()
	writeCrashFiles(t, dir, scale.rows)
	kills := 0
	for range scale.kills {
		wait := scale.least + time.Duration(random.Int64N(int64(scale.gap)))
		if !killAfter(t, crashRun(dir, url, flags), wait) {
			break
		}
		kills++
	}
	for try := 1; ; try++ {
		out, err := crashRun(dir, url, flags).CombinedOutput()
		if err == nil {
			break
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitRows || try == 5 {
			t.Fatalf("run %d after the kills: %v\n%s", try, err, out)
		}
	}
	t.Logf("%d kills", kills)
	compareLedger(t, dir, url, map[string]int{"customer": scale.rows, "conversation": scale.rows, "message": 3 * scale.rows})
}

// crashRun is one run in a process of its own.
func crashRun(dir, url string, flags []string) *exec.Cmd {
	args := append([]string{"run", "--quiet", "--var", "URL=" + url, filepath.Join(dir, "pipeline.yaml")}, flags...)
	cmd := exec.Command("kustsync", args...)
	cmd.Env = append(os.Environ(), "KUSTOMER_API_KEY=crash-key")
	return cmd
}

// killAfter starts a process and kills it after wait. False: it had ended by then.
func killAfter(t *testing.T, cmd *exec.Cmd, wait time.Duration) bool {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil && cmd.ProcessState.ExitCode() != exitRows {
			t.Fatalf("the run ended by itself: %v\n%s", err, out.String())
		}
		return false
	case <-time.After(wait):
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
	return true
}

// writeCrashFiles writes the pipeline and its sources with that many customers.
func writeCrashFiles(t *testing.T, dir string, rows int) {
	t.Helper()
	var customers, conversations, messages strings.Builder
	customers.WriteString("id,name,email\n")
	conversations.WriteString("id,customer,subject\n")
	for i := range rows {
		fmt.Fprintf(&customers, "%d,Name %d,u%d@example.com\n", i, i, i)
		fmt.Fprintf(&conversations, "%d,%d,Subject %d\n", i, i, i)
		for n := range 3 {
			fmt.Fprintf(&messages, `{"id":"%d-%d","ticket":%d,"body":"text %d","at":"2024-05-01T10:%02d:00Z"}`+"\n", i, n, i, i, n)
		}
	}
	for name, text := range map[string]string{
		"pipeline.yaml": crashPipeline, "customers.csv": customers.String(),
		"conversations.csv": conversations.String(), "messages.ndjson": messages.String(),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// compareLedger compares what the sandbox holds with what the ledger says, id by id.
func compareLedger(t *testing.T, dir, url string, want map[string]int) {
	t.Helper()
	cmd := exec.Command("kustsync", "ledger", "--format", "ndjson", "--var", "URL="+url, filepath.Join(dir, "pipeline.yaml"))
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("reading the ledger: %v", err)
	}
	ledgerIDs := map[string]string{}
	for line := range bytes.Lines(text) {
		var e struct {
			Key, Outcome string
			ID           string `json:"kustomer_id"`
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		if e.Outcome != "created" {
			t.Errorf("the ledger says %s is %s", e.Key, e.Outcome)
		}
		ledgerIDs[e.Key] = e.ID
	}
	for kind, n := range want {
		objects := sandboxObjects(t, url, kind)
		if len(objects) != n {
			t.Errorf("%d objects of kind %s, want %d", len(objects), kind, n)
		}
		seen := map[string]bool{}
		for _, o := range objects {
			if seen[o.ExternalID] {
				t.Errorf("the sandbox has two objects of kind %s with external id %s", kind, o.ExternalID)
			}
			seen[o.ExternalID] = true
			if ledgerIDs[o.ExternalID] != o.ID {
				t.Errorf("%s %s has id %s, the ledger says %q", kind, o.ExternalID, o.ID, ledgerIDs[o.ExternalID])
			}
		}
	}
}

// sandboxObject is an object as GET /_sandbox/objects lists it.
type sandboxObject struct {
	Type, ID, ExternalID string
	Attributes           map[string]any
}

func sandboxObjects(t *testing.T, url, kind string) []sandboxObject {
	t.Helper()
	body := get(t, url+"/_sandbox/objects?type="+kind)
	var objects []sandboxObject
	lines := bufio.NewReader(bytes.NewReader(body))
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var o sandboxObject
			if err := json.Unmarshal(line, &o); err != nil {
				t.Fatal(err)
			}
			objects = append(objects, o)
		}
		if errors.Is(err, io.EOF) {
			return objects
		}
	}
}
