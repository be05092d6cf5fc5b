package ledger

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// settleTogether settles entries in one transaction, in their order, and returns what became of each.
func settleTogether(t *testing.T, l *Ledger, entries []Entry) []error {
	t.Helper()
	errs := make([]error, len(entries))
	hold := occupy(t, l)
	var wg sync.WaitGroup
	for i, e := range entries {
		wg.Go(func() { errs[i] = l.Settle(e) })
		for queued(l) <= i {
			runtime.Gosched()
		}
	}
	close(hold)
	wg.Wait()
	return errs
}

// TestSettleTogether: each of the outcomes that share a transaction is added, merged into an earlier entry or refused on
// its own, whatever its place among those that are written with one statement.
func TestSettleTogether(t *testing.T) {
	old := with(created("old", "id-old"), func(e *Entry) { e.Attempts = 2 })
	twice := with(created("new-0", "id-new-0"), func(e *Entry) { e.Attempts = 3 })
	wrong := created("wrong", "another id")
	thief := with(created("thief", "id-thief"), func(e *Entry) { e.ExternalID = "old" })
	robber := created("robber", "id-old")
	for _, c := range []struct {
		name    string
		special []Entry
		at      int
		refused bool
	}{
		{name: "all are new"},
		{name: "one has an entry", special: []Entry{old}, at: insertMany - 1},
		{name: "one key twice, in one statement", special: []Entry{twice}, at: 1},
		{name: "one key twice, in two statements", special: []Entry{twice}, at: insertMany},
		{name: "one key twice, the second by itself", special: []Entry{twice}, at: 2*insertMany + 1},
		{name: "one has another id", special: []Entry{wrong}, at: 3, refused: true},
		{name: "one has another id, by itself", special: []Entry{wrong}, at: 2*insertMany + 1, refused: true},
		{name: "one has the id that another key owns", special: []Entry{robber}, at: 3, refused: true},
		{name: "one has the id that another key owns, by itself", special: []Entry{robber}, at: 2*insertMany + 1, refused: true},
		{name: "one has the id of a row beside it", special: []Entry{with(robber, func(e *Entry) { e.KustomerID = "id-new-0" })}, at: 3, refused: true},
		{name: "one has the external id of another", special: []Entry{thief}, at: 3, refused: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLedger(t)
			before := []Entry{created("old", "id-old"), created("wrong", "id-wrong")}
			for _, e := range before {
				mustSettle(t, l, e)
			}
			var all []Entry
			want := map[string]Entry{"old": before[0], "wrong": before[1]}
			for i := range 2*insertMany + 3 {
				e := created(fmt.Sprint("new-", i), fmt.Sprint("id-new-", i))
				mustBegin(t, l, intent(e.Key, 1))
				all, want[e.Key] = append(all, e), e
			}
			for _, e := range c.special {
				mustBegin(t, l, with1(intent(e.Key, 2), ""))
				if !c.refused {
					want[e.Key] = e
				}
			}
			all = slices.Insert(all, c.at, c.special...)
			for i, err := range settleTogether(t, l, all) {
				refused := c.refused && i == c.at
				if is := errors.As(err, new(*EntryError)) || errors.As(err, new(*ClaimedError)) || errors.As(err, new(*OwnedError)); is != refused || err != nil && !refused {
					t.Errorf("entry %d, %q: %v", i, all[i].Key, err)
				}
			}
			checkTogether(t, l, want, c.refused)
			checkTogether(t, reopen(t, l), want, c.refused)
		})
	}
}

// checkTogether compares the entries with what is wanted. Only the refused outcome may leave an open intent.
func checkTogether(t *testing.T, l *Ledger, want map[string]Entry, refused bool) {
	t.Helper()
	for key, e := range want {
		if d := cmp.Diff(e, mustGet(t, l.Reader, "customer", key)); d != "" {
			t.Errorf("%s: %s", key, d)
		}
	}
	if n := countRows(t, l, "entries"); n != len(want) {
		t.Errorf("%d entries, want %d", n, len(want))
	}
	if open := l.Doubts(); (len(open) == 1) != refused || len(open) > 1 {
		t.Error("begun:", open)
	}
}
