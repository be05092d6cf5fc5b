package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// bulkRun is a run of one step of bulkPeople against a service with a fault, in virtual time.
type bulkRun struct {
	name  string
	step  string // "" is both
	rows  int
	setup func(*bulkService)
	bulk  Bulk
	want  string
	most  time.Duration // that the run may take; 0 is a minute
	check func(*testing.T, *bench, *bulkService)
}

func (c bulkRun) run(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBulkBench(t, c.rows)
		c.setup(s)
		start := time.Now()
		sum := b.mustRun(func(o *Options) {
			o.Step, o.Bulk, o.Rate, o.MaxErrors = c.step, c.bulk, 13, &all
		})
		want(t, sum, c.want)
		if took := time.Since(start); took > max(c.most, time.Minute) {
			t.Errorf("it took %v", took)
		}
		seen := map[string]bool{}
		for _, o := range s.objects {
			name := fmt.Sprint(o.kind, o.payload["externalId"])
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
		if left := b.doubts(); len(left) > 0 {
			t.Errorf("begun and not settled: %v", left)
		}
		c.check(t, b, s)
	})
}

// atMost checks how many requests of some verbs a run took.
func atMost(n int, verbs ...string) func(*testing.T, *bench, *bulkService) {
	return func(t *testing.T, b *bench, s *bulkService) {
		t.Helper()
		if got := s.requests(verbs...); len(got) > n {
			t.Errorf("%d requests, want at most %d:\n%s", len(got), n, strings.Join(got, "\n"))
		}
	}
}

func TestWhatBatchesCost(t *testing.T) {
	number := func(from, to int) (keys []string) {
		for i := from; i < to; i++ {
			keys = append(keys, fmt.Sprint(i))
		}
		return keys
	}
	for _, c := range []bulkRun{
		{
			name: "auto stops after one batch that was refused for its references", step: "person", rows: 1000, bulk: BulkAuto,
			setup: func(s *bulkService) { s.noRefs = true }, want: "created 1000", check: atMost(1, "batch"),
		},
		{
			name: "auto stops after one batch whose results may not be read", step: "person", rows: 1000, bulk: BulkAuto,
			setup: func(s *bulkService) { s.denied = true }, want: "created 1000", check: atMost(2, "batch"),
		},
		{
			name: "auto stops after one batch whose results name nobody", step: "ticket", rows: 1000, bulk: BulkAuto,
			setup: func(s *bulkService) { s.forget = true }, want: "not_attempted 1000", check: atMost(0, "batch"),
		},
		{
			name: "always goes on without references, and looks up", step: "person", rows: 1000, bulk: BulkAlways,
			setup: func(s *bulkService) { s.noRefs = true }, want: "created 1000",
			check: func(t *testing.T, b *bench, s *bulkService) {
				if s.refused != 1 || len(s.submits) != 10 || len(s.requests("create")) > 0 {
					t.Errorf("%d refused, %d taken, %d single creates", s.refused, len(s.submits), len(s.requests("create")))
				}
			},
		},
		{
			name: "a first job that is slow holds nobody up for long", step: "person", rows: 1000, bulk: BulkAlways,
			setup: func(s *bulkService) { s.delay = 50 * time.Second }, want: "created 1000", most: 3 * time.Minute, check: atMost(10, "batch"),
		},
		{
			name: "several rows at fault are named at once", step: "person", rows: 300, bulk: BulkAlways,
			setup: func(s *bulkService) { s.bad, s.named = number(110, 130), true }, want: "created 300", check: atMost(30, "batch", "create", "collect"),
		},
		{
			name: "a service that names one row at a time", step: "person", rows: 100, bulk: BulkAlways,
			setup: func(s *bulkService) { s.bad = number(10, 100) }, want: "created 100", check: atMost(64, "batch"),
		},
		{
			name: "batches that are too large become smaller for good", step: "person", rows: 2000, bulk: BulkAlways,
			setup: func(s *bulkService) { s.limit = 2500 }, want: "created 2000",
			check: func(t *testing.T, b *bench, s *bulkService) {
				if s.refused > 3 {
					t.Errorf("%d batches were too large", s.refused)
				}
			},
		},
		{
			name: "lost requests of unique objects need no look-ups", step: "person", rows: 300, bulk: BulkAlways,
			setup: func(s *bulkService) { s.drop = 2 }, want: "created 300",
			check: func(t *testing.T, b *bench, s *bulkService) {
				t.Helper()
				atMost(0, "find")(t, b, s)
				atMost(10, "create")(t, b, s) // rows whose waits end far from the others' go by themselves
			},
		},
		{
			name: "lost answers of unique objects need one look-up each", step: "person", rows: 300, bulk: BulkAlways,
			setup: func(s *bulkService) { s.lose = 2 }, want: "created 300", check: atMost(200, "find", "create"),
		},
		{
			name: "lost jobs of unique objects", step: "person", rows: 300, bulk: BulkAlways,
			setup: func(s *bulkService) { s.gone = 2 }, want: "created 300", check: atMost(200, "find", "create"),
		},
		{
			name: "a row that the results leave out is looked up at once", step: "person", rows: 300, bulk: BulkAlways,
			setup: func(s *bulkService) { s.hidden = "117" }, want: "created 300", check: atMost(1, "find", "create"),
		},
		{
			name: "a row that the job fails goes singly", step: "person", rows: 300, bulk: BulkAlways,
			setup: func(s *bulkService) { s.failed = "117" }, want: "created 300", check: atMost(2, "find", "create"),
		},
	} {
		t.Run(c.name, c.run)
	}
}

