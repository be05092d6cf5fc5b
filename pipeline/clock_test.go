package pipeline

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// TestTheClockJumpsBetweenRuns: the quiet time counts from the lock, by a clock that cannot jump, whatever
// time of day the ledger says that a request was begun at (reliability.md F18).
func TestTheClockJumpsBetweenRuns(t *testing.T) {
	for name, jump := range map[string]time.Duration{"back by a day": 24 * time.Hour, "on by a day": -24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, tickets, ticketRows(3))
				want(t, b.mustRun(func(o *Options) { o.Limit = 1 }), "created 1")
				b.withLedger(func(l *ledger.Ledger) {
					err := l.Begin(t.Context(), ledger.Intent{
						Step: "ticket", Key: "t1", Object: "ticket", ExternalID: "t1", Attempt: 1, RunID: "killed", At: time.Now().Add(jump),
					})
					if err != nil {
						t.Fatal(err)
					}
				})
				start := time.Now()
				want(t, b.mustRun(), "created 2, unchanged 1")
				if took := time.Since(start); took < time.Minute || took > 65*time.Second {
					t.Errorf("the run took %v; it should wait for one quiet time", took)
				}
				if n := len(b.service.objects); n != 3 {
					t.Errorf("%d objects, want 3", n)
				}
				want(t, b.mustRun(), "unchanged 3")
			})
		})
	}
}
