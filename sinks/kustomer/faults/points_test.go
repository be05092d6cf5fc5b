package faults

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// instant is the step of a write at which a run was killed, by what ledger and Kustomer know of the row.
type instant int

const (
	alive        instant = iota // it was not killed
	nothingBegun                // nothing of this run is in the ledger, and nothing was asked for
	begunOnly                   // the intent is in the ledger, the request never came
	asked                       // the request came, nothing was written
	written                     // Kustomer wrote, and did not answer
	answered                    // it answered, the outcome is not in the ledger
	settled                     // the outcome is in the ledger, nothing else is begun
	instants
)

var instantNames = [instants]string{"not killed", "before begun", "begun, not sent", "sent, not written", "written, not answered", "answered, not settled", "settled"}

// killerListener kills the child when its n-th connection comes, and reads nothing from that connection. Each
// connection carries one request, which then never arrives.
type killerListener struct {
	net.Listener
	kill func()
	next atomic.Int64 // connections until the kill; 0 or less is never
}

func (k *killerListener) Accept() (net.Conn, error) {
	for {
		conn, err := k.Listener.Accept()
		if err != nil || k.next.Add(-1) != 0 {
			return conn, err
		}
		k.kill()
		_ = conn.Close()
	}
}

// killingFront starts a killerListener, and closes each connection after one request.
func killingFront(tr *trial) {
	tr.killer = &killerListener{Listener: tr.front.Listener, kill: tr.kill}
	tr.front.Listener = tr.killer
	tr.front.Config.SetKeepAlivesEnabled(false)
	tr.front.Start()
}

// exactPoints kills runs between each two steps of a write, until it has seen every instant four times. (For ledger and
// Kustomer there is no difference between a settled outcome with no next row and nothing begun; that one is reached by
// chance.) All rows have one ordering key, so that only one is sent at a time.
func exactPoints(tr *trial) string {
	needStrace(tr.t)
	whole := tr.rows
	tr.rows = makeRows(size{1, 1, 1})
	tr.rows.write(tr.t, tr.dir)
	tr.writePipeline(strings.ReplaceAll(tr.s.pipeline(), "    sink:", "    ordering_key: one\n    sink:"))
	tr.run() // so that the checks for a new ledger are done
	tr.rows = whole
	tr.rows.write(tr.t, tr.dir)
	var kills [instants]int
	enough := func() bool {
		for _, n := range kills[nothingBegun:settled] {
			if n < 4 {
				return false
			}
		}
		return true
	}
	tries := 0
	for ; tries < 60 && !enough() && !tr.t.Failed(); tries++ {
		kills[tr.killedAt(tries)]++
	}
	tr.until(3)
	var figures []string
	for m := nothingBegun; m < instants; m++ {
		tr.expect(kills[m] > 0 || m == settled, "no run was killed in the instant %q, in %d tries: %v", instantNames[m], tries, kills)
		figures = append(figures, fmt.Sprintf("%s %d", instantNames[m], kills[m]))
	}
	return "kills: " + strings.Join(figures, ", ")
}

// killedAt starts a run, kills it in one of five ways, and returns the instant.
func (tr *trial) killedAt(try int) instant {
	var before map[string]entry
	if n := len(tr.exports); n > 0 {
		before = tr.exports[n-1]
	}
	c := command{args: tr.args("run", "--json")}
	rules := ""
	switch n := 1 + tr.random.IntN(12); try % 5 {
	case 0:
		tr.killer.next.Store(int64(1 + n))
	case 1:
		rules = fmt.Sprintf("kill-before method=POST from=%d", tr.server.Arrived()+n)
	case 2:
		rules = fmt.Sprintf("kill-after method=POST from=%d", tr.server.Arrived()+n)
	case 3:
		wait := time.Duration(tr.random.IntN(1500)) * time.Microsecond
		rules = fmt.Sprintf("kill-told=%v method=POST from=%d", wait, tr.server.Arrived()+n)
	default:
		call := []string{"pwrite64", "fdatasync,fsync"}[tr.random.IntN(2)]
		c.wrap = []string{"strace", "-f", "-qq", "-o", "/dev/null", "-P", tr.logPath(), "-e", "trace=" + call, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n)}
	}
	if err := tr.server.SetRules(rules); err != nil {
		tr.t.Fatal(err)
	}
	res := tr.load(c)
	tr.killer.next.Store(0)
	if err := tr.server.SetRules(""); err != nil {
		tr.t.Fatal(err)
	}
	if !res.killed {
		return alive
	}
	return tr.instantOf(before, res)
}

// logPath is where the ledger's log is, or will be.
func (tr *trial) logPath() string {
	if found, err := filepath.Glob(filepath.Join(tr.state(), "*", "*", "ledger.db")); err == nil && len(found) == 1 {
		return found[0] + "-wal"
	}
	return filepath.Join(tr.state(), "faults", strings.ReplaceAll(strings.TrimPrefix(tr.url, "http://"), ":", "_"), "ledger.db-wal")
}

// instantOf compares what the ledger says after a kill with what it said before, and with the server.
func (tr *trial) instantOf(before map[string]entry, res result) instant {
	posted := map[string]bool{}
	for _, e := range tr.server.Events() {
		posted[e.Object] = posted[e.Object] || e.Seq > res.from && e.Method == "POST"
	}
	open, kind, key := "", "", ""
	if n := len(tr.exports); n > 0 {
		for name, e := range tr.exports[n-1] {
			if e.Outcome == "in_doubt" && (before[name].Outcome != "in_doubt" || posted[e.Key]) {
				open, kind, key = name, e.Step, e.Key
			}
		}
	}
	sent, status := false, 0
	for _, e := range tr.server.Events() {
		if e.Seq > res.from && e.Method == "POST" && (open == "" || e.Kind == kind && e.Object == key) {
			sent, status = true, e.Status
		}
	}
	switch {
	case open == "" && sent:
		return settled
	case open == "":
		return nothingBegun
	case !sent:
		return begunOnly
	case status == 201:
		return answered
	}
	for _, o := range tr.server.Objects() {
		if o.Kind == kind && o.ExternalID == key {
			return written
		}
	}
	return asked
}

// kill kills the child that runs now.
func (tr *trial) kill() {
	if child := tr.child.Load(); child != nil {
		_ = child.Kill() // it may have ended
	}
}
