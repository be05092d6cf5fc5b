//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

const signalPipeline = `version: 1
kustomer: { base_url: "${URL}" }
run: { workers: 4, bulk: never }
steps:
  conversation:
    from: tickets.csv
    sink: create_conversation
    key: "t{{ .id }}"
    mapping: { customer: "5f00000000000000000000cc", name: "{{ .id }}", importedAt: "2026-01-02T03:04:05Z" }
`

// slowLoad is a load with 4 workers into a sandbox that takes its time.
type slowLoad struct {
	*testing.T
	dir, url string
	cmd      *exec.Cmd
	stderr   *bytes.Buffer
}

// startSlowLoad starts a load of 400 rows and waits until some are loaded. prefix stands before the command, such as nohup.
func startSlowLoad(t *testing.T, prefix ...string) *slowLoad {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{Latency: 150 * time.Millisecond, CreateLimit: -1,
		Objects: `{"type":"customer","id":"5f00000000000000000000cc","attributes":{"name":"Ann"}}`})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box)
	t.Cleanup(server.Close)
	l := &slowLoad{T: t, dir: t.TempDir(), url: server.URL, stderr: &bytes.Buffer{}}
	var rows strings.Builder
	rows.WriteString("id\n")
	for i := range 400 {
		fmt.Fprintf(&rows, "%d\n", i)
	}
	for name, text := range map[string]string{"pipeline.yaml": signalPipeline, "tickets.csv": rows.String()} {
		if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := append(prefix, "kustsync", "--var", "URL="+l.url, "run", filepath.Join(l.dir, "pipeline.yaml"))
	l.cmd = exec.Command(args[0], args[1:]...)
	l.cmd.Env, l.cmd.Stderr, l.cmd.Dir = append(os.Environ(), "KUSTOMER_API_KEY=any"), l.stderr, l.dir
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.cmd.Process.Kill() })
	for l.objects() < 8 {
		time.Sleep(20 * time.Millisecond)
	}
	return l
}

// objects is how many conversations the sandbox has.
func (l *slowLoad) objects() int {
	return bytes.Count(get(l.T, l.url+"/_sandbox/objects"), []byte(`"type":"conversation"`))
}

func (l *slowLoad) signal(s os.Signal) {
	l.Helper()
	if err := l.cmd.Process.Signal(s); err != nil {
		l.Fatal(err)
	}
}

// exit waits for the end and returns the exit code.
func (l *slowLoad) exit() int {
	_ = l.cmd.Wait()
	return l.cmd.ProcessState.ExitCode()
}

// inDoubt is how many rows the ledger has in doubt.
func (l *slowLoad) inDoubt() int {
	l.Helper()
	out := command(l.T, l.url, 0, "ledger", "--outcome", "in_doubt", "--format", "ndjson", filepath.Join(l.dir, "pipeline.yaml"))
	n := 0
	for line := range strings.Lines(out) {
		if json.Valid([]byte(line)) && strings.HasPrefix(line, "{") {
			n++
		}
	}
	return n
}

// TestHangUp: a terminal that closes ends a run as SIGTERM does, also when it says so twice; under nohup the run goes on.
func TestHangUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		signals []os.Signal
		exit    int
	}{
		{[]os.Signal{syscall.SIGHUP, syscall.SIGHUP}, 129},
		{[]os.Signal{syscall.SIGTERM, syscall.SIGHUP}, 143},
		{[]os.Signal{os.Interrupt}, 130},
	} {
		l := startSlowLoad(t)
		for _, s := range c.signals {
			l.signal(s)
			time.Sleep(10 * time.Millisecond)
		}
		if exit := l.exit(); exit != c.exit || !strings.Contains(l.stderr.String(), "requests in flight were finished and recorded") {
			t.Errorf("%v: exit code %d, want %d: %s", c.signals, exit, c.exit, l.stderr)
		}
		if n := l.inDoubt(); n != 0 {
			t.Errorf("%v: %d rows are in doubt", c.signals, n)
		}
	}
	l := startSlowLoad(t, "nohup")
	before := l.objects()
	l.signal(syscall.SIGHUP)
	for end := time.Now().Add(10 * time.Second); l.objects() < before+8; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("under nohup the run ended with the terminal: %s", l.stderr)
		}
	}
	l.signal(syscall.SIGTERM)
	if exit := l.exit(); exit != 143 {
		t.Errorf("exit code %d, want 143: %s", exit, l.stderr)
	}
}

// TestFewInDoubt: a kill leaves no more rows in doubt than there are workers, and as many again whose begun records share the
// next commit, also where the limit is far away.
func TestFewInDoubt(t *testing.T) {
	t.Parallel()
	l := startSlowLoad(t)
	l.signal(os.Kill)
	l.exit()
	if n := l.inDoubt(); n > 8 {
		t.Errorf("%d rows are in doubt with 4 workers", n)
	}
}
