package pipeline

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// TestStorm loads random rows while attempts fail, answers are lost, commits come late, look-ups lag,
// and runs are stopped and killed; then one run goes undisturbed. Every accepted row must be there
// once, as the ledger says, and a second run must find nothing to do.
func TestStorm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := drawStorm(rt)
		synctest.Test(t, s.run)
		if s.failure != "" {
			rt.Fatal(s.failure)
		}
	})
}

// storm is one case: rows, policies, and what goes wrong.
type storm struct {
	yaml    string
	people  []stormRow
	tickets []stormRow
	policy  [2]string // if_exists of people and of tickets
	twice   [2]string // on_duplicate
	seed    uint64
	lag     time.Duration
	rounds  []round
	bench   *bench
	failure string // the first thing that was wrong
}

func (s *storm) failf(format string, args ...any) {
	if s.failure == "" {
		s.failure = fmt.Sprintf(format, args...) + "\n" + strings.Join(s.bench.service.log, "\n")
	}
}

// stormRow is a row of either file; name 0 to 1 are two contents, 2 does not fit.
type stormRow struct{ id, name, person int }

func (r stormRow) bad() bool { return r.name == 2 }

// round is one run that is disturbed.
type round struct {
	end  fate
	at   time.Duration
	edit bool // the rows have changed since the round before
}

// fate is how a run ends.
type fate int

const (
	ends fate = iota
	stops
	dies
)

func drawStorm(t *rapid.T) *storm {
	row := func(ids int) *rapid.Generator[stormRow] {
		return rapid.Custom(func(t *rapid.T) stormRow {
			return stormRow{rapid.IntRange(0, ids).Draw(t, "id"), rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "name"), rapid.IntRange(0, 4).Draw(t, "person")}
		})
	}
	s := &storm{
		people:  rapid.SliceOfN(row(3), 1, 8).Draw(t, "people"),
		tickets: rapid.SliceOfN(row(5), 1, 12).Draw(t, "tickets"),
		seed:    rapid.Uint64().Draw(t, "seed"),
		lag:     rapid.SampledFrom([]time.Duration{0, time.Second, 20 * time.Second}).Draw(t, "lag"),
		rounds: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) round {
			return round{
				fate(rapid.IntRange(0, 2).Draw(t, "fate")),
				time.Duration(rapid.IntRange(0, 150_000).Draw(t, "at"))*time.Millisecond + 137,
				rapid.Bool().Draw(t, "edit"),
			}
		}), 1, 4).Draw(t, "rounds"),
	}
	lines := [2]string{}
	for i := range lines {
		s.policy[i] = rapid.SampledFrom([]string{"skip", "update"}).Draw(t, "if_exists")
		s.twice[i] = rapid.SampledFrom([]string{"reject", "first", "last"}).Draw(t, "on_duplicate")
		lines[i] = "if_exists: " + s.policy[i] + "\n    on_duplicate: " + s.twice[i]
	}
	if rapid.Bool().Draw(t, "ordered") {
		lines[1] += "\n    ordering_key: '{{ .person }}'"
	}
	s.yaml = fmt.Sprintf(chain, lines[0], lines[1])
	return s
}

// write writes the files as they are in one round.
func (s *storm) write(version int) {
	names := []string{fmt.Sprintf("a%d", version), fmt.Sprintf("b%d", version), tooLong}
	people, tickets := "id,name,email\n", "id,subject,person,ext\n"
	for _, r := range s.people {
		people += fmt.Sprintf("%d,%s,\n", r.id, names[r.name])
	}
	for _, r := range s.tickets {
		tickets += fmt.Sprintf("%d,%s,%d,\n", r.id, names[r.name], r.person)
	}
	s.bench.file("people.csv", people)
	s.bench.file("tickets.csv", tickets)
}

func (s *storm) run(t *testing.T) {
	s.bench = newBench(t, s.yaml, nil)
	s.bench.service.lag = s.lag
	version := 0
	for i, r := range s.rounds {
		if r.edit { // by a person, who takes longer than a request that was sent again may be late
			version = i
			time.Sleep(time.Minute)
		}
		s.write(version)
		s.disturbed(i, r)
	}
	start := time.Now()
	sum := s.bench.mustRun()
	if took := time.Since(start); took > 10*time.Minute {
		s.failf("the undisturbed run took %v", took)
	}
	time.Sleep(time.Hour) // for what is late
	s.compare(sum, version)
	requests := len(s.bench.service.log)
	again := s.bench.mustRun()
	if n := len(s.bench.service.log) - requests; n != 0 || again.Of(ledger.Created)+again.Of(ledger.Updated)+again.Of(ledger.Existed) != 0 ||
		again.Of(ledger.Rejected) != sum.Of(ledger.Rejected) || again.Rows() != sum.Rows() {
		s.failf("the second run made %d requests: %v after %v", n, outcomes(again), outcomes(sum))
	}
}

