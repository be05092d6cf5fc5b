package pipeline

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// provenUnique is what a probe says of tickets where it saw duplicates refused.
func provenUnique(inBulk bool) func(*sinks.Spec) {
	return func(s *sinks.Spec) {
		if s.Object == "ticket" {
			s.Unique = true
			s.Learned.Unique, s.Learned.UniqueInBulk = true, inBulk
		}
	}
}

// What a probe found out decides how long a row in doubt waits, and no row is lost or doubled by it.
func TestLearnedUniquenessSparesTheQuietTime(t *testing.T) {
	for _, c := range []struct {
		name    string
		teach   func(*sinks.Spec)
		fault   fault
		lag     time.Duration
		atLeast time.Duration
		atMost  time.Duration
	}{
		{"nothing is known", nil, lostAfter, 0, time.Minute, 65 * time.Second},
		{"unique, it did happen", provenUnique(false), lostAfter, 0, 0, 2 * time.Second},
		{"unique, it did not happen", provenUnique(false), lostBefore, 0, 0, 2 * time.Second},
		{"unique, it happens later", provenUnique(false), late, 0, 0, 65 * time.Second},
		{"unique, look-ups lag, which is not known", provenUnique(false), lostAfter, 5 * time.Second, 50 * time.Second, 70 * time.Second},
		{"unique, look-ups lag, which is known", func(s *sinks.Spec) {
			provenUnique(false)(s)
			s.Learned.LookupLag = 10 * time.Second
		}, lostAfter, 5 * time.Second, 10 * time.Second, 15 * time.Second},
		{"look-ups lag longer than the quiet time", func(s *sinks.Spec) { s.Learned.LookupLag = 3 * time.Minute },
			lostAfter, 100 * time.Second, 3 * time.Minute, 4 * time.Minute},
		{"a lag makes no wait shorter", func(s *sinks.Spec) { s.Learned.LookupLag = time.Second }, lostAfter, 0, time.Minute, 65 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, tickets, ticketRows(40))
				b.teach = c.teach
				b.service.fault, b.service.lag = once(c.fault, 3), c.lag
				start := time.Now()
				want(t, b.mustRun(), "created 40")
				if n := len(b.service.objects); n != 40 {
					t.Errorf("%d objects, want 40", n)
				}
				if took := time.Since(start); took < c.atLeast || took > c.atMost {
					t.Errorf("the run took %v, want %v to %v", took, c.atLeast, c.atMost)
				}
				want(t, b.mustRun(), "unchanged 40")
			})
		})
	}
}

// A bulk job that comes late may still make a duplicate where only single requests are known to refuse one.
func TestLearnedUniquenessHoldsForBatchesOnlyWhereAJobShowedIt(t *testing.T) {
	for _, inBulk := range []bool{false, true} {
		t.Run(fmt.Sprint(inBulk), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := newBulkBench(t, 200)
				b.teach = provenUnique(inBulk)
				want(t, b.mustRun(func(o *Options) { o.Step = "person" }), "created 200")
				s.lose = 1
				start := time.Now()
				want(t, b.mustRun(func(o *Options) { o.Step = "ticket" }), "created 200")
				if took := time.Since(start); took < 15*time.Minute != inBulk {
					t.Errorf("the run took %v", took)
				}
				if n := len(s.objects); n != 400 {
					t.Errorf("%d objects, want 400", n)
				}
			})
		})
	}
}

// The ledger that is lost is looked for, whatever a probe says: a whole load would double if it was wrong.
func TestLearnedUniquenessDoesNotSpareTheSearchForALostLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, tickets, ticketRows(40))
		b.teach = provenUnique(true)
		want(t, b.mustRun(), "created 40")
		if err := os.RemoveAll(filepath.Dir(b.ledgerPath())); err != nil {
			t.Fatal(err)
		}
		if _, err := b.run(); err == nil || !strings.Contains(err.Error(), "ledger") {
			t.Errorf("the run ended with %v", err)
		}
	})
}

// Where references are known to be refused, no batch is tried; where they are known, none goes ahead alone.
func TestLearnedReferencesSpareTheTrial(t *testing.T) {
	t.Parallel()
	refs := func(r sinks.Refs) func(*sinks.Spec) { return func(s *sinks.Spec) { s.Learned.Refs = r } }
	for _, c := range []struct {
		name    string
		bulk    Bulk
		teach   func(*sinks.Spec)
		noRefs  bool
		refused int // batches that were
		batched bool
		says    string
	}{
		{"not known, auto", BulkAuto, nil, true, 2, false, "from now on one by one"},
		{"refused, auto", BulkAuto, refs(sinks.RefsRefused), true, 0, false, "as a probe of the org found: Kustomer does not know _clientRef"},
		{"ignored, auto", BulkAuto, refs(sinks.RefsIgnored), false, 0, false, "as a probe of the org found: Kustomer does not tell"},
		{"refused, always", BulkAlways, refs(sinks.RefsRefused), true, 0, true, ""},
		{"known", BulkAuto, refs(sinks.RefsKnown), false, 0, true, ""},
		{"known once, and no longer", BulkAuto, refs(sinks.RefsKnown), true, -1, false, "from now on one by one"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := newBulkBench(t, 500)
				b.teach, s.noRefs = c.teach, c.noRefs
				want(t, b.mustRun(func(o *Options) { o.Bulk, o.Rate = c.bulk, 13 }), "created 1000")
				if c.refused >= 0 && s.refused != c.refused {
					t.Errorf("%d batches were refused, want %d", s.refused, c.refused)
				}
				if len(s.submits) > 0 != c.batched {
					t.Errorf("%d batches", len(s.submits))
				}
				if said := strings.Join(b.said, "\n"); !strings.Contains(said, c.says) {
					t.Errorf("it says %q, want %q", said, c.says)
				}
				if n := len(s.objects); n != 1000 {
					t.Errorf("%d objects, want 1000", n)
				}
			})
		})
	}
}

// customers that are known not to be unique wait like anything else; standard input is still read only once.
func TestLearnedThatNothingIsUnique(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, onePerson, map[string]string{"people.csv": "id,name,email\n1,Ann,\n2,Bob,\n"})
		b.teach = func(s *sinks.Spec) { s.Unique = false }
		b.service.fault = func(_, _ string, try int) fault { return map[int]fault{1: late}[try] }
		start := time.Now()
		want(t, b.mustRun(), "created 2")
		if took := time.Since(start); took < time.Minute {
			t.Errorf("the run took %v", took)
		}
		if n := len(b.service.objects); n != 2 {
			t.Errorf("%d objects, want 2: %v", n, slices.Clone(b.service.log))
		}
	})
}
