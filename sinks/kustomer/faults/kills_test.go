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

// kills are F29 to F32: runs that end before their time.
var kills = []scenario{
	{id: "F29", fault: "SIGINT and SIGTERM at random, once and twice", fewer: true, do: signals, size: size{300, 300, 300}, rules: "delay=60ms method=POST"},
	{id: "F30", fault: "SIGKILL at random, among lost answers", short: true, do: randomKills, size: size{150, 150, 150}, rules: `
		reset-before method=POST attempt=1 share=3%
		reset-after method=POST attempt=1 share=4%
		status-after=503 method=POST attempt=1 share=4%
		hang-after method=POST attempt=1 share=2%
		late=500ms method=POST attempt=1 share=2%`, config: map[string]string{"timeout": "700ms"}},
	{id: "F31", fault: "SIGKILL at the n-th write and sync of the ledger, and at the n-th request", do: exactKills, fewer: true, size: size{40, 40, 40}, rules: "delay=3ms"},
	{id: "F31", fault: "SIGKILL between each two steps of a write", do: exactPoints, fewer: true, size: size{60, 80, 80}, front: killingFront,
		config: map[string]string{"in_doubt_wait": "300ms"}},
	{id: "F32", fault: "out of memory", fewer: true, do: outOfMemory, size: size{4_000, 1, 1}, limit: 2 * time.Minute},
}

// randomKills kills run after run, and then lets one end.
func randomKills(l *lab) string {
	kills := 25
	if lane == "short" {
		kills = 6
	}
	for range kills {
		wait := time.Duration(20+l.random.IntN(800)) * time.Millisecond
		res := l.killed(killSignal, wait)
		if res.exit == 0 && !l.options.Blind {
			break
		}
	}
	res := l.until(4)
	return fmt.Sprintf("%d kills, %s", l.tally.kills, l.figure(res))
}

// killed runs, and sends a signal after a while.
func (l *lab) killed(s syscall.Signal, wait time.Duration) result {
	return l.load(command{args: l.args("run", "--json"), during: func(cmd *exec.Cmd) {
		go func() {
			time.Sleep(wait)
			_ = cmd.Process.Signal(s) // it may have ended
		}()
	}})
}