// disturbed is a run in the storm.
func (s *storm) disturbed(n int, r round) {
	b := s.bench
	plan, l := b.mustPlan(), b.openLedger()
	defer plan.Close()
	w := &wire{service: b.service, ledger: l, seed: s.seed + uint64(n)*0x9E3779B97F4A7C15}
	ctx, cancel := context.WithCancel(b.t.Context())
	defer cancel()
	b.settled = nil
	ended := make(chan error, 1)
	var sum Summary
	start := time.Now()
	go func() {
		var err error
		sum, err = Run(ctx, plan, Deps{Ledger: l, Sink: w, Observer: b}, Options{RunID: fmt.Sprintf("run-%d", time.Now().UnixNano()), Workers: 2, Grace: 10 * time.Second})
		ended <- err
	}()
	var err error
	timer := time.NewTimer(r.at)
	defer timer.Stop()
	switch fate := r.end; fate {
	case dies:
		select {
		case err = <-ended:
		case <-timer.C:
			s.kill(w)
			cancel()
			<-ended
			w.bury(b)
			return
		}
	case stops:
		select {
		case err = <-ended:
		case <-timer.C:
			cancel()
			err = <-ended
		}
	default:
		err = <-ended
	}
	if cerr := l.Close(); cerr != nil {
		s.failf("closing the ledger: %v", cerr)
	}
	s.checkRun(sum, err, time.Since(start))
}

// checkRun holds a disturbed run that ended by itself to what every run keeps to.
func (s *storm) checkRun(sum Summary, err error, took time.Duration) {
	var stop *StopError
	switch {
	case errors.As(err, &stop) && (stop.Reason == StopInterrupted || stop.Reason == StopSink):
	case err != nil:
		s.failf("the run ended with %v", err)
	case sum.Rows() != len(s.people)+len(s.tickets):
		s.failf("%d rows of %d are counted", sum.Rows(), len(s.people)+len(s.tickets))
	}
	if len(s.bench.settled) != sum.Rows() {
		s.failf("%d rows are counted, %d were told", sum.Rows(), len(s.bench.settled))
	}
	if took > time.Hour {
		s.failf("the run took %v", took)
	}
}

// kill takes what is on disk at this instant, and lets nothing more leave.
func (s *storm) kill(w *wire) {
	w.cut.Store(true)
	w.corpse = filepath.Join(s.bench.dir, "corpse")
	if err := os.CopyFS(w.corpse, os.DirFS(filepath.Dir(s.bench.ledgerPath()))); err != nil {
		s.bench.t.Fatal(err)
	}
}

// wire is the way of one run to the service. When the run is killed it is cut: requests that are under
// way may still arrive, and no answer comes back.
type wire struct {
	*service
	ledger *ledger.Ledger
	seed   uint64
	cut    atomic.Bool
	corpse string // what the disk held when the run was killed
}

// bury puts what the disk held in the place of what the dead run wrote since.
func (w *wire) bury(b *bench) {
	state := filepath.Dir(b.ledgerPath())
	if err := errors.Join(w.ledger.Close(), os.RemoveAll(state), os.Rename(w.corpse, state)); err != nil {
		b.t.Fatal(err)
	}
}

// dice gives the same number for the same things, whatever the order in which goroutines run.
func (w *wire) dice(sides int, things ...any) int {
	h := fnv.New64a()
	fmt.Fprint(h, w.seed, things)
	return int(h.Sum64() % uint64(sides))
}

var errDead = &sinks.Error{Class: sinks.Fatal, Message: "the run was killed"}

func (w *wire) Admit(ctx context.Context) (func(), error) {
	if w.cut.Load() {
		return func() {}, errDead
	}
	return w.service.Admit(ctx)
}

func (w *wire) Find(ctx context.Context, q sinks.Query) (sinks.Found, bool, error) {
	if w.cut.Load() {
		return sinks.Found{}, false, errDead
	}
	time.Sleep(50 * time.Millisecond)
	if w.dice(15, "find", q.By, q.Value, time.Now().UnixNano()) == 0 {
		return sinks.Found{}, false, &sinks.Error{Class: sinks.Unknown, Status: 500, Message: "no answer"}
	}
	return w.service.Find(ctx, q)
}

