package ledger

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
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
		Hash: Hash{1, 1}, Place: Place{"people.csv", 7}, Attempts: 1, HTTPStatus: 201, RunID: "run1", UpdatedAt: day,
	}
}

func settle(t testing.TB, l *Ledger, e Entry) error {
	t.Helper()
	done := make(chan error, 1)
	l.Settle(e, func(err error) { done <- err })
	return <-done
}

func mustSettle(t testing.TB, l *Ledger, e Entry) {
	t.Helper()
	if err := settle(t, l, e); err != nil {
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
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	wg.Add(n)
	for i := range n {
		l.Settle(created(key(i), "id-"+strconv.Itoa(i)), func(err error) {
			if err != nil {
				failed.Store(&err)
			}
			wg.Done()
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		tb.Fatal(*err)
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
			err := settle(t, l, c.second)
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

// A number of a group is never given again, though all records of it are gone.
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

// What an outcome has answered stays answered, though the record is kept for another row and a
// later outcome has no intent.
func TestAnsweredStaysAnswered(t *testing.T) {
	l := newLedger(t)
	hold := occupy(t, l)
	var wg sync.WaitGroup
	for _, key := range []string{"a", "b"} {
		wg.Go(func() { mustBegin(t, l, intent(key, 1)) })
	}
	for len(queued(l)) < 2 {
		runtime.Gosched()
	}
	close(hold)
	wg.Wait()
	mustSettle(t, l, created("a", "id"))
	mustSettle(t, l, with(created("a", ""), func(e *Entry) { e.Outcome = Rejected }))
	l = reopen(t, l)
	if d := l.Doubts(); len(d) != 1 || d[0].Key != "b" || l.doubts.last != 1 {
		t.Error(d, l.doubts.last)
	}
}

// occupy keeps the writer busy until the channel is closed.
func occupy(t testing.TB, l *Ledger) chan struct{} {
	t.Helper()
	busy, hold := make(chan struct{}), make(chan struct{})
	l.writer.jobs.put(&job{do: func(*txn) (refusal, failure error) { close(busy); <-hold; return nil, nil }}, 0)
	<-busy
	return hold
}

func queued(l *Ledger) []*job {
	l.writer.jobs.mu.Lock()
	defer l.writer.jobs.mu.Unlock()
	return slices.Clone(l.writer.jobs.items)
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

func TestEntriesAndCounts(t *testing.T) {
	l := newLedger(t)
	for _, key := range []string{"b", "d"} {
		mustSettle(t, l, created(key, "id-"+key))
	}
	mustSettle(t, l, with(created("f", ""), func(e *Entry) { e.Outcome = Rejected }))
	for _, key := range []string{"a", "d", "g"} {
		mustBegin(t, l, intent(key, 2))
	}
	mustBegin(t, l, Intent{Step: "alpha", Key: "z", Object: "note"})
	reader, err := OpenReadOnly(l.path, binding)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	for name, r := range map[string]*Reader{"writer": l.Reader, "reader": reader} {
		var got []string
		for _, e := range allEntries(t, r, Filter{}) {
			got = append(got, fmt.Sprint(e.Step, " ", e.Key, " ", e.Outcome, " ", e.KustomerID))
		}
		want := []string{"alpha z in_doubt ", "customer a in_doubt ", "customer b created id-b", "customer d in_doubt id-d", "customer f rejected ", "customer g in_doubt "}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(name, d)
		}
		counts, err := r.Counts(t.Context())
		if err != nil {
			t.Error(name, err)
		}
		if d := cmp.Diff(map[string]map[Outcome]int{"alpha": {InDoubt: 1}, "customer": {Created: 1, InDoubt: 3, Rejected: 1}}, counts); d != "" {
			t.Error(name, d)
		}
		for f, want := range map[Filter]int{
			{Step: "customer"}: 5, {Step: "none"}: 0, {Key: "d"}: 1, {Outcome: InDoubt}: 4, {Step: "customer", Outcome: Created}: 1,
			{Step: "customer", Key: "d"}: 1, {Step: "customer", Key: "d", Outcome: Created}: 0,
		} {
			if got := allEntries(t, r, f); len(got) != want {
				t.Error(name, f, got)
			}
		}
		for range r.Entries(t.Context(), Filter{}) {
			break // an iterator may be left early
		}
	}
}

func TestKnown(t *testing.T) {
	l := newLedger(t)
	mustSettle(t, l, created("b", "id1"))
	mustSettle(t, l, with(created("a", ""), func(e *Entry) { e.Outcome = Rejected }))
	mustSettle(t, l, with(created("b", ""), func(e *Entry) { e.Outcome = Rejected }))
	mustSettle(t, l, with(created("c", "id1"), func(e *Entry) { e.Step = "other" }))
	var got []Known
	for k, err := range l.Known(t.Context(), "customer") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, k)
	}
	if d := cmp.Diff([]Known{{"a", Rejected, false, Hash{}, false}, {"b", Rejected, true, Hash{1, 1}, false}}, got); d != "" {
		t.Fatal(d)
	}
	for k, err := range l.Known(t.Context(), "no such step") {
		t.Fatal(k, err)
	}
}

func TestSample(t *testing.T) {
	l := newLedger(t)
	sample := func(except string) string {
		t.Helper()
		e, found, err := l.Sample(t.Context(), "customer", except)
		if err != nil || found != (e.Key != "") {
			t.Fatal(e, found, err)
		}
		return e.Key
	}
	if got := sample(""); got != "" {
		t.Fatal(got)
	}
	for i, key := range []string{"c", "b", "a"} {
		mustSettle(t, l, with(created(key, "id-"+key), func(e *Entry) { e.UpdatedAt = day.Add(time.Duration(i) * time.Second) }))
	}
	mustSettle(t, l, with(created("n", "id-n"), func(e *Entry) { e.ExternalID = "" }))
	mustSettle(t, l, with(created("e", "id-e"), func(e *Entry) { e.Outcome = Existed }))
	for range 2 {
		if got := sample("") + sample("a"); got != "ab" {
			t.Fatal(got)
		}
		l = reopen(t, l)
	}
}

func TestRunsMarksAndBinding(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Binding{Pipeline: "p", Target: binding.Target})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if err := l.Bind(t.Context(), "org1"); err != nil {
		t.Fatal(err)
	}
	if err := l.Bind(t.Context(), "org2"); !errors.As(err, new(*RefusedError)) {
		t.Fatal(err)
	}
	one := Run{ID: "one", StartedAt: day}
	two := Run{ID: "two", StartedAt: day.Add(time.Minute), EndedAt: day.Add(time.Hour), Exit: 1, Summary: []byte(`{"rows":3}`)}
	for _, err := range []error{
		l.StartRun(t.Context(), one), l.StartRun(t.Context(), Run{ID: "two", StartedAt: two.StartedAt}), l.EndRun(t.Context(), two),
		l.Mark(t.Context(), "checked:message"), l.Mark(t.Context(), "checked:message"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	l = reopen(t, l)
	runs, err := l.Runs(t.Context(), 10)
	if d := cmp.Diff([]Run{two, one}, runs); d != "" || err != nil {
		t.Fatal(d, err)
	}
	if runs, err := l.Runs(t.Context(), 1); len(runs) != 1 || err != nil {
		t.Fatal(runs, err)
	}
	if !l.Marked("checked:message") || l.Marked("checked:customer") {
		t.Fatal(l.marks)
	}
}

// A context that ends takes an intent back that waits for the writer, not one that it has taken up.
func TestBeginGivesUpWithItsContext(t *testing.T) {
	l := newLedger(t)
	ctx, cancel := context.WithCancel(t.Context())
	hold := occupy(t, l)
	failed := make(chan error, 1)
	go func() { failed <- l.Begin(ctx, intent("waits", 1)) }()
	for len(queued(l)) < 1 {
		runtime.Gosched()
	}
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(hold)
	if err := l.Begin(ctx, intent("late", 1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}

	ctx, cancel = context.WithCancel(t.Context())
	err := l.writer.await(ctx, func(tx *txn) (refusal, failure error) {
		cancel()
		tx.begin(with1(intent("taken", 1), ""))
		return nil, nil
	})
	if err != nil {
		t.Error(err)
	}
	l = reopen(t, l)
	if d := l.Doubts(); len(d) != 1 || d[0].Key != "taken" || len(l.claims.held) != 0 {
		t.Error(d, l.claims.held)
	}
}

// A done that was called is on the disk: no setting may be left to a default.
func TestEveryCommitIsSynced(t *testing.T) {
	l := newLedger(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "fullfsync": "1", "checkpoint_fullfsync": "1", "foreign_keys": "0", "temp_store": "2",
	} {
		var got string
		if err := l.writer.conn.QueryRowContext(t.Context(), `PRAGMA `+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", pragma, got, want, err)
		}
	}
}

func TestClosed(t *testing.T) {
	l := newLedger(t)
	if err := errors.Join(l.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	if err := l.Begin(t.Context(), intent("k", 1)); err == nil {
		t.Error("Begin")
	}
	if err := settle(t, l, created("k", "id")); !errors.Is(err, errClosed) {
		t.Error(err)
	}
}

// Rows that wait at the same time share a commit.
func TestGroupCommit(t *testing.T) {
	const rows, window = 5000, 128
	l := newLedger(t)
	var wg sync.WaitGroup
	for w := range window {
		wg.Go(func() {
			for i := w; i < rows; i += window {
				key := fmt.Sprint("k", i)
				mustBegin(t, l, intent(key, 1))
				mustSettle(t, l, created(key, "id"+key))
			}
		})
	}
	wg.Wait()
	l = reopen(t, l)
	if got := l.doubts.last; got > rows/8 {
		t.Errorf("%d commits for %d rows", got, rows)
	}
	if n := len(allEntries(t, l.Reader, Filter{Outcome: Created})); n != rows {
		t.Error(n)
	}
}

// done may itself settle, whatever waits.
func TestSettleFromDone(t *testing.T) {
	const rows = 3 * settleLimit
	l := newLedger(t)
	var wg sync.WaitGroup
	wg.Add(2 * rows)
	for i := range rows {
		l.Settle(created(fmt.Sprint("a", i), "id"), func(error) {
			l.Settle(created(fmt.Sprint("b", i), "id"), func(error) { wg.Done() })
			wg.Done()
		})
	}
	wg.Wait()
}