// Objects that are not unique wait for what a lost batch may still do, and then go singly.
func TestLostBatchesOfTickets(t *testing.T) {
	for _, c := range []struct {
		name    string
		setup   func(*bulkService)
		least   time.Duration
		singles int
	}{
		{"never taken", func(s *bulkService) { s.drop = 2 }, 15 * time.Minute, 200},
		{"worked off", func(s *bulkService) { s.lose = 2 }, 15 * time.Minute, 0},
		{"jobs lost", func(s *bulkService) { s.gone = 2 }, 15 * time.Minute, 0},
		{"left out of the results", func(s *bulkService) { s.hidden = "7" }, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, tickets, ticketRows(300))
				s := newBulkService(b.service)
				b.sink, b.opts.Bulk = s, BulkAlways
				c.setup(s)
				start := time.Now()
				want(t, b.mustRun(), "created 300")
				if took := time.Since(start); took < c.least || took > c.least+time.Minute {
					t.Errorf("it took %v, want %v", took, c.least)
				}
				if n := len(s.requests("create")); n != c.singles {
					t.Errorf("%d went singly, want %d", n, c.singles)
				}
				if len(s.objects) != 300 {
					t.Errorf("%d objects, want 300", len(s.objects))
				}
			})
		})
	}
}

func TestUpdatesThatAJobFails(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup func(*bulkService)
	}{
		{"all is well", func(*bulkService) {}},
		{"one fails", func(s *bulkService) { s.failed = "11" }},
		{"one is left out", func(s *bulkService) { s.hidden = "11" }},
		{"lost request", func(s *bulkService) { s.drop = 1 }},
		{"lost job", func(s *bulkService) { s.gone = 1 }},
		{"without references", func(s *bulkService) { s.noRefs = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := newBulkBench(t, 100)
				only := func(o *Options) { o.Step = "person" }
				b.mustRun(only)
				c.setup(s)
				b.file("people.csv", manyPeople(100, "new")["people.csv"])
				want(t, b.mustRun(only), "updated 100")
				if held := s.held(); len(held) != 100 || slices.ContainsFunc(held, func(o string) bool { return !strings.Contains(o, "new") }) {
					t.Errorf("it holds %v", held)
				}
				want(t, b.mustRun(only), "unchanged 100")
			})
		})
	}
}

