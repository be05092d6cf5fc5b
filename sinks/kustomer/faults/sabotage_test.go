package faults

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// sabotage is one way to break the product, and the scenarios that must notice it.
type sabotage struct {
	name     string
	file     string
	old, bad string   // the text that is there, exactly once, and what takes its place
	caught   []string // ids of scenarios, any of which must fail
}

// sabotages are small, and each would be a real mistake.
var sabotages = []sabotage{
	{"no begun before the request", "pipeline/send.go",
		"err := r.deps.Ledger.Begin(ctx, in)", "var err error", []string{"F30", "F31"}},
	{"the ledger is not synced", "pipeline/ledger/schema.go",
		`"busy_timeout(10000)", "synchronous(full)"`, `"busy_timeout(10000)", "synchronous(off)"`, []string{"F33"}},
	{"no quiet time before the look-up", "pipeline/doubt.go",
		"return max(lag, r.plan.File.Run.InDoubtWait)", "return lag", []string{"F07"}},
	{"a create whose answer was lost is sent again at once", "pipeline/send.go",
		"t.doubt = r.lost(t, failed)\n\t\treturn r.settleDoubt(ctx, t)", "return r.create(ctx, t)", []string{"F02"}},
	{"409 taken as success", "pipeline/send.go",
		"return r.conflict(ctx, t, failed)", `return loaded(t, ledger.Existed, "65a0c0ffee00000000000001", failed.Status), nil`, []string{"F10"}},
	{"redirects followed", "sinks/kustomer/wire.go",
		"w.next.RoundTrip(t.build(limit.ctx, r))", "(&http.Client{Transport: w.next}).Do(t.build(limit.ctx, r))", []string{"F41"}},
	{"the key in a line of the log", "sinks/kustomer/transport.go",
		"plain := http.Header{", `println("sending as", key); plain := http.Header{`, []string{"S2"}},
	{"requests in flight dropped on SIGTERM", "pipeline/step.go",
		"sleep(send, e.opts.Grace)\n\t\tcancel()", "cancel()", []string{"F29"}},
	{"the row's number as its identity", "pipeline/identify.go",
		"t.key = key\n", "t.key = fmt.Sprint(t.number) + key[:0]\n", []string{"F14"}},
	{"the lock ignored", "pipeline/ledger/lock.go",
		"if !held {", "if false && !held {", []string{"F17"}},
	{"failed counted as done", "pipeline/send.go",
		"end := rejected(StageSend, failed.Field, failed.Error())\n\tend.status = failed.Status", "end := ending{outcome: ledger.Skipped, status: failed.Status}", []string{"F49"}},
	{"429 counted as failure", "sinks/kustomer/caller.go",
		"case bad == nil && a.status == http.StatusTooManyRequests:", "case false:", []string{"F37"}},
	{"a miss of a look-up always believed", "pipeline/doubt.go",
		"if len(known) == 0 {\n\t\treturn r.awaitControl(t), nil", "if len(known) >= 0 {\n\t\treturn nil, nil", []string{"F02"}},
	{"an answer about another object believed", "sinks/kustomer/made.go",
		`want != "" && got != "" && got != want`, `false && got != want`, []string{"F06"}},
	{"a ledger of another org taken", "pipeline/ledger/schema.go",
		"case err == nil && have != part.want:", "case false && have != part.want:", []string{"F27"}},
	{"a damaged ledger taken", "pipeline/ledger/schema.go",
		`if verdict != "ok" {`, `if false && verdict != "ok" {`, []string{"F25", "F24"}},
	{"what net/http logs is printed", "cmd/kustsync/main.go",
		"log.SetOutput(io.Discard)", "_, _ = log.Default(), io.Discard", []string{"S2"}},
	{"others that use the limit are not reckoned with", "sinks/kustomer/window.go",
		"w.others.expect(span, w.slides)", "0*span.Seconds()", []string{"R2"}},
	{"a message that may have left is sent again", "pipeline/deliver.go",
		"return mayHaveLeft(t, intent.KustomerID, t.doubt.reason), nil", "return r.withinLimit(ctx, t, r.makeDraft)", []string{"F12"}},
	{"a send whose answer was lost is sent again", "pipeline/deliver.go",
		"return mayHaveLeft(t, id, failed.Message), nil", "return r.makeDraft(ctx, t)", []string{"F12"}},
	{"recipients outside recipient_allow are written to", "pipeline/deliver_limit.go",
		"if len(patterns) == 0 {", "if len(patterns) >= 0 {", []string{"F46"}},
	{"more is delivered than max_deliveries", "pipeline/deliver_limit.go",
		"if d.begun >= d.most {", "if d.begun > d.most {", []string{"F46"}},
	{"a lost ledger not noticed", "pipeline/check.go",
		"case ok:\n\t\t\treturn 0, s.lostLedger", "case ok && id.key == \"\":\n\t\t\treturn 0, s.lostLedger", []string{"F26"}},
}

