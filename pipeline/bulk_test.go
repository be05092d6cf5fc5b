package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

func (b *bench) Note(step, text string) { b.said = append(b.said, step+": "+text) }

const bulkPeople = `
version: 1
run: { workers: 4, in_doubt_wait: 60s, bulk_in_doubt_wait: 15m, retries: 2 }
steps:
  person:
    from: people.csv
    sink: make_person
    key: "{{ .id }}"
    if_exists: update
    mapping: { name: "{{ .name }}" }
  ticket:
    from: people.csv
    sink: make_ticket
    key: "t{{ .id }}"
    mapping: { subject: "{{ .name }}", person: '{{ ref "person" }}' }
`

func manyPeople(n int, name string) map[string]string {
	var rows strings.Builder
	rows.WriteString("id,name\n")
	for i := range n {
		fmt.Fprintf(&rows, "%d,%s%d\n", i, name, i)
	}
	return map[string]string{"people.csv": rows.String()}
}

// newBulkBench is a bench whose service takes batches.
func newBulkBench(t *testing.T, rows int) (*bench, *bulkService) {
	b := newBench(t, bulkPeople, manyPeople(rows, "p"))
	s := newBulkService(b.service)
	b.sink = s
	b.opts.Bulk = BulkAlways
	return b, s
}

func TestBatchesLoadEveryRowOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := newBulkBench(t, 1003)
		want(t, b.mustRun(), "created 2006")
		if n := len(s.objects); n != 2006 {
			t.Errorf("%d objects", n)
		}
		requests := len(b.service.requests("batch", "collect", "create"))
		if perRequest := 2006 / requests; perRequest < 40 {
			t.Errorf("%d rows a request (%d requests)", perRequest, requests)
		}
		if n := len(b.service.requests("create")); n != 6 {
			t.Errorf("%d single creates, want the 3 last rows of each step", n)
		}
		want(t, b.mustRun(), "unchanged 2006")
		b.file("people.csv", manyPeople(1003, "new")["people.csv"])
		want(t, b.mustRun(), "updated 1003, unchanged 1003")
	})
}

// Thousands of rows are in batches at once, up to the limit, and no goroutine waits for each.
func TestRowsInBatchesHoldNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBulkBench(t, 4500)
		s.delay, b.opts.Rate, b.opts.Step = 30*time.Second, 4, "person"
		// A row that was read before the limit was reached may be added behind it.
		limit, between := batch.ItemsAtRate(4, specs()[0].Batch), windowBeyondWorkers+readAhead
		for _, c := range []struct{ name, want string }{{"p", "created 4500"}, {"new", "updated 4500"}} {
			b.file("people.csv", manyPeople(4500, c.name)["people.csv"])
			s.mostInBatches, s.mostRoutines = 0, 0
			want(t, b.mustRun(), c.want)
			if s.mostInBatches > limit+between || s.mostInBatches < limit {
				t.Errorf("%s: %d rows were in batches at once, and the limit is %d", c.want, s.mostInBatches, limit)
			}
			if s.mostRoutines > 4+windowBeyondWorkers+3*24 {
				t.Errorf("%s: %d goroutines for %d rows in batches", c.want, s.mostRoutines, s.mostInBatches)
			}
		}
	})
}

func TestBatchesThatGoWrong(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		setup func(*bulkService)
		want  string
		least time.Duration
	}{
		{"lost answers", func(s *bulkService) { s.lose = 2 }, "created 400", 0},
		{"lost requests", func(s *bulkService) { s.drop = 2 }, "created 400", 0},
		{"no references known", func(s *bulkService) { s.noRefs = true }, "created 400", 0},
		{"results without names", func(s *bulkService) { s.forget = true }, "created 400", 0},
		{"results may not be read", func(s *bulkService) { s.denied = true }, "created 400", 0},
		{"one bad row, named", func(s *bulkService) { s.bad, s.named = []string{"7"}, true }, "created 400", 0},
		{"one bad row, not named", func(s *bulkService) { s.bad = []string{"7"} }, "created 400", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, s := newBulkBench(t, 200)
				c.setup(s)
				want(t, b.mustRun(), c.want)
				if n := len(s.objects); n != 400 {
					t.Errorf("%d objects, want 400", n)
				}
				want(t, b.mustRun(), "unchanged 400")
			})
		})
	}
}

func TestABadRowCostsFewRequests(t *testing.T) {
	for named, most := range map[bool]int{true: 12, false: 40} {
		synctest.Test(t, func(t *testing.T) {
			b, s := newBulkBench(t, 300)
			s.bad, s.named = []string{"137"}, named
			b.mustRun(func(o *Options) { o.Step = "person" })
			if n := len(b.service.log); n > most {
				t.Errorf("named %v: %d requests, want at most %d:\n%s", named, n, most, strings.Join(b.service.log, "\n"))
			}
		})
	}
}

func TestDuplicatesInABatchAreLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBulkBench(t, 100)
		s.seed("person", map[string]any{"externalId": "5", "name": "theirs"})
		want(t, b.mustRun(func(o *Options) { o.Step = "person" }), "created 99, updated 1")
		if len(s.objects) != 100 {
			t.Errorf("%d objects", len(s.objects))
		}
	})
}

func TestRowsOfOneLaneNeverShareABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBulkBench(t, 300)
		b.yaml = strings.Replace(bulkPeople, "sink: make_ticket", "sink: make_ticket\n    ordering_key: '{{ mod .id 30 }}'", 1)
		b.mustRun()
		for _, batch := range s.submits {
			seen := map[int]bool{}
			for _, key := range batch {
				var n int
				if _, err := fmt.Sscanf(key, "t%d", &n); err != nil {
					break
				}
				if seen[n%30] {
					t.Fatalf("two rows of a lane in one batch: %v", batch)
				}
				seen[n%30] = true
			}
		}
	})
}

func TestKilledBatchesAreAskedFor(t *testing.T) {
	for _, c := range []struct {
		name string
		job  bool
		made bool
		wait time.Duration
		want string
	}{
		{"job known", true, true, 0, "created 10"},
		{"job unknown, worked off", false, true, 15 * time.Minute, "created 10"},
		{"job unknown, never taken", false, false, 15 * time.Minute, "created 10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, tickets, ticketRows(10))
				s := newBulkService(b.service)
				b.sink, b.opts.Bulk = s, BulkAlways
				leaveBatch(t, b, s, c.job, c.made)
				start := time.Now()
				want(t, b.mustRun(), c.want)
				took := time.Since(start)
				if took < c.wait || c.wait == 0 && took > time.Minute {
					t.Errorf("the run took %v, want %v", took, c.wait)
				}
				if n := len(s.objects); n != 10 {
					t.Errorf("%d objects, want 10", n)
				}
				want(t, b.mustRun(), "unchanged 10")
			})
		})
	}
}

// leaveBatch leaves ledger and service as a run does that was killed after its batch was begun.
func leaveBatch(t *testing.T, b *bench, s *bulkService, job, made bool) {
	t.Helper()
	plan := b.mustPlan()
	defer plan.Close()
	r := newRun(plan, Deps{Observer: b}, Options{}).stepOver(plan.Steps[0], index.New())
	var intents []ledger.Intent
	request := sinks.Batch{Spec: plan.Steps[0].Spec}
	number := 0
	for read, err := range plan.Steps[0].Source.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		row := r.newRow(render.View{Read: read, Number: number + 1, Values: read.Values})
		if _, err := r.identify(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		if err := r.renderer.Fill(t.Context(), &row.Row.Row); err != nil {
			t.Fatal(err)
		}
		in := ledger.Intent{
			Step: r.step.Name(), Key: row.Key, Object: r.step.Spec.Object, ExternalID: row.ExternalID,
			Hash: row.Hash, Place: row.Place(), Attempt: 1, Ref: fmt.Sprint(number), At: time.Now(),
		}
		intents = append(intents, in)
		request.Items = append(request.Items, sinks.Item{Ref: in.Ref, Payload: row.Payload()})
		number++
	}
	l, err := ledger.Open(b.ledgerPath(), ledger.Binding{Pipeline: "p", Target: "test", OrgID: "org"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	id, _, err := l.BeginBatch(t.Context(), intents)
	if err != nil {
		t.Fatal(err)
	}
	if !made {
		return
	}
	name, err := s.Submit(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if job {
		if err := l.SetJob(t.Context(), id, name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAStopLeavesKnownJobs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := newBulkBench(t, 3000)
		s.delay = 10 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := b.runContext(ctx)
		var stop *StopError
		if !errors.As(err, &stop) || stop.Reason != StopInterrupted {
			t.Fatalf("the run ended with %v", err)
		}
		b.mustRun()
		if n := len(s.objects); n != 6000 {
			t.Errorf("%d objects, want 6000", n)
		}
	})
}

func TestAutoChoosesWhatEndsSooner(t *testing.T) {
	for _, c := range []struct {
		rows  int
		rate  float64
		batch bool
	}{
		{1000, 0, false}, {1000, 13, true}, {20, 13, false}, {200, 13, true}, {200, 1000, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			b, s := newBulkBench(t, c.rows)
			b.mustRun(func(o *Options) { o.Bulk, o.Rate = BulkAuto, c.rate })
			if got := len(s.submits) > 0; got != c.batch {
				t.Errorf("%d rows at %v a second: batches %v", c.rows, c.rate, got)
			}
			if c.batch != slices.ContainsFunc(b.said, func(s string) bool { return strings.Contains(s, "a request") }) {
				t.Errorf("said %v", b.said)
			}
		})
	}
}
