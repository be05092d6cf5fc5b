package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// bulkPipeline loads customers, a few conversations and messages.
const bulkPipeline = `
version: 1
name: bulk
kustomer: { base_url: "${URL}" }
run: { in_doubt_wait: 1s, bulk_in_doubt_wait: 2s }
steps:
  customer:
    from: customers.csv
    sink: create_customer
    key: "c{{ .id }}"
    if_exists: update
    mapping: { name: "{{ .name }}", emails: [{ email: "u{{ .id }}@example.com" }], company: "5f00000000000000000000aa" }
  conversation:
    from: conversations.csv
    sink: create_conversation
    key: "t{{ .id }}"
    mapping: { customer: '{{ ref "customer" (print "c" .id) }}', name: "Ticket {{ .id }}", importedAt: "{{ now }}" }
  message:
    from: messages.csv
    sink: send_message
    key: "m{{ .id }}"
    mapping:
      conversation: '{{ ref "conversation" (print "t" .ticket) }}'
      channel: email
      direction: in
      preview: "text {{ .id }}"
      importedAt: "{{ now }}"
`

// bulkCase is a sandbox and a pipeline that loads into it.
type bulkCase struct {
	t       *testing.T
	dir     string
	url     string
	summary struct{ Rows, Created, Updated, Unchanged, Requests int } // of the last run
	stderr  string                                                    // of the last run
}

func newBulkCase(t *testing.T, rows int, o sandbox.Options) *bulkCase {
	t.Helper()
	o.RateLimit, o.BulkDelay = 6000, 200*time.Millisecond
	o.Objects = `{"type":"company","id":"5f00000000000000000000aa","attributes":{"name":"Acme Inc"}}`
	box, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	c := &bulkCase{t: t, dir: t.TempDir(), url: server.URL}
	c.file("pipeline.yaml", bulkPipeline)
	c.customers(rows, "Name")
	var conversations, messages strings.Builder
	conversations.WriteString("id\n")
	messages.WriteString("id,ticket\n")
	for i := range rows / 100 {
		fmt.Fprintf(&conversations, "%d\n", i)
	}
	for i := range rows {
		fmt.Fprintf(&messages, "%d,%d\n", i, i%(rows/100))
	}
	c.file("conversations.csv", conversations.String())
	c.file("messages.csv", messages.String())
	return c
}

// customers writes the file of customers, whose names begin with name.
func (c *bulkCase) customers(rows int, name string) {
	var text strings.Builder
	text.WriteString("id,name\n")
	for i := range rows {
		fmt.Fprintf(&text, "%d,%s %d\n", i, name, i)
	}
	c.file("customers.csv", text.String())
}

func (c *bulkCase) file(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// run loads the pipeline, which must end with exit code 0, and reads its summary.
func (c *bulkCase) run(flags ...string) {
	c.t.Helper()
	args := append([]string{"run", "--var", "URL=" + c.url, filepath.Join(c.dir, "pipeline.yaml")}, flags...)
	cmd := exec.Command("kustsync", args...)
	cmd.Env = append(os.Environ(), "KUSTOMER_API_KEY=bulk-key")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("%v\n%s\n%s", err, stderr.String(), out)
	}
	c.stderr = stderr.String()
	files, err := filepath.Glob(filepath.Join(c.dir, ".kustsync/bulk/*/runs/*/summary.json"))
	if err != nil || len(files) == 0 {
		c.t.Fatalf("no summary was written: %v", err)
	}
	slices.SortFunc(files, func(a, b string) int { return writtenAt(c.t, a).Compare(writtenAt(c.t, b)) })
	text, err := os.ReadFile(files[len(files)-1])
	if err != nil {
		c.t.Fatal(err)
	}
	if err := json.Unmarshal(text, &c.summary); err != nil {
		c.t.Fatalf("%v\n%s", err, text)
	}
}

