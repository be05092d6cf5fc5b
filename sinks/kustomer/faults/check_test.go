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

// export reads the ledger and compares it with what it said before: a settled entry never disappears
// and never changes its id (invariant 11).
func (l *lab) export() {
	l.t.Helper()
	if _, err := os.Stat(l.state()); err != nil {
		return
	}
	now := l.readLedger()
	if now == nil {
		return
	}
	if n := len(l.exports); n > 0 {
		for name, before := range l.exports[n-1] {
			if before.loaded() && now[name].ID != before.ID {
				l.fail(11, "the ledger said that %s is %s, now it says %q", name, before.ID, now[name].ID)
			}
		}
	}
	l.exports = append(l.exports, now)
}

// readLedger returns the entries by step and key; nil when there is no ledger that can be read.
func (l *lab) readLedger() map[string]entry {
	l.t.Helper()
	res := l.start(command{args: l.args("ledger", "--format", "ndjson")})
	l.results = l.results[:len(l.results)-1]
	if res.exit != 0 {
		return nil
	}
	entries := map[string]entry{}
	lines := bufio.NewScanner(strings.NewReader(res.out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			l.t.Errorf("a line of the ledger cannot be read: %v: %s", err, lines.Text())
			continue
		}
		entries[e.Step+" "+e.Key] = e
	}
	return entries
}

// check holds what is left by a scenario against the invariants of reliability.md 5.3.
func (l *lab) check() {
	l.t.Helper()
	last := l.last()
	if exits := l.want.exits; len(exits) == 0 && last.exit != 0 || len(exits) > 0 && !slices.Contains(exits, last.exit) {
		l.fail(4, "exit %d, want %v: %s\n%s", last.exit, append([]int{}, exits...), last.message(), tail(last.err))
	}
	l.checkDuplicates()
	l.checkLedger()
	if last.exit == 0 || last.exit == 1 {
		l.checkSummary(last)
	}
	l.checkSecrets()
	l.checkCeilings()
	if last.exit == 0 && !l.want.noRerun {
		l.checkRerun()
	}
	l.tally.requests = l.server.Arrived()
}

// checkDuplicates is invariant 1.
func (l *lab) checkDuplicates() {
	l.t.Helper()
	seen := map[string]int{}
	for _, c := range l.server.Commits() {
		if c.Op != "create" || c.Seeded {
			continue
		}
		name := c.Kind + " " + c.ExternalID
		if seen[name]++; seen[name] > 1 && !l.nothingToCompare(c) {
			l.tally.duplicates++
			l.fail(1, "%s was created %d times", name, seen[name])
		}
	}
}

// nothingToCompare reports the one object that may be there twice: where look-ups find nothing, and the ledger
// knows no other object of its step that they should find, so that nobody can know that they are wrong
// (contract.md 3, point 3).
func (l *lab) nothingToCompare(c Commit) bool {
	if !l.options.Blind || len(l.exports) == 0 {
		return false
	}
	for name, e := range l.exports[len(l.exports)-1] {
		if e.Step == c.Kind && e.loaded() && name != c.Kind+" "+c.ExternalID {
			return false
		}
	}
	return true
}

// checkLedger is invariants 2 and 3: every row is where it must be, and ledger and server agree.
func (l *lab) checkLedger() {
	l.t.Helper()
	ledger := map[string]entry{}
	if n := len(l.exports); n > 0 {
		ledger = l.exports[n-1]
	}
	objects := map[string]Object{}
	byID := map[string]Object{}
	for _, o := range l.server.Objects() {
		byID[o.ID] = o
		objects[o.Kind+" "+o.ExternalID] = o
		if e := ledger[o.Kind+" "+o.ExternalID]; !o.Seeded && e.ID != o.ID && e.Outcome != "in_doubt" && !l.want.partial &&
			!l.nothingToCompare(Commit{Kind: o.Kind, ExternalID: o.ExternalID}) {
			l.fail(3, "%s %s is in Kustomer as %s, the ledger says %+v", o.Kind, o.ExternalID, o.ID, e)
		}
	}
	complete := (l.last().exit == 0 || l.last().exit == 1) && !l.want.partial
	for _, step := range steps {
		for _, r := range l.rows[step.name] {
			name := step.name + " " + r.key
			e, there := ledger[name]
			switch {
			case !e.loaded():
				if complete {
					l.checkUnloaded(name, r, e, there)
				}
			case byID[e.ID].ID == "":
				l.fail(3, "the ledger says that %s is %s, which Kustomer does not have", name, e.ID)
			case !l.want.changed:
				l.checkObject(name, r, byID[e.ID], objects)
			}
		}
	}
}

// checkUnloaded looks at a row that the ledger does not have as loaded.
func (l *lab) checkUnloaded(name string, r row, e entry, there bool) {
	l.t.Helper()
	_, refused := l.want.rejected[r.key]
	switch {
	case refused && e.Outcome == "rejected", refused && !there:
	case l.want.doubt:
	default:
		l.tally.lost++
		l.fail(2, "%s is not loaded: %+v", name, e)
	}
}

// checkObject compares an object with what its row must become.
func (l *lab) checkObject(name string, r row, o Object, objects map[string]Object) {
	l.t.Helper()
	if o.Seeded {
		return
	}
	if o.ExternalID != r.key {
		l.fail(3, "%s is %s, which has the external id %s", name, o.ID, o.ExternalID)
	}
	got := map[string]any{}
	for field, value := range o.Attributes {
		if field != "customer" && field != "conversation" {
			got[field] = value
		}
	}
	if !reflect.DeepEqual(got, r.payload) {
		l.fail(3, "%s is\n%v, want\n%v", name, got, r.payload)
	}
	if r.parent == "" {
		return
	}
	kind := map[byte]string{'c': "customer", 't': "conversation"}[r.parent[0]]
	if want := objects[kind+" "+r.parent].ID; o.ParentID != want {
		l.fail(3, "%s belongs to %s, want %s (%s)", name, o.ParentID, want, r.parent)
	}
}

