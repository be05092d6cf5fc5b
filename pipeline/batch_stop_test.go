package pipeline

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// An update that a job and Kustomer itself refuse is over: nothing of it is left in doubt.
func TestUpdatesThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, s := newBulkBench(t, 100)
		only := func(o *Options) { o.Step = "person" }
		b.mustRun(only)
		s.failed = "11"
		s.fault = func(_, key string, _ int) fault {
			if key == "11" {
				return refuse
			}
			return fine
		}
		b.file("people.csv", manyPeople(100, "new")["people.csv"])
		b.yaml = strings.Replace(bulkPeople, "mapping: { name:", "mapping: { externalId: '{{ .id }}', name:", 1)
		want(t, b.mustRun(only), "updated 99, rejected 1")
		if left := b.doubts(); len(left) > 0 {
			t.Errorf("begun and not settled: %v", left)
		}
	})
}

// A run that is stopped while jobs run leaves their names: the next one asks them, and neither waits nor
// looks their rows up.
func TestAStopLeavesJobsToTheNextRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, tickets, ticketRows(1000))
		s := newBulkService(b.service)
		b.sink, b.opts.Bulk, s.delay = s, BulkAlways, 20*time.Second
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
		defer cancel()
		if _, err := b.runContext(ctx, func(o *Options) { o.Grace = time.Second }); err == nil {
			t.Fatal("the run did not end")
		}
		sent := len(s.submits)
		if sent == 0 || len(b.doubts()) != sent*maxItems {
			t.Fatalf("%d batches were sent, begun are %d rows", sent, len(b.doubts()))
		}
		start, finds := time.Now(), len(s.requests("find"))
		want(t, b.mustRun(), "created 1000")
		if took := time.Since(start); took > time.Minute { // all jobs are asked at once
			t.Errorf("it took %v", took)
		}
		// Only the sample of the keys that were never sent is looked up.
		if n := len(s.requests("find")) - finds; n > 29 || len(s.submits) != 10 {
			t.Errorf("%d look-ups and %d batches, want at most 29 and 10 in both runs", n, len(s.submits))
		}
	})
}
