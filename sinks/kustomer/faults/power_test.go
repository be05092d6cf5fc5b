package faults

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// power is F33: the machine loses power. strace shows what was written and synced, in which order; a ledger is then made
// of what was synced, and of a part of the rest.
var power = []scenario{
	{id: "F33", fault: "power loss: writes that were not synced are lost, or partly there", oneReading: true, do: powerLoss, size: size{25, 25, 25}, rules: "delay=5ms"},
}

// diskCall is one system call about the ledger or to Kustomer, in the order of the trace.
type diskCall struct {
	write  bool   // of data to the log at an offset; else a sync of it
	post   string // the external id in a request that was written to Kustomer
	data   []byte
	offset int
	other  bool // a write to the ledger itself: SQLite moves the log into it
}

var (
	writeCall = regexp.MustCompile(`pwrite64\(\d+<([^>]*)>, "([^"]*)"(?:\.\.\.)?, \d+, (\d+)`)
	syncCall  = regexp.MustCompile(`(?:fsync|fdatasync)\(\d+<([^>]*)>\)\s+= 0`)
	syncBegin = regexp.MustCompile(`^(\d+) .*(?:fsync|fdatasync)\(\d+<([^>]*)> <unfinished`)
	syncEnd   = regexp.MustCompile(`^(\d+) .*<\.\.\. (?:fsync|fdatasync) resumed>\)\s*= 0`)
	postCall  = regexp.MustCompile(`write\(\d+<[^>]*>?[^,]*, "(\\x50\\x4f\\x53\\x54[^"]*)"`)
	postName  = regexp.MustCompile(`"externalId":"(\w+)"`)
)

// readTrace reads what strace -xx has written about the ledger's log.
func readTrace(text string) []diskCall {
	var calls []diskCall
	pending := map[string]string{} // thread -> file that it syncs
	for line := range strings.Lines(text) {
		if m := syncBegin.FindStringSubmatch(line); m != nil {
			pending[m[1]] = m[2]
			continue
		}
		if m := syncEnd.FindStringSubmatch(line); m != nil {
			if strings.HasSuffix(pending[m[1]], "ledger.db-wal") {
				calls = append(calls, diskCall{})
			}
			continue
		}
		if m := syncCall.FindStringSubmatch(line); m != nil && strings.HasSuffix(m[1], "ledger.db-wal") {
			calls = append(calls, diskCall{})
			continue
		}
		if m := postCall.FindStringSubmatch(line); m != nil {
			text, err := hex.DecodeString(strings.ReplaceAll(m[1], `\x`, ""))
			if name := postName.FindSubmatch(text); err == nil && name != nil {
				calls = append(calls, diskCall{post: string(name[1])})
			}
			continue
		}
		m := writeCall.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		switch {
		case strings.HasSuffix(m[1], "ledger.db-wal"):
			data, err := hex.DecodeString(strings.ReplaceAll(m[2], `\x`, ""))
			offset, _ := strconv.Atoi(m[3])
			if err == nil {
				calls = append(calls, diskCall{write: true, data: data, offset: offset})
			}
		case strings.HasSuffix(m[1], "ledger.db"):
			calls = append(calls, diskCall{other: true})
		}
	}
	return calls
}

// powerLoss loads under strace. Then, for many moments, it restores the ledger that a loss of power would have left at
// that moment, and what Kustomer had stored by then, and runs again.
func powerLoss(tr *trial) string {
	needStrace(tr.t)
	whole := makeRows(tr.s.rows())
	tr.rows = makeRows(size{1, 1, 1})
	tr.rows.write(tr.t, tr.dir)
	tr.run() // makes the ledger
	tr.rows = whole
	tr.rows.write(tr.t, tr.dir)
	path := tr.ledgerPath()
	base, err := os.ReadFile(path)
	if err != nil {
		tr.t.Fatal(err)
	}
	before := tr.server.History().Names()
	trace := tr.path("trace")
	tr.load(command{wrap: []string{"strace", "-f", "-qq", "-xx", "-y", "-s", "9000", "-e", "trace=pwrite64,fsync,fdatasync,write", "-o", trace}, args: tr.args("run", "--json")})
	history := tr.server.History()
	text, err := os.ReadFile(trace)
	if err != nil {
		tr.t.Fatal(err)
	}
	_ = os.Remove(trace)
	plain := strings.NewReplacer(tr.hexPath()+`\x2d\x77\x61\x6c`, "ledger.db-wal", tr.hexPath(), "ledger.db").Replace(string(text))
	calls := readTrace(plain)
	last := len(calls)
	for i, c := range calls {
		if c.other {
			last = i
			break
		}
	}
	losses, posts, syncs := 40, 0, 0
	for _, c := range calls[:last] {
		if c.post == "" && !c.write {
			syncs++
		}
	}
	for n := range losses {
		at := 1 + n*last/losses
		log, sent := tr.logAfter(calls[:at])
		posts = max(posts, len(sent))
		tr.putLedger(path, base)
		if err := os.WriteFile(path+"-wal", log, 0o600); err != nil {
			tr.t.Fatal(err)
		}
		tr.server.Rewind(history, func(name string) bool { return before[name] || sent[name] })
		tr.exports = nil
		res := tr.run()
		if res.exit == 1 { // rows in doubt that no look-up shows yet
			res = tr.run()
		}
		tr.expect(res.exit == 0, "power lost after %d of %d calls: exit %d: %s", at, last, res.exit, res.message())
		tr.checkState()
		if tr.t.Failed() {
			break
		}
	}
	tr.expect(syncs > 10, "only %d syncs of the log were seen", syncs)
	tr.expect(posts > 20, "only %d requests were seen", posts)
	return fmt.Sprintf("%d losses among %d calls, %d of them syncs; %d requests before the last", losses, last, syncs, posts)
}

// hexPath is the path of the ledger as strace -xx -y writes it.
func (tr *trial) hexPath() string {
	var b strings.Builder
	for _, c := range []byte(filepath.Join(filepath.Dir(tr.ledgerPath()), "ledger.db")) {
		fmt.Fprintf(&b, `\x%02x`, c)
	}
	return b.String()
}

// logAfter is what a loss of power leaves of the log after some calls: all that was synced, and a random part of the
// writes since then, the last of them cut. sent are the external ids of the requests that were sent.
func (tr *trial) logAfter(calls []diskCall) (log []byte, sent map[string]bool) {
	sent = map[string]bool{}
	var loose []diskCall
	apply := func(c diskCall) {
		if end := c.offset + len(c.data); end > len(log) {
			log = append(log, make([]byte, end-len(log))...)
		}
		copy(log[c.offset:], c.data)
	}
	for _, c := range calls {
		switch {
		case c.post != "":
			sent[c.post] = true
		case c.write:
			loose = append(loose, c)
		case !c.other:
			for _, w := range loose {
				apply(w)
			}
			loose = nil
		}
	}
	for _, w := range loose {
		switch tr.random.IntN(3) {
		case 0:
			apply(w)
		case 1:
			w.data = w.data[:tr.random.IntN(len(w.data)+1)]
			apply(w)
		}
	}
	return log, sent
}