// checkSummary is invariants 2 and 4: the summary agrees with sources, ledger, journal and rejects.
func (l *lab) checkSummary(last result) {
	l.t.Helper()
	sum := last.said.Summary
	if sum.RunID == "" {
		return // the run printed for people
	}
	left := sum.Rejected + sum.InDoubt + sum.NotAttempted
	if (left > 0) != (last.exit == 1) {
		l.fail(4, "exit %d with %d rows left", last.exit, left)
	}
	rejected := 0
	for _, step := range steps {
		c := sum.Steps[step.name]
		if c.sum() != c.Rows {
			l.fail(2, "step %s: the counters add up to %d, rows are %d", step.name, c.sum(), c.Rows)
		}
		if want := len(l.rows[step.name]); c.Rows != want && !l.want.partial {
			l.fail(2, "step %s: %d rows, the source has %d", step.name, c.Rows, want)
		}
		rejected += c.Rejected
		l.checkRecount(step.name, c)
	}
	if n := l.rejectLines(sum.RejectedFiles); n != rejected && !l.want.partial {
		l.fail(4, "%d rows are rejected, the rejects hold %d", rejected, n)
	}
	limited := 0
	arrived := 0
	for _, e := range l.server.Events() {
		if e.Seq > last.from && e.Seq <= last.to {
			arrived++
			if e.Status == 429 {
				limited++
			}
		}
	}
	if sum.HTTP429 != limited {
		l.fail(4, "the summary counts %d answers of 429, the server gave %d", sum.HTTP429, limited)
	}
	if sum.Requests < arrived {
		l.fail(4, "the summary counts %d requests, the server saw %d", sum.Requests, arrived)
	}
}

// checkRecount compares the counters of a step with the ledger's entries for the rows of its source.
func (l *lab) checkRecount(step string, c counters) {
	l.t.Helper()
	if l.want.partial || len(l.exports) == 0 {
		return
	}
	loaded, doubt := 0, 0
	for _, r := range l.rows[step] {
		switch e := l.exports[len(l.exports)-1][step+" "+r.key]; {
		case e.Outcome == "in_doubt":
			doubt++
		case e.loaded():
			loaded++
		}
	}
	if c.loaded() != loaded || c.InDoubt != doubt {
		l.fail(4, "step %s: the summary counts %d rows loaded and %d in doubt, the ledger has %d and %d", step, c.loaded(), c.InDoubt, loaded, doubt)
	}
}

// rejectLines counts the rows in files of rejects.
func (l *lab) rejectLines(files []string) int {
	l.t.Helper()
	n := 0
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			l.fail(4, "the rejects cannot be read: %v", err)
			continue
		}
		if strings.HasSuffix(path, ".ndjson") {
			n += strings.Count(string(text), "\n")
			continue
		}
		lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil {
			l.fail(4, "the rejects are no CSV: %v", err)
			continue
		}
		n += len(lines) - 1
	}
	return n
}

// checkSecrets is invariants 5 and 6: the key is nowhere, values of rows are in the rejects alone, and
// all files are their owner's.
func (l *lab) checkSecrets() {
	l.t.Helper()
	keys := []string{
		secret, secret[:12], url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret)),
	}
	err := filepath.WalkDir(l.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(path, l.dir+"/")
		ours := strings.HasPrefix(name, ".kustsync")
		info, err := d.Info()
		if err != nil {
			return err
		}
		if ours && info.Mode().Perm()&0o077 != 0 {
			l.fail(6, "%s can be read by others: %v", name, info.Mode())
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
				l.fail(5, "%s holds the API key", name)
			}
		}
		if !strings.Contains(name, "/rejected/") && strings.Contains(string(text), canary) {
			l.fail(6, "%s holds values of rows", name)
		}
		return nil
	})
	if err != nil {
		l.t.Error(err)
	}
}

const maxMemory = 128 << 20 // peak of a run (reliability.md 5.3, 7)

// checkCeilings is invariants 7, 8 and 9. A run that takes too long was ended and has failed.
func (l *lab) checkCeilings() {
	l.t.Helper()
	for _, r := range l.results {
		l.tally.memory = max(l.tally.memory, r.memory)
		if r.memory > maxMemory && os.Getenv("FAULTS_RACE") == "" {
			l.fail(7, "a run took %d MiB", r.memory>>20)
		}
	}
	attempts := map[string]int{}
	for _, e := range l.server.Events() {
		if e.Method != "POST" || e.Status == 429 || e.Status == 401 {
			continue
		}
		name := e.Kind + " " + e.Object
		if attempts[name]++; attempts[name] == 40+2*len(l.results) {
			l.fail(8, "%s was sent %d times", name, attempts[name])
		}
	}
}

// checkRerun is invariant 10: a run after success sends nothing.
func (l *lab) checkRerun() {
	l.t.Helper()
	if err := l.server.SetRules(""); err != nil {
		l.t.Fatal(err)
	}
	res := l.run()
	if n := l.posts(res.from, res.to); n != 0 || res.exit != 0 {
		l.fail(10, "running again sent %d writes and ended with %d: %s", n, res.exit, res.message())
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
