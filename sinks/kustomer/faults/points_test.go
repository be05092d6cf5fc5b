package faults

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// instant is where a run was killed, by what ledger and Kustomer know of the row that was on its way.
type instant int

const (
	alive        instant = iota // it was not killed
	nothingBegun                // nothing of this run is in the ledger, and nothing was asked for
	begunOnly                   // the begun is in the ledger, the request never came
	asked                       // the request came, nothing was written
	written                     // Kustomer wrote, and did not answer
	answered                    // it answered, the outcome is not in the ledger
	settled                     // the outcome is in the ledger, nothing else is begun
	instants
)

var instantNames = [instants]string{"not killed", "before begun", "begun, not sent", "sent, not written", "written, not answered", "answered, not settled", "settled"}

// killerListener kills the child when its n-th connection comes, and takes nothing from that one. A
// connection carries one request, so that the request that it is for never comes.
type killerListener struct {
	net.Listener
	kill func()
	next atomic.Int64 // connections until then; 0 or less is never
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

// killingFront starts a listener that can kill, and lets no connection live on.
func killingFront(l *lab) {
	l.killer = &killerListener{Listener: l.front.Listener, kill: l.kill}
	l.front.Listener = l.killer
	l.front.Config.SetKeepAlivesEnabled(false)
	l.front.Start()
}

// exactPoints kills runs between each two steps of a write, until every instant was met four times. (That an
// outcome is settled and the next row not begun is for ledger and Kustomer the same as nothing begun; it is
// met by chance.) All rows have one ordering key, so that one alone is on its way.
func exactPoints(l *lab) string {
	needStrace(l.t)
	whole := l.rows
	l.rows = makeRows(size{1, 1, 1})
	l.rows.write(l.t, l.dir)
	l.writePipeline(strings.ReplaceAll(l.s.pipeline(), "    sink:", "    ordering_key: one\n    sink:"))
	l.run() // so that what a new ledger is checked for is over
	l.rows = whole
	l.rows.write(l.t, l.dir)
	var met [instants]int
	enough := func() bool {
		for _, n := range met[nothingBegun:settled] {
			if n < 4 {
				return false
			}
		}
		return true
	}
	tries := 0
	for ; tries < 60 && !enough() && !l.t.Failed(); tries++ {
		met[l.killedAt(tries)]++
	}
	l.until(3)
	var figures []string
	for m := nothingBegun; m < instants; m++ {
		l.expect(met[m] > 0 || m == settled, "no run was killed in the instant %q, in %d tries: %v", instantNames[m], tries, met)
		figures = append(figures, fmt.Sprintf("%s %d", instantNames[m], met[m]))
	}
	return "kills: " + strings.Join(figures, ", ")
}

// killedAt runs, is killed in one of five ways, and says in which instant.
func (l *lab) killedAt(try int) instant {
	var before map[string]entry
	if n := len(l.exports); n > 0 {
		before = l.exports[n-1]
	}
	c := command{args: l.args("run", "--json")}
	rules := ""
	switch n := 1 + l.random.IntN(12); try % 5 {
	case 0:
		l.killer.next.Store(int64(1 + n))
	case 1:
		rules = fmt.Sprintf("kill-before method=POST from=%d", l.server.Arrived()+n)
	case 2:
		rules = fmt.Sprintf("kill-after method=POST from=%d", l.server.Arrived()+n)
	case 3:
		wait := time.Duration(l.random.IntN(1500)) * time.Microsecond
		rules = fmt.Sprintf("kill-told=%v method=POST from=%d", wait, l.server.Arrived()+n)
	default:
		call := []string{"pwrite64", "fdatasync,fsync"}[l.random.IntN(2)]
		c.wrap = []string{"strace", "-f", "-qq", "-o", "/dev/null", "-P", l.logPath(), "-e", "trace=" + call, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n)}
	}
	if err := l.server.SetRules(rules); err != nil {
		l.t.Fatal(err)
	}
	res := l.load(c)
	l.killer.next.Store(0)
	if err := l.server.SetRules(""); err != nil {
		l.t.Fatal(err)
	}
	if !res.killed {
		return alive
	}
	return l.instantOf(before, res)
}

// logPath is where the ledger's log is, or will be.
func (l *lab) logPath() string {
	if found, err := filepath.Glob(filepath.Join(l.state(), "*", "*", "ledger.db")); err == nil && len(found) == 1 {
		return found[0] + "-wal"
	}
	return filepath.Join(l.state(), "faults", strings.ReplaceAll(strings.TrimPrefix(l.url, "http://"), ":", "_"), "ledger.db-wal")
}

// instantOf compares what the ledger says after a kill with what it said before, and with the server.
func (l *lab) instantOf(before map[string]entry, res result) instant {
	posted := map[string]bool{}
	for _, e := range l.server.Events() {
		posted[e.Object] = posted[e.Object] || e.Seq > res.from && e.Method == "POST"
	}
	open, kind, key := "", "", ""
	if n := len(l.exports); n > 0 {
		for name, e := range l.exports[n-1] {
			if e.Outcome == "in_doubt" && (before[name].Outcome != "in_doubt" || posted[e.Key]) {
				open, kind, key = name, e.Step, e.Key
			}
		}
	}
	sent, status := false, 0
	for _, e := range l.server.Events() {
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
	for _, o := range l.server.Objects() {
		if o.Kind == kind && o.ExternalID == key {
			return written
		}
	}
	return asked
}

// kill ends the child that runs now, as nothing else can.
func (l *lab) kill() {
	if child := l.child.Load(); child != nil {
		_ = child.Kill() // it may have ended
	}
}
