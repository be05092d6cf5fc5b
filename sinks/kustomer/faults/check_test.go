package faults

import (
	"bufio"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// entry is a line of kustsync ledger --format ndjson.
type entry struct {
	Step, Key, Outcome string
	ID                 string `json:"kustomer_id"`
}

func (e entry) loaded() bool { return e.ID != "" }

// export reads the ledger and compares it with the export before: a settled entry never disappears
// and never changes its id (invariant 11).
func (tr *trial) export() {
	tr.t.Helper()
	if _, err := os.Stat(tr.state()); err != nil {
		return
	}
	now := tr.readLedger()
	if now == nil {
		return
	}
	if n := len(tr.exports); n > 0 {
		for name, before := range tr.exports[n-1] {
			if before.loaded() && now[name].ID != before.ID {
				tr.fail(11, "the ledger said that %s is %s, now it says %q", name, before.ID, now[name].ID)
			}
		}
	}
	tr.exports = append(tr.exports, now)
}

// readLedger returns the entries by step and key; nil when there is no ledger that can be read.
func (tr *trial) readLedger() map[string]entry {
	tr.t.Helper()
	res := tr.start(command{args: tr.args("ledger", "--format", "ndjson")})
	tr.results = tr.results[:len(tr.results)-1]
	if res.exit != 0 {
		return nil
	}
	entries := map[string]entry{}
	lines := bufio.NewScanner(strings.NewReader(res.out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			tr.t.Errorf("a line of the ledger cannot be read: %v: %s", err, lines.Text())
			continue
		}
		entries[e.Step+" "+e.Key] = e
	}
	return entries
}

// check checks the invariants of reliability.md 5.3 after a scenario.
func (tr *trial) check() {
	tr.t.Helper()
	last := tr.last()
	if exits := tr.want.exits; len(exits) == 0 && last.exit != 0 || len(exits) > 0 && !slices.Contains(exits, last.exit) {
		tr.fail(4, "exit %d, want %v: %s\n%s", last.exit, append([]int{}, exits...), last.message(), tail(last.err))
	}
	tr.checkState()
	if last.exit == 0 || last.exit == 1 {
		tr.checkSummary(last)
	}
	tr.checkSecrets()
	tr.checkCeilings()
	if last.exit == 0 && !tr.want.noRerun {
		tr.checkRerun()
	}
	tr.totals.requests = tr.server.Arrived()
}

// checkState checks what Kustomer holds and what the ledger says: invariants 1, 2, 3 and 13.
func (tr *trial) checkState() {
	tr.t.Helper()
	tr.checkDuplicates()
	tr.checkDoubles()
	tr.checkLedger()
	tr.checkHeld()
}

// checkDuplicates is invariant 1. What a person deleted may be created again; what a person merged may not.
func (tr *trial) checkDuplicates() {
	tr.t.Helper()
	deleted := map[string]bool{}
	for _, o := range tr.server.Objects() {
		deleted[o.ID] = o.Gone && o.Into == "" && !o.Seeded
	}
	seen := map[string]int{}
	for _, c := range tr.server.Commits() {
		name := c.Kind + " " + c.ExternalID
		if c.Op == "delete" && c.Seeded && deleted[c.ID] {
			seen[name]--
		}
		if c.Op != "create" || c.Seeded {
			continue
		}
		if seen[name]++; seen[name] > 1 && !tr.noControl(c) {
			tr.totals.duplicates++
			tr.fail(1, "%s was created %d times", name, seen[name])
		}
	}
}

// noControl reports whether an object may have been created twice: when look-ups find nothing, and the ledger knows no
// other object of the step that they should find, kustsync cannot know that they are wrong (contract.md 3, point 3).
func (tr *trial) noControl(c Commit) bool {
	if !tr.options.Blind || len(tr.exports) == 0 {
		return false
	}
	for name, e := range tr.exports[len(tr.exports)-1] {
		if e.Step == c.Kind && e.loaded() && name != c.Kind+" "+c.ExternalID {
			return false
		}
	}
	return true
}

// checkLedger is invariants 2 and 3: every row is where it must be, and ledger and server agree.
func (tr *trial) checkLedger() {
	tr.t.Helper()
	ledger := map[string]entry{}
	if n := len(tr.exports); n > 0 {
		ledger = tr.exports[n-1]
	}
	p := parents{map[string]Object{}, map[string]Object{}, ledger}
	for _, o := range tr.server.Objects() {
		name := o.Kind + " " + o.ExternalID
		p.byID[o.ID] = o
		if other, found := p.named[name]; !found || other.Gone || !o.Gone && other.Seeded {
			p.named[name] = o
		}
		if e := ledger[name]; !o.Seeded && !o.Gone && e.ID != o.ID && e.Outcome != "in_doubt" && !tr.want.partial &&
			!tr.noControl(Commit{Kind: o.Kind, ExternalID: o.ExternalID}) {
			tr.fail(3, "%s is in Kustomer as %s, the ledger says %+v", name, o.ID, e)
		}
	}
	tr.checkOwners(ledger)
	complete := (tr.last().exit == 0 || tr.last().exit == 1) && !tr.want.partial
	for _, step := range steps {
		for _, r := range tr.rows[step.name] {
			name := step.name + " " + r.key
			e, there := ledger[name]
			switch {
			case !e.loaded():
				if complete {
					tr.checkUnloaded(name, r, e, there)
				}
			case p.byID[e.ID].ID == "", p.byID[e.ID].Gone && !slices.Contains(tr.want.gone, r.key):
				tr.fail(3, "the ledger says that %s is %s, which Kustomer does not have", name, e.ID)
			default:
				tr.checkObject(name, r, p.byID[e.ID], p)
			}
		}
	}
}

// checkUnloaded checks a row that is not loaded according to the ledger.
func (tr *trial) checkUnloaded(name string, r row, e entry, there bool) {
	tr.t.Helper()
	_, refused := tr.want.rejected[r.key]
	switch {
	case refused && e.Outcome == "rejected", refused && !there:
	case slices.Contains(tr.want.skipped, r.key) && (e.Outcome == "skipped" || !there):
	case tr.want.doubt:
	default:
		tr.totals.lost++
		tr.fail(2, "%s is not loaded: %+v", name, e)
	}
}

// checkObject compares an object, and what it belongs to, with what its row must become.
func (tr *trial) checkObject(name string, r row, o Object, p parents) {
	tr.t.Helper()
	if want := p.of(r.key); tr.want.merged[r.key] != "" && o.ID == want {
		return // the survivor, which is held
	}
	if r.parent != "" && !o.Gone {
		if want := p.of(r.parent); o.ParentID != want && !(slices.Contains(tr.want.kept, r.key) && p.byID[o.ParentID].Gone) {
			tr.fail(3, "%s belongs to %s, want %s (%s)", name, o.ParentID, want, r.parent)
		}
	}
	if o.Seeded {
		tr.checkExisted(name, r, o)
		return
	}
	if o.ExternalID != r.key {
		tr.fail(3, "%s is %s, which has the external id %s", name, o.ID, o.ExternalID)
	}
	if tr.held[o.ID] != "" || o.Gone {
		return // a person changed it, or deleted it
	}
	got := map[string]any{}
	for field, value := range o.Attributes {
		if field != "customer" && field != "conversation" {
			got[field] = value
		}
	}
	if !reflect.DeepEqual(got, r.payload) {
		tr.fail(3, "%s is\n%v, want\n%v", name, got, r.payload)
	}
}

// checkSummary is invariants 2 and 4: the summary agrees with sources, ledger, journal and rejects.
func (tr *trial) checkSummary(last result) {
	tr.t.Helper()
	sum := last.json.Summary
	if sum.RunID == "" {
		return // the run had no --json
	}
	left := sum.Rejected + sum.InDoubt + sum.NotAttempted
	if (left > 0) != (last.exit == 1) {
		tr.fail(4, "exit %d with %d rows left", last.exit, left)
	}
	rejected := 0
	for _, step := range steps {
		c := sum.Steps[step.name]
		if c.sum() != c.Rows {
			tr.fail(2, "step %s: the counters add up to %d, rows are %d", step.name, c.sum(), c.Rows)
		}
		if want := len(tr.rows[step.name]); c.Rows != want && !tr.want.partial {
			tr.fail(2, "step %s: %d rows, the source has %d", step.name, c.Rows, want)
		}
		rejected += c.Rejected
		tr.checkRecount(step.name, c)
	}
	if n := tr.rejectLines(sum.RejectedFiles); n != rejected && !tr.want.partial {
		tr.fail(4, "the summary counts %d rejected rows, the files of rejected rows hold %d", rejected, n)
	}
	limited := 0
	arrived := 0
	for _, e := range tr.server.Events() {
		if e.Seq > last.from && e.Seq <= last.to {
			arrived++
			if e.Status == 429 {
				limited++
			}
		}
	}
	if sum.HTTP429 != limited {
		tr.fail(4, "the summary counts %d answers of 429, the server gave %d", sum.HTTP429, limited)
	}
	if sum.Requests < arrived {
		tr.fail(4, "the summary counts %d requests, the server saw %d", sum.Requests, arrived)
	}
}

// checkRecount compares the counters of a step with the ledger's entries for the rows of its source.
func (tr *trial) checkRecount(step string, c counters) {
	tr.t.Helper()
	if tr.want.partial || len(tr.exports) == 0 {
		return
	}
	loaded, doubt := 0, 0
	for _, r := range tr.rows[step] {
		switch e := tr.exports[len(tr.exports)-1][step+" "+r.key]; {
		case e.Outcome == "in_doubt":
			doubt++
		case e.loaded() && e.Outcome != "rejected" && e.Outcome != "skipped":
			loaded++
		}
	}
	if c.loaded() != loaded || c.InDoubt != doubt {
		tr.fail(4, "step %s: the summary counts %d rows loaded and %d in doubt, the ledger has %d and %d", step, c.loaded(), c.InDoubt, loaded, doubt)
	}
}

// rejectLines counts the rows in files of rejected rows.
func (tr *trial) rejectLines(files []string) int {
	tr.t.Helper()
	n := 0
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			tr.fail(4, "a file of rejected rows cannot be read: %v", err)
			continue
		}
		if strings.HasSuffix(path, ".ndjson") {
			n += strings.Count(string(text), "\n")
			continue
		}
		lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil {
			tr.fail(4, "a file of rejected rows is not CSV: %v", err)
			continue
		}
		n += len(lines) - 1
	}
	return n
}

