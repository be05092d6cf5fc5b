package faults

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

const killSignal = syscall.SIGKILL

// kills are F29 to F32: runs that are stopped, killed, or out of memory.
var kills = []scenario{
	{id: "F29", fault: "SIGINT and SIGTERM at random, once and twice", oneReading: true, do: signals, size: size{300, 300, 300}, rules: "delay=60ms method=POST"},
	{id: "F30", fault: "SIGKILL at random, among lost answers", short: true, do: randomKills, size: size{150, 150, 150}, rules: `
		reset-before method=POST attempt=1 share=3%
		reset-after method=POST attempt=1 share=4%
		status-after=503 method=POST attempt=1 share=4%
		hang-after method=POST attempt=1 share=2%
		late=500ms method=POST attempt=1 share=2%`, config: map[string]string{"timeout": "700ms"}},
	{id: "F31", fault: "SIGKILL at the n-th write and sync of the ledger, and at the n-th request", do: exactKills, oneReading: true, size: size{40, 40, 40}, rules: "delay=3ms"},
	{id: "F31", fault: "SIGKILL between each two steps of a write", do: exactPoints, oneReading: true, size: size{60, 80, 80}, front: killingFront,
		config: map[string]string{"in_doubt_wait": "300ms"}},
	{id: "F32", fault: "out of memory", oneReading: true, do: outOfMemory, size: size{4_000, 1, 1}, limit: 2 * time.Minute},
}

// randomKills kills runs one after another at random times, and then lets one end.
func randomKills(tr *trial) string {
	kills := 25
	if suite == "short" {
		kills = 6
	}
	for range kills {
		wait := time.Duration(20+tr.random.IntN(800)) * time.Millisecond
		res := tr.killed(killSignal, wait)
		if res.exit == 0 && !tr.options.Blind {
			break
		}
	}
	res := tr.until(4)
	return fmt.Sprintf("%d kills, %s", tr.totals.kills, tr.figure(res))
}

// killed starts a run, and sends it a signal after a wait.
func (tr *trial) killed(s syscall.Signal, wait time.Duration) result {
	return tr.load(command{args: tr.args("run", "--json"), during: func(cmd *exec.Cmd) {
		go func() {
			time.Sleep(wait)
			_ = cmd.Process.Signal(s) // it may have ended
		}()
	}})
}

// signals stops runs by a signal, and some by a second one at once.
func signals(tr *trial) string {
	stops, doubts, inFlight := 0, 0, 0
	for i := range 20 {
		s, want := syscall.SIGINT, 130
		if i%2 == 1 {
			s, want = syscall.SIGTERM, 143
		}
		twice, before := i%5 == 4, tr.server.Arrived()
		wait, writes := time.Duration(50+tr.random.IntN(400))*time.Millisecond, 0
		if i >= 5 { // the first signals come at any time, the others after some writes
			wait, writes = time.Duration(tr.random.IntN(100))*time.Millisecond, 1+tr.random.IntN(20)
		}
		res := tr.load(command{args: tr.args("run", "--json"), during: func(cmd *exec.Cmd) {
			go func() {
				for until := time.Now().Add(10 * time.Second); tr.posts(before, math.MaxInt) < writes && time.Now().Before(until); {
					time.Sleep(2 * time.Millisecond)
				}
				time.Sleep(wait)
				_ = cmd.Process.Signal(s)
				if twice {
					time.Sleep(10 * time.Millisecond)
					_ = cmd.Process.Signal(s)
				}
			}()
		}})
		if res.exit == 0 {
			break
		}
		stops++
		if tr.posts(res.from, res.to) > 0 {
			inFlight++
		}
		tr.expect(res.exit == want || res.killed, "exit %d after %v, want %d: %s\n%s", res.exit, s, want, res.message(), tail(res.err))
		sum := res.json.Summary
		if !twice && sum.RunID != "" {
			tr.expect(sum.sum() == sum.Rows && sum.InDoubt <= doubts, "after %v: %d rows, counters add up to %d, %d in doubt", s, sum.Rows, sum.sum(), sum.InDoubt)
			tr.expect(tr.inDoubt() <= doubts, "after %v %d rows are in doubt in the ledger, %d were before", s, tr.inDoubt(), doubts)
			tr.checkKnown()
		}
		doubts = tr.inDoubt()
	}
	tr.until(2)
	tr.expect(inFlight >= 10, "requests were in flight at %d of %d stops, want at least 10", inFlight, stops)
	return fmt.Sprintf("%d stops, %d of them with requests in flight, which were finished and recorded", stops, inFlight)
}