// signals stops runs in good order, and some at once by a second signal.
func signals(l *lab) string {
	stops, doubts, busy := 0, 0, 0
	for i := range 20 {
		s, want := syscall.SIGINT, 130
		if i%2 == 1 {
			s, want = syscall.SIGTERM, 143
		}
		twice, before := i%5 == 4, l.server.Arrived()
		wait, writes := time.Duration(50+l.random.IntN(400))*time.Millisecond, 0
		if i >= 5 { // the first signals come at any time, the others amid writes
			wait, writes = time.Duration(l.random.IntN(100))*time.Millisecond, 1+l.random.IntN(20)
		}
		res := l.load(command{args: l.args("run", "--json"), during: func(cmd *exec.Cmd) {
			go func() {
				for until := time.Now().Add(10 * time.Second); l.posts(before, math.MaxInt) < writes && time.Now().Before(until); {
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
		if l.posts(res.from, res.to) > 0 {
			busy++
		}
		l.expect(res.exit == want || res.killed, "exit %d after %v, want %d: %s\n%s", res.exit, s, want, res.message(), tail(res.err))
		sum := res.said.Summary
		if !twice && sum.RunID != "" {
			l.expect(sum.sum() == sum.Rows && sum.InDoubt <= doubts, "after %v: %d rows, counters add up to %d, %d in doubt", s, sum.Rows, sum.sum(), sum.InDoubt)
			l.expect(l.inDoubt() <= doubts, "after %v %d rows are in doubt in the ledger, %d were before", s, l.inDoubt(), doubts)
			l.checkKnown()
		}
		doubts = l.inDoubt()
	}
	l.until(2)
	l.expect(busy >= 10, "only %d of %d stops met requests in flight", busy, stops)
	return fmt.Sprintf("%d stops, %d of them amid requests, which were finished and recorded", stops, busy)
}

// inDoubt counts the rows that the ledger has in doubt.
func (l *lab) inDoubt() (n int) {
	if len(l.exports) == 0 {
		return 0
	}
	for _, e := range l.exports[len(l.exports)-1] {
		if e.Outcome == "in_doubt" {
			n++
		}
	}
	return n
}

// checkKnown compares the server with the ledger after a graceful stop.
func (l *lab) checkKnown() {
	l.t.Helper()
	ledger := map[string]entry{}
	if n := len(l.exports); n > 0 {
		ledger = l.exports[n-1]
	}
	for _, o := range l.server.Objects() {
		if e := ledger[o.Kind+" "+o.ExternalID]; e.ID != o.ID && e.Outcome != "in_doubt" {
			l.fail(3, "%s %s is in Kustomer, the ledger says %+v", o.Kind, o.ExternalID, e)
		}
	}
}

// exactKills kills at the n-th call of each kind that matters, with strace. The calls are counted for
// each thread.
func exactKills(l *lab) string {
	needStrace(l.t)
	points := []struct{ calls, path string }{
		{"pwrite64", ""}, {"fsync,fdatasync", ""}, {"write", ""}, {"read", ""}, {"close", ""},
	}
	for _, p := range points {
		for round := range 6 {
			n := 1 + round*2 + l.random.IntN(3+round*3)
			if p.calls == "write" || p.calls == "read" {
				n += 20 * round
			}
			inject := fmt.Sprintf("inject=%s:signal=KILL:when=%d", p.calls, n)
			l.load(command{wrap: []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + p.calls, "-e", inject}, args: l.args("run", "--json")})
		}
		l.until(3)
		l.startAnew()
	}
	l.until(2)
	return fmt.Sprintf("%d kills at writes, syncs, requests, answers and closes", l.tally.kills)
}

// startAnew checks for duplicates and begins with an empty ledger and an empty Kustomer.
func (l *lab) startAnew() {
	l.t.Helper()
	l.expect(l.last().exit == 0, "exit %d: %s", l.last().exit, l.last().message())
	l.checkDuplicates()
	l.checkLedger()
	if err := os.RemoveAll(l.state()); err != nil {
		l.t.Fatal(err)
	}
	l.exports = nil
	l.server.Forget()
}

// needStrace skips where there is no strace, or where it may not trace.
func needStrace(t *testing.T) {
	t.Helper()
	if err := exec.Command("strace", "-f", "-qq", "-o", "/dev/null", "true").Run(); err != nil {
		t.Skipf("needs strace, and the right to trace: %v", err)
	}
}

// outOfMemory gives runs less and less address space than a whole one took, until one breaks down amid
// writes, and then enough.
func outOfMemory(l *lab) string {
	peak := make(chan int64, 1)
	l.load(command{args: l.args("run", "--json"), limit: l.s.limit, during: func(cmd *exec.Cmd) {
		go func() { peak <- watch(cmd.Process.Pid, "VmPeak:", nil) }()
	}})
	most := <-peak >> 10
	if most == 0 {
		l.t.Skip("needs /proc")
	}
	var ends []string
	for percent := int64(100); percent > 80; percent -= 2 {
		l.startAnew()
		res := l.load(command{wrap: []string{"sh", "-c", fmt.Sprintf(`ulimit -v %d; exec "$@"`, most*percent/100), "sh"}, args: l.args("run", "--json"), limit: l.s.limit})
		posts := l.posts(res.from, res.to)
		ends = append(ends, fmt.Sprintf("%d%%: exit %d after %d writes", percent, res.exit, posts))
		l.run()
		if res.exit != 0 && posts > 0 || posts == 0 {
			break
		}
	}
	return fmt.Sprintf("of %d MB %s; then whole, at most %d MiB in use", most/1000, strings.Join(ends, ", "), l.last().memory>>20)
}