// writtenAt is when a file was last written.
func writtenAt(t *testing.T, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

// routes counts the requests to each route.
func (c *bulkCase) routes() (routes map[string]int) {
	c.t.Helper()
	var stats struct {
		Routes map[string]int `json:"by_route"`
	}
	if err := json.Unmarshal(get(c.t, c.url+"/_sandbox/stats"), &stats); err != nil {
		c.t.Fatal(err)
	}
	return stats.Routes
}

// TestBulk checks loads in the batches that bulk: auto chooses: the first, a repeat, and one of changed rows.
func TestBulk(t *testing.T) {
	t.Parallel()
	const rows = 1200
	c := newBulkCase(t, rows, sandbox.Options{})
	c.run()
	if got := c.summary; got.Created != 2*rows+rows/100 {
		t.Fatalf("the first run ended with %+v, want %d created", got, 2*rows+rows/100)
	}
	routes := c.routes()
	bulk := routes["POST /v1/customers/bulk"] + routes["POST /v1/messages/bulk"] + routes["GET /v1/bulk/{id}/batches"]
	singles := routes["POST /v1/customers"] + routes["POST /v1/conversations/{id}/messages"]
	if perRequest := 2 * rows / (bulk + singles); perRequest < 40 {
		t.Errorf("a request carries %d rows, want at least 40: %v", perRequest, routes)
	}
	for kind, n := range map[string]int{"customer": rows, "conversation": rows / 100, "message": rows} {
		if got := len(sandboxObjects(t, c.url, kind)); got != n {
			t.Errorf("%d objects of kind %s, want %d", got, kind, n)
		}
	}
	c.run()
	if got := c.summary; got.Unchanged != got.Rows || got.Requests > 30 {
		t.Errorf("the second run ended with %+v, want all unchanged and at most 30 requests", got)
	}
	c.customers(rows, "New")
	c.run("--step", "customer")
	if got := c.summary; got.Updated != rows || rows/got.Requests < 40 {
		t.Errorf("the run with changed rows ended with %+v, want %d updated and at least 40 rows a request", got, rows)
	}
}

// TestBulkReferences checks loads into orgs that refuse _clientRef, ignore it, or whose key may not read results of
// batches.
func TestBulkReferences(t *testing.T) {
	const rows = 300
	noRead := map[string][]string{"bulk-key": {"org.permission.customer", "org.permission.conversation", "org.permission.message"}}
	for _, c := range []struct {
		name    string
		flag    string
		opts    sandbox.Options
		posts   int    // batches of customers at most
		single  int    // customers at least
		message string // on standard error
		long    bool   // not in the short form of go test: it waits for what a batch left in doubt
	}{
		{"refused, auto", "auto", sandbox.Options{ClientRef: sandbox.ClientRefOff}, 1, rows, "does not know _clientRef", false},
		{"refused, always", "always", sandbox.Options{ClientRef: sandbox.ClientRefOff}, 5, 0, "", true},
		{"refused by another name, auto", "auto", sandbox.Options{ClientRef: sandbox.ClientRefOff, NameItems: sandbox.NameByParameter, ErrorShape: sandbox.ShapeB}, 1, rows, "does not know _clientRef", true},
		{"ignored, auto", "auto", sandbox.Options{ClientRef: sandbox.ClientRefIgnored}, 1, rows - 100, "does not tell which row", false},
		{"ignored, always", "always", sandbox.Options{ClientRef: sandbox.ClientRefIgnored}, 4, 0, "", true},
		{"not allowed, auto", "auto", sandbox.Options{Keys: noRead}, 0, rows, "lacks the role org.permission.bulk.read", false},
		{"not allowed, always", "always", sandbox.Options{Keys: noRead}, 4, 0, "", true},
	} {
		if c.long && crashScales().short {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBulkCase(t, rows, c.opts)
			want := map[string]int{"customer": rows, "message": rows, "conversation": rows / 100}
			flags := []string{"--bulk", c.flag}
			if c.flag == "auto" { // loading one by one takes long, and one step shows what auto does
				flags, want = append(flags, "--step", "customer"), map[string]int{"customer": rows}
			}
			b.run(flags...)
			routes := b.routes()
			if routes["POST /v1/customers/bulk"] > c.posts || routes["POST /v1/customers"] < c.single {
				t.Errorf("the run sent %v, want at most %d batches of customers and at least %d single ones", routes, c.posts, c.single)
			}
			if !strings.Contains(b.stderr, c.message) {
				t.Errorf("standard error lacks %q:\n%s", c.message, b.stderr)
			}
			for kind, n := range want {
				if got := len(sandboxObjects(t, b.url, kind)); got != n {
					t.Errorf("%d objects of kind %s, want %d", got, kind, n)
				}
			}
		})
	}
}