// TestSabotage breaks copies of the product and shows that the lane catches each. A lane that cannot
// fail is worthless.
func TestSabotage(t *testing.T) {
	if lane != "sabotage" {
		t.Skip("make sabotage breaks the product on purpose")
	}
	root := t.TempDir()
	tree := os.Getenv("FAULTS_TREE")
	if tree == "" {
		tree = filepath.Join("..", "..", "..")
	}
	copySources(t, tree, root)
	chosen := slices.DeleteFunc(slices.Clone(sabotages), func(s sabotage) bool { return !strings.Contains(s.name, os.Getenv("FAULTS_SABOTAGE")) })
	var ids []string
	for _, s := range chosen {
		for _, id := range s.caught {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	if failed, out := playAgainst(t, build(t, root), ids, "FAULTS_READING=not-unique 400"); failed {
		t.Fatalf("the lane fails without any sabotage:\n%s", out)
	}
	fmt.Printf("\n%-54s %-8s %6s  %s\n", "sabotage", "by", "s", "what the lane says")
	caught := 0
	for _, s := range chosen {
		t.Run(s.name, func(t *testing.T) {
			began := time.Now()
			by, said := s.play(t, root)
			if by == "" {
				t.Errorf("%v did not notice", s.caught)
			} else {
				caught++
			}
			fmt.Printf("%-54s %-8s %6.1f  %s\n", s.name, by, time.Since(began).Seconds(), said)
		})
	}
	fmt.Printf("%d of %d caught\n\n", caught, len(chosen))
}

// play breaks one file, plays the scenarios that must notice, and mends the file. by is the scenario that
// noticed, "" when none did.
func (s *sabotage) play(t *testing.T, root string) (by, said string) {
	path := filepath.Join(root, s.file)
	whole := s.source(t, root)
	if err := os.WriteFile(path, []byte(strings.Replace(string(whole), s.old, s.bad, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.WriteFile(path, whole, 0o600) }()
	broken := build(t, root)
	for _, id := range s.caught {
		if failed, out := playAgainst(t, broken, []string{id}); failed {
			return id, firstComplaint(out)
		}
	}
	return "", ""
}

// source reads the file to be broken, which must hold the text to be changed once.
func (s *sabotage) source(t *testing.T, root string) []byte {
	t.Helper()
	whole, err := os.ReadFile(filepath.Join(root, s.file))
	if err != nil {
		t.Fatalf("mend the sabotage %q: %v", s.name, err)
	}
	if n := strings.Count(string(whole), s.old); n != 1 {
		t.Fatalf("mend the sabotage %q: %s holds the text to be changed %d times, not once\n%s", s.name, s.file, n, s.old)
	}
	return whole
}

// TestSabotagesFit: what the sabotages change is there.
func TestSabotagesFit(t *testing.T) {
	for _, s := range sabotages {
		t.Run(s.name, func(t *testing.T) { s.source(t, filepath.Join("..", "..", "..")) })
	}
}

// copySources copies what is needed to build.
func copySources(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "testdata" || d.Name() == "bin" {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		if !d.Type().IsRegular() || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T, root string) string {
	t.Helper()
	path := filepath.Join(root, "bin-of-the-lane")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/kustsync")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	return path
}

// playAgainst plays scenarios against a binary, in a process of its own.
func playAgainst(t *testing.T, binary string, ids []string, env ...string) (failed bool, out string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestFaults$", "-test.parallel=8", "-test.timeout=10m")
	cmd.Env = append(os.Environ(), "FAULTS=full", "FAULTS_ONLY="+strings.Join(ids, ","), "FAULTS_BINARY="+binary)
	cmd.Env = append(cmd.Env, env...)
	text, err := cmd.CombinedOutput()
	return err != nil, string(text)
}

// firstComplaint is the first line that says what is wrong.
func firstComplaint(out string) string {
	for line := range strings.Lines(out) {
		if _, text, ok := strings.Cut(line, "_test.go:"); ok {
			_, text, _ = strings.Cut(text, ": ")
			return strings.TrimSpace(text[:min(len(text), 110)])
		}
	}
	return "a process failed"
}
