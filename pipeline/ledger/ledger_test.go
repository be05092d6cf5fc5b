package ledger

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var binding = Binding{Pipeline: "p", Target: "acme.api.kustomerapp.com", OrgID: "org1"}

func open1(t testing.TB, path string) *Ledger {
	t.Helper()
	l, err := Open(path, binding)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func newLedger(t testing.TB) *Ledger {
	t.Helper()
	return open1(t, filepath.Join(t.TempDir(), "state", "ledger.db"))
}

var day = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func intent(key string, attempt int) Intent {
	return Intent{
		Step: "customer", Key: key, Object: "customer", ExternalID: key, Hash: Hash{1, byte(attempt)},
		Place: Place{"people.csv", 7}, Attempt: attempt, RunID: "run1", At: day,
	}
}

func created(key, kustomerID string) Entry {
	return Entry{
		Step: "customer", Key: key, Object: "customer", ExternalID: key, Outcome: Created, KustomerID: kustomerID,
		Hash: Hash{1, 1}, Place: Place{"people.csv", 7}, Attempts: 1, HTTPStatus: 201, RunID: "run1", UpdatedAt: day, CreatedIn: "run1",
	}
}

func mustSettle(t testing.TB, l *Ledger, e Entry) {
	t.Helper()
	if err := l.Settle(e); err != nil {
		t.Error(err)
	}
}

func mustBegin(t testing.TB, l *Ledger, in Intent) {
	t.Helper()
	if err := l.Begin(t.Context(), in); err != nil {
		t.Error(err)
	}
}

func TestRoundTrip(t *testing.T) {
	l := newLedger(t)
	mustBegin(t, l, intent("k", 1))
	if in, ok := l.Begun("customer", "k"); !ok || !cmp.Equal(in, intent("k", 1)) {
		t.Fatal(in, ok)
	}
	want := created("k", "id1")
	mustSettle(t, l, want)
	if _, ok := l.Begun("customer", "k"); ok {
		t.Fatal("settled but begun")
	}
	got, found, err := l.Get(t.Context(), "customer", "k")
	if err != nil || !found {
		t.Fatal(found, err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	path := l.path
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open1(t, path)
	got, found, err = l.Get(t.Context(), "customer", "k")
	if err != nil || !found || !cmp.Equal(want, got) {
		t.Fatal(got, found, err)
	}
	for e, err := range l.Entries(t.Context(), Filter{}) {
		if err != nil || !cmp.Equal(want, e) {
			t.Fatal(e, err)
		}
	}
}

func reopen(t testing.TB, l *Ledger) *Ledger {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return open1(t, l.path)
}

func mustGet(t testing.TB, r *Reader, step, key string) Entry {
	t.Helper()
	e, found, err := r.Get(t.Context(), step, key)
	if err != nil || !found {
		t.Fatalf("get %s %s: found %v, %v", step, key, found, err)
	}
	return e
}

func allEntries(t interface{ Fatal(...any) }, r *Reader, f Filter) []Entry {
	var all []Entry
	for e, err := range r.Entries(context.Background(), f) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// fill settles n entries of one step.
func fill(tb testing.TB, l *Ledger, n int, key func(int) string) {
	tb.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 2 * roundLimit {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				mustSettle(tb, l, created(key(i), "id-"+strconv.Itoa(i)))
			}
		})
	}
	wg.Wait()
	if tb.Failed() {
		tb.FailNow()
	}
}

// with returns the entry after f changed it.
func with(e Entry, f func(*Entry)) Entry { f(&e); return e }

func TestSettleOverEarlier(t *testing.T) {
	rejected := Entry{
		Step: "customer", Key: "k", Object: "other", ExternalID: "other", Outcome: Rejected, KustomerID: "id9", Hash: Hash{9},
		Place: Place{"day2.csv", 3}, Attempts: 2, HTTPStatus: 422, Error: "no", RunID: "run2", UpdatedAt: day.Add(time.Hour),
	}
	loaded := created("k", "id1")
	updated := with(loaded, func(e *Entry) { e.Outcome, e.Hash, e.Attempts = Updated, Hash{2}, 2 })
	for name, c := range map[string]struct {
		first, second, want Entry
		refused             bool
	}{
		"rejected keeps what was loaded": {loaded, rejected, with(rejected, func(e *Entry) {
			e.Object, e.ExternalID, e.KustomerID, e.Hash = "customer", "k", "id1", Hash{1, 1}
			e.CreatedIn = "run1"
		}), false},
		"rejected twice has nothing": {rejected, rejected, with(rejected, func(e *Entry) { e.KustomerID, e.Hash = "", Hash{} }), false},
		"loaded after rejected":      {rejected, loaded, loaded, false},
		"updated":                    {loaded, updated, updated, false},
		"another id":                 {loaded, with(updated, func(e *Entry) { e.KustomerID = "id2" }), loaded, true},
		"no id":                      {loaded, with(updated, func(e *Entry) { e.KustomerID = "" }), loaded, true},
		"no stored outcome":          {loaded, with(updated, func(e *Entry) { e.Outcome = Unchanged }), loaded, true},
		"in doubt":                   {loaded, with(updated, func(e *Entry) { e.Outcome = InDoubt }), loaded, true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger(t)
			mustSettle(t, l, c.first)
			err := l.Settle(c.second)
			if refused := new(EntryError); c.refused != errors.As(err, &refused) || (err != nil && !c.refused) {
				t.Fatalf("refused: %v", err)
			}
			l = reopen(t, l)
			if d := cmp.Diff(c.want, mustGet(t, l.Reader, "customer", "k")); d != "" {
				t.Fatal(d)
			}
		})
	}
}

