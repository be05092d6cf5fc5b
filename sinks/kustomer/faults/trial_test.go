package faults

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// reading is one way to read what Kustomer's documents leave open.
type reading struct {
	name string
	set  func(*Options)
}

// readings cover: external ids that are unique and not, each status of a duplicate, both shapes of errors, each
// use of the reset header, look-ups that lag, and look-ups that find nothing.
var readings = []reading{
	{"unique 409 A reset:always", func(o *Options) {
		o.Unique, o.Duplicate, o.Shape, o.Rates = true, 409, ShapeA, Rates{Limit: 900_000, Reset: Always}
	}},
	{"not-unique 400 B reset:never", func(o *Options) {
		o.Unique, o.Duplicate, o.Shape, o.Rates = false, 400, ShapeB, Rates{}
	}},
	{"unique 422 B reset:429", func(o *Options) {
		o.Unique, o.Duplicate, o.Shape, o.Rates = true, 422, ShapeB, Rates{Limit: 900_000, Reset: Only429, Retry: Only429}
	}},
	{"not-unique 409 A reset:garbage lag", func(o *Options) {
		o.Unique, o.Duplicate, o.Shape, o.Rates = false, 409, ShapeA, Rates{Limit: 900_000, Reset: Garbage, Retry: Garbage}
		o.Lag = 400 * time.Millisecond
	}},
	{"not-unique 422 A blind", func(o *Options) {
		o.Unique, o.Duplicate, o.Shape, o.Blind = false, 422, ShapeA, true
	}},
	{"unique 400 B lag", func(o *Options) {
		o.Unique, o.Duplicate, o.Shape, o.Lag = true, 400, ShapeB, 400*time.Millisecond
	}},
}

// trial is one scenario with one reading: its folder, server, sources and results.
type trial struct {
	t       testing.TB
	s       *scenario
	reading reading
	random  *rand.Rand
	options Options

	dir    string
	server *Server
	front  *httptest.Server
	url    string
	child  atomic.Pointer[os.Process] // that runs now
	killer *killerListener            // where the scenario has one
	key    string
	env    []string

	rows    rows
	want    want
	results []result
	exports []map[string]entry // of the ledger, after each run
	totals  totals
	held    map[string]string // id -> digest of each object that no request may change

	broken map[int]int // how often an invariant did not hold
}

// totals are numbers that the suite adds up over all scenarios.
type totals struct {
	kills, duplicates, lost, overwritten, requests int
	memory                                         int64 // peak of a run, in bytes
}

// want is how a scenario must end.
type want struct {
	exits    []int             // of the last run; default 0
	rejected map[string]string // key -> a word of the field or message
	skipped  []string          // keys of rows that are skipped
	doubt    bool              // rows may be left in doubt
	partial  bool              // rows may be left that were not loaded
	ours     []string          // ids of objects that a person made, and that the rows may change
	gone     []string          // keys of rows whose object a person deleted, and that the ledger still names
	kept     []string          // keys of rows whose object stays below one that a person deleted
	merged   map[string]string // key -> id of the survivor that its row only points to
	noRerun  bool              // running again would load more
}

// secret is the API key of a scenario. It has characters that URL encodings change.
const secret = "secret/key+with=marks.0123456789abcdef"

