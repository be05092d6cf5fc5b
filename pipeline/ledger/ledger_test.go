package ledger

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
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
		t.Fatal(err)
	}
}

func mustBegin(t testing.TB, l *Ledger, in Intent) {
	t.Helper()
	if err := l.Begin(t.Context(), in); err != nil {
		t.Fatal(err)
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
	_ = errors.New
	_ = context.Background
	_ = fmt.Sprint
}