// A kill can leave a row with two requests: a batch whose answer was lost, and one whose job is known.
func TestAKilledRowWithTwoBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBulkBench(t, 10)
		b.yaml = strings.Replace(bulkPeople, "if_exists: update", "if_exists: skip", 1)
		leaveBatch(t, b, s, false, true) // loads, and nobody knows
		leaveBatch(t, b, s, true, true)  // every item of it is a duplicate
		want(t, b.mustRun(func(o *Options) { o.Step = "person" }), "created 10")
		if len(s.objects) != 10 {
			t.Errorf("%d objects, want 10", len(s.objects))
		}
	})
}

// A job of an earlier run that is done, and says nothing of a row, holds the row up only as long as look-ups may lag behind.
func TestAKilledBatchThatSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, tickets, ticketRows(10))
		s := newBulkService(b.service)
		b.sink, b.opts.Bulk, s.forget = s, BulkAlways, true
		leaveBatch(t, b, s, true, true)
		start := time.Now()
		want(t, b.mustRun(), "created 10")
		if took := time.Since(start); took < time.Minute || took > 2*time.Minute {
			t.Errorf("it took %v, want in_doubt_wait", took)
		}
	})
}

// What a job says of a row, or does not say, is not all that happened: objects that are not unique and that
// look-ups do not show yet are not made twice, whether the run goes on or is killed.
func TestJobsThatAreWrongAboutRows(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup func(*bulkService)
	}{
		{"called failed, though it was written", func(s *bulkService) { s.wrong = "t7" }},
		{"left out, though it was written", func(s *bulkService) { s.hidden = "t7" }},
		{"called failed, and not written", func(s *bulkService) { s.failed = "t7" }},
		{"all called failed, and not written", func(s *bulkService) { s.failed = "all" }},
	} {
		for _, killed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, killed %v", c.name, killed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t, tickets, ticketRows(10))
					s := newBulkService(b.service)
					b.sink, b.opts.Bulk, b.service.lag = s, BulkAlways, 20*time.Second
					c.setup(s)
					if killed {
						leaveBatch(t, b, s, true, true)
						s.wrong, s.hidden = "", ""
					}
					want(t, b.mustRun(), "created 10")
					if n := len(s.objects); n != 10 {
						t.Errorf("%d objects, want 10", n)
					}
					want(t, b.mustRun(), "unchanged 10")
				})
			})
		}
	}
}

// Batches stay within their bytes, whatever the rows are like.
func TestBatchesStayWithinTheirBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rows strings.Builder
		rows.WriteString("id,name\n")
		for i := range 500 {
			fmt.Fprintf(&rows, "%d,%s\n", i, strings.Repeat("ä", 1+i%60))
		}
		b := newBench(t, bulkPeople, map[string]string{"people.csv": rows.String()})
		s := newBulkService(b.service)
		b.sink, b.opts.Bulk = s, BulkAlways
		b.mustRun(func(o *Options) { o.Step = "person" })
		if s.most+2 > maxBatchBytes {
			t.Errorf("a batch of %d bytes", s.most)
		}
		if n := len(s.submits); n != 5 {
			t.Errorf("%d batches", n)
		}
	})
}

// A graceful stop sends nothing that gathers, and takes nothing for begun that was not sent.
func TestAStopWhileRowsGather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBulkBench(t, 50)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := b.runContext(ctx); err == nil {
			t.Fatal("the run did not end")
		}
		if len(s.objects) > 0 || len(b.doubts()) > 0 {
			t.Errorf("%d objects, begun %v", len(s.objects), b.doubts())
		}
		for _, settled := range b.settled {
			if settled.Outcome != ledger.NotAttempted {
				t.Errorf("%s is %s", settled.Key, settled.Outcome)
			}
		}
	})
}