func newTrial(t testing.TB, s *scenario, r reading) *trial {
	dir, err := os.MkdirTemp("", "faults-"+s.id+"-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if keep {
			t.Logf("files are in %s", dir)
			return
		}
		_ = os.RemoveAll(dir)
	})
	if err := os.Mkdir(filepath.Join(dir, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %s", cmp.Or(s.seed, suiteSeed()), s.id, r.name)
	seed := h.Sum64()
	tr := &trial{t: t, s: s, reading: r, random: rand.New(rand.NewPCG(seed, 1)), dir: dir, key: secret, broken: map[int]int{}}
	tr.options = Options{Seed: seed, Rules: s.rules, Token: secret, Kill: tr.kill}
	if s.journal {
		tr.options.Journal = filepath.Join(dir, "journal.ndjson")
	}
	r.set(&tr.options)
	if s.tune != nil {
		s.tune(&tr.options)
	}
	if tr.server, err = New(tr.options); err != nil {
		t.Fatal(err)
	}
	tr.front = httptest.NewUnstartedServer(tr.server)
	tr.front.Config.ErrorLog = discardLog()
	if s.front != nil {
		s.front(tr)
	} else {
		tr.front.Start()
	}
	if tr.url == "" {
		tr.url = tr.front.URL
	}
	t.Cleanup(func() {
		_ = tr.server.Close()
		tr.front.CloseClientConnections()
		tr.front.Close()
	})
	tr.rows = makeRows(s.rows())
	tr.rows.write(t, dir)
	tr.writePipeline(s.pipeline())
	return tr
}

func (tr *trial) path(name string) string { return filepath.Join(tr.dir, name) }

func (tr *trial) state() string { return tr.path(".kustsync") }

func (tr *trial) writePipeline(text string) {
	if err := os.WriteFile(tr.path("pipeline.yaml"), []byte(text), 0o600); err != nil {
		tr.t.Fatal(err)
	}
}

// args are the arguments of a command for this trial.
func (tr *trial) args(verb string, more ...string) []string {
	args := []string{verb, "--var", "URL=" + tr.url, "--log-level", "debug"}
	if verb == "run" {
		args = append(args, tr.s.flags...)
		if len(tr.s.flags) == 0 {
			args = append(args, "--bulk", "never") // a scenario without flags is about single requests
		}
	}
	return append(append(args, more...), "pipeline.yaml")
}

// run loads the pipeline, and exports the ledger afterwards.
func (tr *trial) run(more ...string) result {
	tr.t.Helper()
	return tr.load(command{args: tr.args("run", append([]string{"--json"}, more...)...), limit: tr.s.limit})
}

// load is run with a command of its own.
func (tr *trial) load(c command) result {
	tr.t.Helper()
	res := tr.start(c)
	if res.killed && res.exit == 137 {
		tr.totals.kills++
	}
	tr.export()
	return res
}

// until runs as long as rows are left that another run may settle, at most n times.
func (tr *trial) until(n int) result {
	tr.t.Helper()
	for i := 1; ; i++ {
		res := tr.run()
		if i >= n || res.exit == 0 || res.exit == 1 && res.json.Summary.InDoubt+res.json.Summary.NotAttempted == 0 {
			return res
		}
	}
}

// patience is how many runs a load may need: an object that look-ups do not show, or not yet, stays in doubt.
func (tr *trial) patience() int {
	if tr.options.Blind || tr.options.Lag > 0 {
		return 3
	}
	return 1
}

// fail reports that an invariant does not hold.
func (tr *trial) fail(invariant int, format string, args ...any) {
	tr.t.Helper()
	if tr.broken[invariant]++; tr.broken[invariant] > 3 {
		tr.t.Fail()
		return // three examples are enough
	}
	tr.t.Errorf("invariant %d: %s", invariant, fmt.Sprintf(format, args...))
}

// last is the newest result.
func (tr *trial) last() result { return tr.results[len(tr.results)-1] }

// posts counts the requests with other methods than GET among those that arrived after from, up to to.
func (tr *trial) posts(from, to int) int {
	n := 0
	for _, e := range tr.server.Events() {
		if e.Seq > from && e.Seq <= to && e.Method != "GET" {
			n++
		}
	}
	return n
}

// expect reports what a scenario expects and did not get.
func (tr *trial) expect(ok bool, format string, args ...any) {
	tr.t.Helper()
	if !ok {
		tr.t.Errorf(format, args...)
	}
}

// mentions reports whether a text has all the words.
func mentions(text string, words ...string) bool {
	for _, w := range words {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(w)) {
			return false
		}
	}
	return true
}

// firstWords is the beginning of a text.
func firstWords(text string, n int) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(n, len(words))], " ")
}
