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

// TestAMissWaitsForSomethingToHoldAgainst: the quiet time of a row that an earlier run left is over when its
// step begins, and the ledger knows no object yet that a look-up must find.
func TestAMissWaitsForSomethingToHoldAgainst(t *testing.T) {
	for _, c := range []struct {
		name  string
		blind bool
		rows  int
		want  string
		held  int
	}{
		{"look-ups find nothing", true, 10, "created 9, in_doubt 1", 10},
		{"look-ups find what is there", false, 10, "created 10", 10},
		{"nothing else is loaded", false, 1, "created 1", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, tickets, ticketRows(c.rows))
				b.begin("t0", "t0")
				b.service.seed("ticket", map[string]any{"externalId": "t0", "subject": "s0"})
				b.service.blind = c.blind
				want(t, b.mustRun(func(o *Options) { o.Locked = time.Now().Add(-time.Hour) }), c.want)
				if n := len(b.service.objects); n != c.held {
					t.Errorf("%d objects, want %d", n, c.held)
				}
			})
		})
	}
}