func (w *wire) Do(ctx context.Context, req sinks.Request) (sinks.Result, error) {
	if w.cut.Load() {
		return sinks.Result{}, errDead
	}
	if _, begun := w.ledger.Begun(req.Spec.Object, req.Key); !begun { // the steps are called like the objects
		panic("a request left without a begun: " + req.Key)
	}
	w.mu.Lock()
	w.tries[req.Key]++
	try := w.tries[req.Key]
	w.mu.Unlock()
	time.Sleep(time.Duration(w.dice(2000, "there", req.Key, try)) * time.Millisecond)
	if w.cut.Load() && w.dice(2, "arrives", req.Key, try) == 0 {
		return sinks.Result{}, errDead
	}
	res, err := w.arrive(ctx, req, try)
	time.Sleep(time.Duration(w.dice(2000, "back", req.Key, try)) * time.Millisecond)
	if w.cut.Load() {
		return sinks.Result{}, errDead
	}
	return res, err
}

// arrive is what becomes of a request that reaches the service.
func (w *wire) arrive(ctx context.Context, req sinks.Request, try int) (sinks.Result, error) {
	faults := map[int]fault{0: lostBefore, 1: lostBefore, 2: lostAfter, 3: lostAfter, 4: late, 5: late, 6: refuse, 7: unreachable}
	f := faults[w.dice(20, "fault", req.Key, try)]
	if w.dice(60, "401", req.Key, try) == 0 {
		f = key401
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, fmt.Sprintf("%s %s %s", req.Op, req.Spec.Object, req.Key))
	return w.service.answer(f, req, time.Duration(1+w.dice(30, "late", req.Key, try))*time.Second)
}

// compare holds the undisturbed run, the service and the ledger against what the rows say.
func (s *storm) compare(sum Summary, version int) {
	b := s.bench
	b.service.mu.Lock()
	defer b.service.mu.Unlock()
	objects := map[string][]*object{}
	for _, o := range b.service.objects {
		name := fmt.Sprintf("%s %v", o.kind, o.payload["externalId"])
		objects[name] = append(objects[name], o)
	}
	want, rejected := s.expected(version)
	if sum.Of(ledger.Rejected) != rejected || sum.Of(ledger.InDoubt)+sum.Of(ledger.NotAttempted) != 0 {
		s.failf("the run ended with %v, want %d rejected\n%s", outcomes(sum), rejected, strings.Join(b.messages(), "\n"))
	}
	entries := map[string]string{}
	for _, line := range b.entries() {
		f := strings.Fields(line)
		if len(f) == 4 {
			entries[f[0]+" "+f[1]] = f[3]
		}
	}
	for name, content := range want {
		found := objects[name]
		if len(found) != 1 {
			s.failf("%d objects %s", len(found), name)
			continue
		}
		if entries[name] != found[0].id {
			s.failf("%s has id %s, the ledger says %q", name, found[0].id, entries[name])
		}
		label := fmt.Sprint(found[0].payload["name"], found[0].payload["subject"])
		if content != "" && !strings.Contains(label, content) {
			s.failf("%s holds %s, want %s", name, label, content)
		}
	}
	if diff := cmp.Diff(keysOf(want), keysOf(objects)); diff != "" {
		s.failf("the objects: %s", diff)
	}
	if left := b.doubts(); len(left) != 0 {
		s.failf("in doubt: %v", left)
	}
}

func keysOf[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// expected says which objects must be there, with which content where the step says update, and how
// many rows the run rejects.
func (s *storm) expected(version int) (objects map[string]string, rejected int) {
	objects = map[string]string{}
	for i, rows := range [][]stormRow{s.people, s.tickets} {
		owners := map[string]stormRow{}
		for _, r := range rows {
			name := fmt.Sprintf("person %d", r.id)
			parent := true
			if i == 1 {
				name = fmt.Sprintf("ticket t%d", r.id)
				_, parent = objects[fmt.Sprintf("person %d", r.person)]
			}
			first, owned := owners[name]
			same := first.name == r.name && (i == 0 || first.person == r.person)
			switch {
			case r.bad() || !parent:
				rejected++
			case !owned || s.twice[i] == "last":
				owners[name], objects[name] = r, ""
				switch {
				case s.policy[i] == "update":
					objects[name] = fmt.Sprintf("%c%d", "ab"[r.name], version)
				case i == 0 && s.twice[i] == "last": // no row but this one was ever sent
					objects[name] = "ab"[r.name : r.name+1]
				}
			case !same && s.twice[i] == "reject":
				rejected++
			}
		}
	}
	return objects, rejected
}