// inDoubt counts the rows that the ledger has in doubt.
func (tr *trial) inDoubt() (n int) {
	if len(tr.exports) == 0 {
		return 0
	}
	for _, e := range tr.exports[len(tr.exports)-1] {
		if e.Outcome == "in_doubt" {
			n++
		}
	}
	return n
}

// checkKnown compares the server with the ledger after a run was stopped by a signal.
func (tr *trial) checkKnown() {
	tr.t.Helper()
	ledger := map[string]entry{}
	if n := len(tr.exports); n > 0 {
		ledger = tr.exports[n-1]
	}
	for _, o := range tr.server.Objects() {
		if e := ledger[o.Kind+" "+o.ExternalID]; e.ID != o.ID && e.Outcome != "in_doubt" {
			tr.fail(3, "%s %s is in Kustomer, the ledger says %+v", o.Kind, o.ExternalID, e)
		}
	}
}

// exactKills kills at the n-th system call of several kinds, with strace. strace counts the calls of each thread.
func exactKills(tr *trial) string {
	needStrace(tr.t)
	points := []struct{ calls, path string }{
		{"pwrite64", ""}, {"fsync,fdatasync", ""}, {"write", ""}, {"read", ""}, {"close", ""},
	}
	for _, p := range points {
		for round := range 6 {
			n := 1 + round*2 + tr.random.IntN(3+round*3)
			if p.calls == "write" || p.calls == "read" {
				n += 20 * round
			}
			inject := fmt.Sprintf("inject=%s:signal=KILL:when=%d", p.calls, n)
			tr.load(command{wrap: []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + p.calls, "-e", inject}, args: tr.args("run", "--json")})
		}
		tr.until(3)
		tr.startAnew()
	}
	tr.until(2)
	return fmt.Sprintf("%d kills at writes, syncs, requests, answers and closes", tr.totals.kills)
}

// startAnew is forgetAll after a run that loaded everything.
func (tr *trial) startAnew() {
	tr.t.Helper()
	tr.expect(tr.last().exit == 0, "exit %d: %s", tr.last().exit, tr.last().message())
	tr.forgetAll()
}

// forgetAll checks what there is, and begins with an empty ledger and an empty Kustomer.
func (tr *trial) forgetAll() {
	tr.t.Helper()
	tr.checkState()
	if err := os.RemoveAll(tr.state()); err != nil {
		tr.t.Fatal(err)
	}
	tr.exports, tr.held = nil, nil
	tr.server.Forget()
}

// needStrace skips where there is no strace, or where it may not trace.
func needStrace(t testing.TB) {
	t.Helper()
	if err := exec.Command("strace", "-f", "-qq", "-o", "/dev/null", "true").Run(); err != nil {
		t.Skipf("needs strace, and the right to trace: %v", err)
	}
}

// outOfMemory gives runs less and less address space, until one fails between writes, and then enough.
func outOfMemory(tr *trial) string {
	peak := make(chan int64, 1)
	tr.load(command{args: tr.args("run", "--json"), limit: tr.s.limit, during: func(cmd *exec.Cmd) {
		go func() { peak <- watch(cmd.Process.Pid, "VmPeak:", nil) }()
	}})
	most := <-peak >> 10
	if most == 0 {
		tr.t.Skip("needs /proc")
	}
	var ends []string
	for percent := int64(100); percent > 80; percent -= 2 {
		tr.startAnew()
		res := tr.load(command{wrap: []string{"sh", "-c", fmt.Sprintf(`ulimit -v %d; exec "$@"`, most*percent/100), "sh"}, args: tr.args("run", "--json"), limit: tr.s.limit})
		posts := tr.posts(res.from, res.to)
		ends = append(ends, fmt.Sprintf("%d%%: exit %d after %d writes", percent, res.exit, posts))
		tr.run()
		if res.exit != 0 && posts > 0 || posts == 0 {
			break
		}
	}
	return fmt.Sprintf("of %d MB %s; then whole, at most %d MiB in use", most/1000, strings.Join(ends, ", "), tr.last().memory>>20)
}
