package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
	"github.com/kustsync/kustsync/sinks/kustomer/probe"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// probe runs kustsync probe against the sandbox of a case; it must end with exit code 0.
func (c *bulkCase) probe() {
	c.t.Helper()
	cmd := exec.Command("kustsync", "probe", "--var", "URL="+c.url, filepath.Join(c.dir, "pipeline.yaml"), "--yes")
	cmd.Env = append(os.Environ(), "KUSTOMER_API_KEY=bulk-key")
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("%v\n%s", err, out)
	}
}

// TestRunUsesWhatAProbeFound checks that a run settles a lost answer without the quiet time where a probe found that
// external ids of conversations are unique.
func TestRunUsesWhatAProbeFound(t *testing.T) {
	t.Parallel()
	faults, err := sandbox.ParseFaults("500-after@t3#1")
	if err != nil {
		t.Fatal(err)
	}
	c := newBulkCase(t, 600, sandbox.Options{Faults: faults})
	c.file("pipeline.yaml", strings.Replace(bulkPipeline, "in_doubt_wait: 1s", "in_doubt_wait: 60s", 1))
	c.probe()
	c.run("--step", "customer")
	began := time.Now()
	c.run("--step", "conversation", "--bulk", "never")
	if took := time.Since(began); c.summary.Created != 6 || took > 30*time.Second {
		t.Errorf("the run took %s, want less than 30s, and ended with %+v, want 6 created", took, c.summary)
	}
	if got := len(sandboxObjects(t, c.url, "conversation")); got != 6 {
		t.Errorf("%d conversations, want 6", got)
	}
	if n := strings.Count(string(get(t, c.url+"/_sandbox/stats")), `"500-after":1`); n != 1 {
		t.Error("the sandbox did not inject the fault 500-after")
	}
}

// TestRunTriesNoReferencesThatAProbeSawRefused checks that a run sends no batch where a probe found that _clientRef is
// refused.
func TestRunTriesNoReferencesThatAProbeSawRefused(t *testing.T) {
	t.Parallel()
	const rows = 300
	c := newBulkCase(t, rows, sandbox.Options{ClientRef: sandbox.ClientRefOff})
	c.probe()
	before := c.routes()["POST /v1/customers/bulk"]
	c.run("--step", "customer")
	routes := c.routes()
	if routes["POST /v1/customers/bulk"] != before || routes["POST /v1/customers"] < rows {
		t.Errorf("the run sent %v, want no batches besides the %d of the probe and at least %d single requests", routes, before, rows)
	}
	if !strings.Contains(c.stderr, "as a probe of the org found") {
		t.Errorf("standard error does not name the probe:\n%s", c.stderr)
	}
}

func TestSandboxLikeAnOrg(t *testing.T) {
	kind := func(unique, refs probe.Word, status int, lag time.Duration, paths ...string) probe.KindAnswers {
		return probe.KindAnswers{
			Unique: probe.Answer{Is: unique}, ClientRef: probe.Answer{Is: refs}, DuplicateStatus: status,
			Lookup: probe.Answer{Is: probe.Yes}, LookupLagMS: lag.Milliseconds(), LookupPaths: paths,
		}
	}
	for _, tc := range []struct {
		name                             string
		customers, conversation, message probe.KindAnswers
		limits                           probe.LimitAnswers
		body                             probe.BodyAnswer
		want                             sandbox.Options
	}{
		{name: "nothing is known", want: sandbox.Options{Unique: sandbox.UniqueCustomers, Lookups: sandbox.LookupsWork}},
		{name: "all unique",
			customers: kind(probe.Yes, probe.Yes, 422, 0), conversation: kind(probe.Yes, probe.Yes, 409, time.Second), message: kind(probe.Yes, probe.Yes, 0, 3*time.Second, upperSpelling),
			limits: probe.LimitAnswers{PerMinute: 500, Reset: "epoch seconds"}, body: probe.BodyAnswer{Refused: probe.Answer{Is: probe.No}, Status: 400},
			want: sandbox.Options{Unique: sandbox.UniqueAll, DuplicateStatus: 422, LookupLag: 3 * time.Second, ClientRef: sandbox.ClientRefOn,
				Lookups: sandbox.LookupsUpper, ResetHeader: sandbox.ResetAlways, BodyLimit: largeBody}},
		{name: "messages are not unique",
			customers: kind(probe.Yes, probe.Ignored, 409, 0), conversation: kind(probe.Yes, probe.No, 409, 0), message: kind(probe.No, probe.No, 0, 0, lowerSpelling),
			limits: probe.LimitAnswers{Reset: "absent"},
			want:   sandbox.Options{Unique: sandbox.UniqueCustomers, DuplicateStatus: 409, ClientRef: sandbox.ClientRefIgnored, Lookups: sandbox.LookupsLower}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got sandbox.Options
			behaveLike(&got, &probe.Answers{Limits: tc.limits, Body: tc.body,
				Kinds: map[string]probe.KindAnswers{"customer": tc.customers, "conversation": tc.conversation, "message": tc.message}})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, s := range catalog.Specs() {
		if s.Name == "send_message" && !cmp.Equal(s.Lookups[0].Paths, []string{upperSpelling, lowerSpelling}) {
			t.Errorf("upperSpelling and lowerSpelling differ from the paths of the catalog: %v", s.Lookups[0].Paths)
		}
	}
}
