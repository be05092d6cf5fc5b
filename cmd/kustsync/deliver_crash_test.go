package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// deliveryPipeline delivers a message to every customer; the body of a message is its key.
const deliveryPipeline = `
version: 1
name: delivery
kustomer: { base_url: "${URL}" }
run: { workers: 8, in_doubt_wait: 2s, timeout: 1s, max_errors: 100%, retries: 20, bulk: never }
steps:
  customer:
    from: people.csv
    sink: create_customer
    key: "c{{ .id }}"
    mapping: { name: "Name {{ .id }}" }
  message:
    from: people.csv
    sink: send_message
    key: "m{{ .id }}"
    deliver: true
    max_deliveries: 100000
    recipient_allow: ["*@example.com"]
    mapping:
      customer: '{{ ref "customer" }}'
      channel: email
      to: [{ email: "u{{ .id }}@example.com" }]
      body: "m{{ .id }}"
`

// TestCrashNeverDeliversTwice kills a delivering load at random, again and again, against a sandbox that loses
// answers before and after the write, and late. No message is delivered twice, and every message that the ledger calls
// created was delivered.
func TestCrashNeverDeliversTwice(t *testing.T) {
	cases := map[string]string{"answers are lost": crashFaults}
	if !crashScales().short {
		cases["drafts cannot be listed"] = crashFaults + ",get-html-500-before:40%"
		cases["half of the answers is lost"] = "reset-after:25%,500-before:25%"
	}
	for name, faults := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed, err := sandbox.ParseFaults(strings.Replace(faults, ",get-500-before:2%", "", 1))
			if err != nil {
				t.Fatal(err)
			}
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			box, err := sandbox.New(sandbox.Options{Faults: parsed, Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(box)
			defer server.Close()
			crashDelivery(t, server.URL, crashScales(), rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

func crashDelivery(t *testing.T, url string, scale crashScale, random *rand.Rand) {
	dir := t.TempDir()
	rows := "id\n"
	for i := range scale.rows {
		rows += fmt.Sprintf("%d\n", i)
	}
	for name, text := range map[string]string{"pipeline.yaml": deliveryPipeline, "people.csv": rows} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flags := []string{"--allow-delivery"}
	kills := 0
	for range 2 * scale.kills {
		if killAfter(t, crashRun(dir, url, flags), scale.least+time.Duration(random.Int64N(int64(scale.gap)))) {
			kills++
		}
		checkDelivered(t, url)
	}
	for range 3 {
		out, err := crashRun(dir, url, flags).CombinedOutput()
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitRows) {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	times := checkDelivered(t, url)
	created, doubts := 0, 0
	for key, outcome := range messageOutcomes(t, dir, url) {
		switch {
		case outcome == "created" && times[key] == 1:
			created++
		case outcome == "in_doubt":
			doubts++
		default:
			t.Errorf("%s is %s, and was delivered %d times", key, outcome, times[key])
		}
	}
	t.Logf("%d kills, %d created, %d in doubt, %d delivered", kills, created, doubts, len(times))
	if created+doubts != scale.rows || created == 0 {
		t.Errorf("%d created and %d in doubt, want %d in all", created, doubts, scale.rows)
	}
}

// checkDelivered counts the deliveries of each key, and fails where a key has two.
func checkDelivered(t *testing.T, url string) map[string]int {
	t.Helper()
	times := map[string]int{}
	for line := range bytes.Lines(get(t, url+"/_sandbox/delivered")) {
		var sent struct{ Body string }
		if err := json.Unmarshal(line, &sent); err != nil {
			t.Fatal(err)
		}
		if times[sent.Body]++; times[sent.Body] == 2 {
			t.Errorf("%s was delivered twice", sent.Body)
		}
	}
	return times
}

// messageOutcomes are the outcomes of the step that delivers, by key.
func messageOutcomes(t *testing.T, dir, url string) map[string]string {
	t.Helper()
	text, err := exec.Command("kustsync", "ledger", "--step", "message", "--format", "ndjson", "--var", "URL="+url, filepath.Join(dir, "pipeline.yaml")).Output()
	if err != nil {
		t.Fatalf("reading the ledger: %v", err)
	}
	outcomes := map[string]string{}
	for line := range bytes.Lines(text) {
		var e struct{ Key, Outcome string }
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		outcomes[e.Key] = e.Outcome
	}
	return outcomes
}
