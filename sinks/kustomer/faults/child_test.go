package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// counters are the counts of a summary.
type counters struct {
	Rows         int
	Created      int
	Updated      int
	Existed      int
	Unchanged    int
	Skipped      int
	Rejected     int
	InDoubt      int `json:"in_doubt"`
	NotAttempted int `json:"not_attempted"`
	Planned      int
}

// sum adds the counters; each row is in one of them.
func (c counters) sum() int {
	return c.Created + c.Updated + c.Existed + c.Unchanged + c.Skipped + c.Rejected + c.InDoubt + c.NotAttempted + c.Planned
}

func (c counters) loaded() int { return c.Created + c.Updated + c.Existed + c.Unchanged }

// summary is the summary of run --json (contract.md, section 4).
type summary struct {
	counters
	RunID         string `json:"run_id"`
	Requests      int
	HTTP429       int `json:"http_429"`
	Steps         map[string]counters
	RejectedFiles []string `json:"rejected_files"`
}

// envelope is the JSON object that every command prints with --json.
type envelope struct {
	OK      bool
	Summary summary
	Error   *struct{ Code, Message, Place, Hint string }
}

// result is how a child process ended, and what it printed.
type result struct {
	exit     int // 128+n when signal n ended it
	killed   bool
	out, err string
	json     envelope
	took     time.Duration
	memory   int64 // peak, in bytes
	from, to int   // requests that had arrived before and after
}

func (r result) message() string {
	if r.json.Error == nil {
		return ""
	}
	return r.json.Error.Message
}

func (r result) hint() string {
	if r.json.Error == nil {
		return ""
	}
	return r.json.Error.Hint
}

// command is a child process to start: kustsync with arguments, perhaps under another program such as strace.
type command struct {
	wrap    []string
	args    []string
	env     []string
	prepare func(*exec.Cmd)
	during  func(*exec.Cmd) // called once it runs
	limit   time.Duration   // on its life; default a minute
}

// start runs a child to its end.
func (tr *trial) start(c command) result {
	tr.t.Helper()
	path, err := productBinary()
	if err != nil {
		tr.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tr.t.Context(), max(c.limit, time.Minute))
	defer cancel()
	words := append(append(slices.Clone(c.wrap), path), c.args...)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	var out bytes.Buffer
	stderr := timedOutput{last: time.Now()}
	cmd.Stdout, cmd.Stderr = &out, &stderr
	cmd.Dir = tr.dir
	cmd.Env = slices.Concat(os.Environ(), []string{"KUSTOMER_API_KEY=" + tr.key, "HOME=" + tr.dir, "TMPDIR=" + tr.path("tmp"), "NO_PROXY=", "no_proxy="}, tr.env, c.env)
	cmd.WaitDelay = 5 * time.Second
	if c.prepare != nil {
		c.prepare(cmd)
	}
	tr.hold()
	res := result{from: tr.server.Arrived()}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		tr.t.Fatalf("starting %v: %v", words, err)
	}
	tr.child.Store(cmd.Process)
	defer tr.child.Store(nil)
	if c.during != nil {
		c.during(cmd)
	}
	done := make(chan struct{})
	peak := make(chan int64)
	go func() { peak <- watchMemory(cmd.Process.Pid, done) }()
	err = cmd.Wait()
	close(done)
	res.memory = <-peak
	res.took, res.to = time.Since(began), tr.server.Arrived()
	res.out, res.err = out.String(), stderr.String()
	res.exit, res.killed = exitOf(cmd, err)
	if ctx.Err() != nil && tr.t.Context().Err() == nil {
		tr.fail(9, "%v did not end within %s", c.args, max(c.limit, time.Minute))
	}
	if stderr.longest > maxSilence {
		tr.fail(9, "%v printed nothing to standard error for %v", c.args, stderr.longest)
	}
	if slices.Contains(c.args, "--json") && out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &res.json); err != nil && !res.killed {
			tr.t.Errorf("what --json prints cannot be read: %v\n%s\n%s", err, res.out, tail(res.err))
		}
	}
	tr.results = append(tr.results, res)
	tr.checkHeld()
	if c.args[0] != "preview" { // which is there to show values
		tr.save(res)
	}
	return res
}

// maxSilence is how long a run may print nothing (reliability.md 5.3, 9), with a reserve for a busy machine.
const maxSilence = 40 * time.Second

// timedOutput keeps what is written, and the longest time between two writes.
type timedOutput struct {
	bytes.Buffer
	last    time.Time
	longest time.Duration
}

func (p *timedOutput) Write(text []byte) (int, error) {
	now := time.Now()
	p.longest, p.last = max(p.longest, now.Sub(p.last)), now
	return p.Buffer.Write(text)
}

func exitOf(cmd *exec.Cmd, err error) (code int, killed bool) {
	var ended *exec.ExitError
	if err == nil || !errors.As(err, &ended) {
		return 0, false
	}
	if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), true
	}
	return ended.ExitCode(), false
}

// save writes what a child printed to files, for the search for secrets and for a person.
func (tr *trial) save(res result) {
	dir := filepath.Join(tr.dir, "printed")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		tr.t.Fatal(err)
	}
	name := filepath.Join(dir, time.Now().Format("150405.000000"))
	for suffix, text := range map[string]string{".out": res.out, ".err": res.err} {
		if err := os.WriteFile(name+suffix, []byte(text), 0o600); err != nil {
			tr.t.Fatal(err)
		}
	}
}

// watchMemory returns the most memory that a process had, in bytes; 0 where /proc does not tell. (The
// rusage of a child begins with the memory of its parent.)
func watchMemory(pid int, done <-chan struct{}) (peak int64) { return watch(pid, "VmHWM:", done) }

// watch returns the largest number that a line of a process's status had, in bytes, until done or until the
// process is gone.
func watch(pid int, name string, done <-chan struct{}) (peak int64) {
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		_, after, ok := strings.Cut(string(text), name)
		if ok {
			line, _, _ := strings.Cut(after, "kB")
			if n, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64); err == nil {
				peak = max(peak, n<<10)
			}
		}
		if done == nil && (err != nil || !ok) {
			return peak
		}
		select {
		case <-done:
			return peak
		case <-ticks.C:
		}
	}
}
