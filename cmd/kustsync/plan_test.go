package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks/kustomer"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

// recorder is a sandbox that counts the requests of each method.
type recorder struct {
	http.Handler
	mu      sync.Mutex
	methods map[string]int
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if strings.HasPrefix(req.URL.Path, "/v1/") {
		r.mu.Lock()
		r.methods[req.Method]++
		r.mu.Unlock()
	}
	r.Handler.ServeHTTP(w, req)
}

func (r *recorder) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.methods)
}

func (r *recorder) usedMethods() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return sortedKeys(r.methods)
}

func sortedKeys(m map[string]int) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// newRecorder serves a sandbox and returns its address.
func newRecorder(t *testing.T, o sandbox.Options) (*recorder, string) {
	t.Helper()
	box, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{Handler: box, methods: map[string]int{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return r, server.URL
}

// command runs a command line and checks its exit code.
func command(t *testing.T, url string, want int, args ...string) string {
	t.Helper()
	cmd := exec.Command("kustsync", append([]string{"--var", "URL=" + url}, args...)...)
	cmd.Env = append(os.Environ(), "KUSTOMER_API_KEY="+secretKey)
	out, err := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Fatalf("%v: exit code %d, want %d: %v\n%s", args, got, want, err, out)
	}
	return string(out)
}

// TestPlanOnlyReads checks that a plan before the first load, after it and after rows were changed sends only GETs,
// changes neither the org nor the ledger, and shows the API key nowhere.
func TestPlanOnlyReads(t *testing.T) {
	org, url := newRecorder(t, sandbox.Options{RateLimit: 100_000})
	dir := t.TempDir()
	writeCrashFiles(t, dir, 20)
	file := filepath.Join(dir, "pipeline.yaml")
	plan := func(want int) {
		t.Helper()
		before, ledger := get(t, url+"/_sandbox/objects"), command(t, url, 0, "ledger", file)
		org.reset()
		out := command(t, url, want, "plan", file, "--out", filepath.Join(dir, "plan.json"), "--log-level", "debug", "--show-values")
		if d := cmp.Diff([]string{"GET"}, org.usedMethods()); d != "" {
			t.Errorf("the plan sent requests with other methods than GET: %s", d)
		}
		if !bytes.Equal(before, get(t, url+"/_sandbox/objects")) || ledger != command(t, url, 0, "ledger", file) {
			t.Error("the plan changed the objects of the org or the ledger")
		}
		if !strings.Contains(out, "at 80% of the org's limit of 100,000 a minute") && want == exitChanges {
			t.Errorf("the plan does not show the rate limit that the org told:\n%s", out)
		}
		noSecret(t, "the output", []byte(out))
		noSecretBelow(t, dir)
	}
	plan(exitChanges)
	command(t, url, 0, "run", "--quiet", file)
	plan(0)
	change(t, filepath.Join(dir, "pipeline.yaml"), `key: "c{{ .id }}"`, "key: \"c{{ .id }}\"\n    if_exists: update")
	change(t, filepath.Join(dir, "customers.csv"), "Name 7,", "Other 7,")
	plan(exitChanges)
}

// change replaces a text in a file.
func change(t *testing.T, path, was, is string) {
	t.Helper()
	text := string(read(t, path))
	if !strings.Contains(text, was) {
		t.Fatalf("%s does not hold %q", path, was)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(text, was, is, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPlanSurvivesAKill checks that the same command continues a killed run of a plan, and that a plan is refused once
// another run has loaded.
func TestPlanSurvivesAKill(t *testing.T) {
	_, url := newRecorder(t, sandbox.Options{Latency: 5 * time.Millisecond})
	dir := t.TempDir()
	writeCrashFiles(t, dir, 150)
	file, planPath := filepath.Join(dir, "pipeline.yaml"), filepath.Join(dir, "plan.json")
	command(t, url, exitChanges, "plan", file, "--out", planPath)
	kills := 0
	for range 2 {
		if killAfter(t, crashRun(dir, url, []string{"--plan", planPath, "--bulk", "never"}), 400*time.Millisecond) {
			kills++
		}
	}
	if kills == 0 {
		t.Fatal("no run lasted long enough to be killed")
	}
	command(t, url, 0, "run", "--quiet", file, "--plan", planPath)
	compareLedger(t, dir, url, map[string]int{"customer": 150, "conversation": 150, "message": 450})
	command(t, url, 0, "plan", file)
	command(t, url, 0, "run", "--quiet", file, "--plan", planPath)
	command(t, url, 0, "run", "--quiet", file)
	if out := command(t, url, exitUsage, "run", "--quiet", file, "--plan", planPath); !strings.Contains(out, "the ledger has moved on since") {
		t.Error(out)
	}
}

// TestPlanOfAnotherOrg checks that a run refuses a plan that was made for another org.
func TestPlanOfAnotherOrg(t *testing.T) {
	_, url := newRecorder(t, sandbox.Options{})
	dir := t.TempDir()
	writeCrashFiles(t, dir, 3)
	file, planPath := filepath.Join(dir, "pipeline.yaml"), filepath.Join(dir, "plan.json")
	command(t, url, exitChanges, "plan", file, "--out", planPath)
	change(t, planPath, `"org_id": "`, `"org_id": "0`)
	if out := command(t, url, exitUsage, "run", "--quiet", file, "--plan", planPath); !strings.Contains(out, "it is for the org 0") {
		t.Error(out)
	}
}

// TestPlanWarnsOfALostLedger checks that a plan warns of objects that Kustomer has and the ledger does not know, of a kind
// whose external ids are not unique.
func TestPlanWarnsOfALostLedger(t *testing.T) {
	_, url := newRecorder(t, sandbox.Options{Unique: sandbox.UniqueCustomers})
	dir := t.TempDir()
	writeCrashFiles(t, dir, 3)
	file := filepath.Join(dir, "pipeline.yaml")
	command(t, url, 0, "run", "--quiet", file)
	if err := os.RemoveAll(filepath.Join(dir, ".kustsync")); err != nil {
		t.Fatal(err)
	}
	out := command(t, url, 0, "plan", file)
	for _, want := range []string{`step "conversation": Kustomer has 3 objects that the ledger does not know`, "use run --adopt", "nothing to change"} {
		if !strings.Contains(out, want) {
			t.Errorf("the plan does not say %q:\n%s", want, out)
		}
	}
}

func TestFindingText(t *testing.T) {
	at := kustomer.Mention{Step: "customer", Place: "p.csv:2", Rows: 3}
	attribute := func(name string, what kustomer.Problem, known ...string) kustomer.Finding {
		return kustomer.Finding{Mention: at, Kind: "attribute", Object: "customer", Name: name, What: what, Known: known}
	}
	tests := map[string]struct {
		finding kustomer.Finding
		sandbox bool
		want    string
	}{
		"a typing error":  {attribute("tearStr", kustomer.Missing, "ageNum", "tierStr"), false, `customer (3 rows, first in p.csv:2): Kustomer does not know the custom attribute tearStr of a customer; did you mean "tierStr"?`},
		"another type":    {attribute("tierNum", kustomer.Missing, "tearNum", "tierStr"), false, `did you mean "tierStr", of another type?`},
		"nothing like it": {attribute("x", kustomer.Missing, "tierStr"), false, "declare it there first, or leave it out"},
		"an org without":  {attribute("xStr", kustomer.Missing), false, "declare it there first"},
		"the sandbox":     {attribute("xStr", kustomer.Missing), true, ""},
		"a wrong type":    {kustomer.Finding{Mention: at, Kind: "attribute", Object: "customer", Name: "xNum", What: kustomer.WrongType, Type: "string"}, false, "is declared as string"},
		"a right":         {kustomer.Finding{Kind: "attribute", Object: "customer", What: kustomer.Unchecked}, false, "org.permission.metadata.read"},
		"teams":           {kustomer.Finding{Kind: "team", What: kustomer.Unchecked}, false, "the teams that rows name"},
		"a user":          {kustomer.Finding{Mention: at, Kind: "user", Name: "u1", What: kustomer.Missing}, true, "there is no user u1 in the org"},
	}
	for name, tt := range tests {
		if got := strings.Join(findingText(tt.finding, tt.sandbox), "\n"); !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