func TestDoubtOutlivesTheProcess(t *testing.T) {
	l := newLedger(t)
	mustBegin(t, l, intent("a", 1))
	mustBegin(t, l, intent("b", 1))
	mustSettle(t, l, created("a", "id1"))
	l = reopen(t, l)
	if _, ok := l.Begun("customer", "a"); ok {
		t.Error("a is settled")
	}
	if in, ok := l.Begun("customer", "b"); !ok || !cmp.Equal(in, intent("b", 1)) {
		t.Error("b is in doubt", in, ok)
	}
	mustBegin(t, l, intent("b", 2)) // sent again after a look-up
	mustSettle(t, l, created("b", "id2"))
	l = reopen(t, l)
	if d := l.Doubts(); len(d) != 0 {
		t.Error("all is settled", d)
	}
	if n := countRows(t, l, "intents"); n > 1 {
		t.Error(n, "records are left")
	}
}

// TestDoubtAfterAllWasSettled: the number of a group of intents is not used again after all its rows are settled.
func TestDoubtAfterAllWasSettled(t *testing.T) {
	l := newLedger(t)
	mustBegin(t, l, intent("k", 1))
	mustSettle(t, l, created("k", "id"))
	l = reopen(t, l)
	mustBegin(t, l, intent("k", 2))
	l = reopen(t, l)
	if in, ok := l.Begun("customer", "k"); !ok || in.Attempt != 2 {
		t.Error(in, ok)
	}
}

// TestAnsweredStaysAnswered: an intent that an outcome answered does not come back, although its group is kept for
// another row and a later outcome has no intent.
func TestAnsweredStaysAnswered(t *testing.T) {
	l := newLedger(t)
	hold := occupy(t, l)
	var wg sync.WaitGroup
	for _, key := range []string{"a", "b"} {
		wg.Go(func() { mustBegin(t, l, intent(key, 1)) })
	}
	for queued(l) < 2 {
		runtime.Gosched()
	}
	close(hold)
	wg.Wait()
	mustSettle(t, l, created("a", "id"))
	mustSettle(t, l, with(created("a", ""), func(e *Entry) { e.Outcome = Rejected }))
	l = reopen(t, l)
	if d := l.Doubts(); len(d) != 1 || d[0].Key != "b" || l.open.newest != 1 {
		t.Error(d, l.open.newest)
	}
}

// occupy keeps the writer busy until the channel is closed.
func occupy(t testing.TB, l *Ledger) chan struct{} {
	t.Helper()
	busy, hold := make(chan struct{}), make(chan struct{})
	l.writer.queue.join(change{ctx: t.Context(), do: func(*txn) (refusal, failure error) { close(busy); <-hold; return nil, nil }})
	<-busy
	return hold
}

// queued is how many changes wait for the writer.
func queued(l *Ledger) (n int) {
	l.writer.queue.mu.Lock()
	defer l.writer.queue.mu.Unlock()
	for _, r := range l.writer.queue.rounds {
		n += len(r.changes)
	}
	return n
}

func countRows(t testing.TB, l *Ledger, table string) (n int) {
	t.Helper()
	if err := l.points.QueryRow(`SELECT count(*) FROM ` + table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWithdraw(t *testing.T) {
	l := newLedger(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() { mustBegin(t, l, intent(fmt.Sprint("k", i), 1)) })
	}
	wg.Wait()
	mustBegin(t, l, intent("k7", 2))
	for i := range 50 {
		if i%2 == 1 {
			wg.Go(func() {
				if err := l.Withdraw(t.Context(), "customer", fmt.Sprint("k", i)); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	for range 2 {
		for i := range 50 {
			in, ok := l.Begun("customer", fmt.Sprint("k", i))
			if want := i%2 == 0 || i == 7; ok != want || (ok && in.Attempt != 1) {
				t.Error(i, ok, in.Attempt)
			}
		}
		l = reopen(t, l)
	}
	if err := l.Withdraw(t.Context(), "customer", "never begun"); err != nil {
		t.Error(err)
	}
}

func TestOtherSpellingOfTarget(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	for _, b := range []Binding{
		{Pipeline: "p", Target: "ACME", OrgID: "o"},
		{Pipeline: "p", Target: "acme", OrgID: "o", Canonical: strings.ToLower},
		{Pipeline: "p", Target: "acme", OrgID: "o"}, // the ledger has the new spelling from then on
	} {
		l, err := Open(path, b)
		if err != nil {
			t.Fatal(b.Target, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(path, Binding{Pipeline: "p", Target: "other", OrgID: "o", Canonical: strings.ToLower}); err == nil {
		t.Error("the ledger of another target was opened")
	}
}
