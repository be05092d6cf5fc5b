package faults

import (
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

// reading is one way to understand what Kustomer's documents leave open.
type reading struct {
	name string
	set  func(*Options)
}

// readings cover: external ids unique and not, each status of a duplicate, both shapes of errors, each
// habit of the reset header, look-ups that lag, and look-ups that find nothing.
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

// lab is where one scenario is played.
type lab struct {
	t       *testing.T
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
	tally   tally

	broken map[int]int // how often an invariant did not hold
}

// tally is what the lane adds up.
type tally struct {
	kills, duplicates, lost, requests int
	memory                            int64 // peak of a run, in bytes
}

// want is how a scenario must end.
type want struct {
	exits    []int             // of the last run; default 0
	rejected map[string]string // key -> a word of the field or message
	doubt    bool              // rows may be left in doubt
	partial  bool              // rows may be left that were not loaded
	changed  bool              // objects need not show what the source says now
	noRerun  bool              // running again would load more
}

// secret is the API key of a scenario: it has characters that encodings change.
const secret = "canary/key+with=marks.0123456789abcdef"

func newLab(t *testing.T, s *scenario, r reading) *lab {
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
	fmt.Fprintf(h, "%d %s %s", laneSeed(), s.id, r.name)
	seed := h.Sum64()
	l := &lab{t: t, s: s, reading: r, random: rand.New(rand.NewPCG(seed, 1)), dir: dir, key: secret, broken: map[int]int{}}
	l.options = Options{Seed: seed, Rules: s.rules, Token: secret, Kill: l.kill}
	if s.journal {
		l.options.Journal = filepath.Join(dir, "journal.ndjson")
	}
	r.set(&l.options)
	if s.tune != nil {
		s.tune(&l.options)
	}
	if l.server, err = New(l.options); err != nil {
		t.Fatal(err)
	}
	l.front = httptest.NewUnstartedServer(l.server)
	l.front.Config.ErrorLog = discardLog()
	if s.front != nil {
		s.front(l)
	} else {
		l.front.Start()
	}
	if l.url == "" {
		l.url = l.front.URL
	}
	t.Cleanup(func() {
		_ = l.server.Close()
		l.front.CloseClientConnections()
		l.front.Close()
	})
	l.rows = makeRows(s.rows())
	l.rows.write(t, dir)
	l.writePipeline(s.pipeline())
	return l
}

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

func (l *lab) state() string { return l.path(".kustsync") }

func (l *lab) writePipeline(text string) {
	if err := os.WriteFile(l.path("pipeline.yaml"), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

// args are the words of a command for this lab.
func (l *lab) args(verb string, more ...string) []string {
	args := []string{verb, "--var", "URL=" + l.url, "--log-level", "debug"}
	if verb == "run" {
		args = append(args, l.s.flags...)
		if len(l.s.flags) == 0 {
			args = append(args, "--bulk", "never") // a line that says nothing of batches is about single requests
		}
	}
	return append(append(args, more...), "pipeline.yaml")
}

// run loads the pipeline, and notes what the ledger says afterwards.
func (l *lab) run(more ...string) result {
	l.t.Helper()
	return l.load(command{args: l.args("run", append([]string{"--json"}, more...)...), limit: l.s.limit})
}

// load is run with a command of its own.
func (l *lab) load(c command) result {
	l.t.Helper()
	res := l.start(c)
	if res.killed && res.exit == 137 {
		l.tally.kills++
	}
	l.export()
	return res
}

// until runs again as long as rows are left that another run may settle, at most n times.
func (l *lab) until(n int) result {
	l.t.Helper()
	for i := 1; ; i++ {
		res := l.run()
		if i >= n || res.exit == 0 || res.exit == 1 && res.said.Summary.InDoubt+res.said.Summary.NotAttempted == 0 {
			return res
		}
	}
}

// patience is how many runs a load may take: an object that look-ups do not show yet, or never, stays
// in doubt.
func (l *lab) patience() int {
	if l.options.Blind || l.options.Lag > 0 {
		return 3
	}
	return 1
}

// fail says that an invariant does not hold.
func (l *lab) fail(invariant int, format string, args ...any) {
	l.t.Helper()
	if l.broken[invariant]++; l.broken[invariant] > 3 {
		l.t.Fail()
		return // three examples are enough
	}
	l.t.Errorf("invariant %d: %s", invariant, fmt.Sprintf(format, args...))
}

// last is the newest result.
func (l *lab) last() result { return l.results[len(l.results)-1] }

// posts counts the requests that could change something, from one arrival to another.
func (l *lab) posts(from, to int) int {
	n := 0
	for _, e := range l.server.Events() {
		if e.Seq > from && e.Seq <= to && e.Method != "GET" {
			n++
		}
	}
	return n
}

// expect says how a scenario must have ended.
func (l *lab) expect(ok bool, format string, args ...any) {
	l.t.Helper()
	if !ok {
		l.t.Errorf(format, args...)
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