// checkSecrets is invariants 5 and 6: the key is nowhere, values of rows are in the rejects alone, and
// all files are their owner's.
func (tr *trial) checkSecrets() {
	tr.t.Helper()
	keys := []string{
		secret, secret[:12], url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)),
	}
	err := filepath.WalkDir(tr.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, tr.dir+"/")
		ours := strings.HasPrefix(name, ".kustsync")
		info, err := d.Info()
		if err != nil {
			return err
		}
		if ours && info.Mode().Perm()&0o077 != 0 {
			tr.fail(6, "%s can be read by others: %v", name, info.Mode())
		}
		if !info.Mode().IsRegular() || !ours && !strings.HasPrefix(name, "printed") && !strings.HasPrefix(name, "tmp/") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if strings.Contains(string(text), k) {
				tr.fail(5, "%s holds the API key", name)
			}
		}
		if !strings.Contains(name, "/rejected/") && strings.Contains(string(text), marker) {
			tr.fail(6, "%s holds values of rows", name)
		}
		return nil
	})
	if err != nil {
		tr.t.Error(err)
	}
}

const maxMemory = 128 << 20 // peak of a run (reliability.md 5.3, 7)

// checkCeilings is invariants 7 and 8: memory, and how often an object is sent. Invariant 9, time, is checked by start.
func (tr *trial) checkCeilings() {
	tr.t.Helper()
	for _, r := range tr.results {
		tr.totals.memory = max(tr.totals.memory, r.memory)
		if r.memory > maxMemory && os.Getenv("FAULTS_RACE") == "" {
			tr.fail(7, "a run took more than 128 MiB: %d", r.memory>>20)
		}
	}
	attempts := map[string]int{}
	for _, e := range tr.server.Events() {
		if e.Method != "POST" || e.Status == 429 || e.Status == 401 {
			continue
		}
		name := e.Kind + " " + e.Object
		if attempts[name]++; attempts[name] == 40+2*len(tr.results) {
			tr.fail(8, "%s was sent %d times", name, attempts[name])
		}
	}
}

// checkRerun is invariant 10: a run after success sends nothing.
func (tr *trial) checkRerun() {
	tr.t.Helper()
	if err := tr.server.SetRules(""); err != nil {
		tr.t.Fatal(err)
	}
	res := tr.run()
	if n := tr.posts(res.from, res.to); n != 0 || res.exit != 0 {
		tr.fail(10, "the repeated run sent %d writes and ended with %d: %s", n, res.exit, res.message())
	}
}

// tail is the end of a text, without the lines of the debug log.
func tail(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.Contains(line, " DBG ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-12):], "")
}
