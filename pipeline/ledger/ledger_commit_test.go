package ledger

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// TestBeginGivesUpWithItsContext: when its context ends, an intent that waits for the writer is not recorded; one that
// the writer has taken is.
func TestBeginGivesUpWithItsContext(t *testing.T) {
	l := newLedger(t)
	ctx, cancel := context.WithCancel(t.Context())
	hold := occupy(t, l)
	failed := make(chan error, 1)
	go func() { failed <- l.Begin(ctx, intent("waits", 1)) }()
	for queued(l) < 1 {
		runtime.Gosched()
	}
	cancel()
	close(hold)
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := l.Begin(ctx, intent("late", 1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}

	ctx, cancel = context.WithCancel(t.Context())
	err := l.writer.await(ctx, func(tx *txn) (refusal, failure error) {
		cancel()
		tx.begin(&openIntent{Intent: with1(intent("taken", 1), "")})
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

// TestEveryCommitIsSynced: every setting that a durable commit needs is set, none is left to SQLite's default.
func TestEveryCommitIsSynced(t *testing.T) {
	l := newLedger(t)
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "fullfsync": "1", "checkpoint_fullfsync": "1", "foreign_keys": "0", "temp_store": "2",
	} {
		var got string
		if err := l.writer.txn.conn.QueryRowContext(t.Context(), `PRAGMA `+pragma).Scan(&got); err != nil || got != want {
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
	if err := l.Settle(created("k", "id")); !errors.Is(err, errClosed) {
		t.Error(err)
	}
}

// TestGroupCommit: rows that wait at the same time share a commit.
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
	if got := l.open.newest; got > rows/8 {
		t.Errorf("%d commits for %d rows", got, rows)
	}
	if n := len(allEntries(t, l.Reader, Filter{Outcome: Created})); n != rows {
		t.Error(n)
	}
}
