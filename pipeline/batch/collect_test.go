package batch

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// What a job says of its items, and which of them are begun then.
func TestWhatAJobSays(t *testing.T) {
	failed := &sinks.Error{Class: sinks.Duplicate, Message: "no"}
	for _, c := range []struct {
		name   string
		op     sinks.Op
		keep   bool
		err    error
		change func(map[string]sinks.ItemResult)
		want   map[string]int
		begun  map[string]int
		commit int // calls of Withdraw
	}{
		{"all were applied", sinks.Create, true, nil, func(map[string]sinks.ItemResult) {}, map[string]int{"applied": 10}, map[string]int{"applied": 10}, 0},
		{"some failed", sinks.Create, false, nil, func(r map[string]sinks.ItemResult) {
			r["3"], r["5"] = sinks.ItemResult{Err: failed}, sinks.ItemResult{Err: failed}
		},
			map[string]int{"applied": 8, "failed in job": 2}, map[string]int{"applied": 8}, 1},
		{"one failed that may exist", sinks.Create, true, nil, func(r map[string]sinks.ItemResult) { r["3"] = sinks.ItemResult{Err: failed} },
			map[string]int{"applied": 9, "failed in job": 1}, map[string]int{"applied": 9, "failed in job": 1}, 0},
		{"an update failed", sinks.Update, true, nil, func(r map[string]sinks.ItemResult) { r["3"] = sinks.ItemResult{Err: failed} },
			map[string]int{"applied": 9, "failed in job": 1}, map[string]int{"applied": 9}, 1},
		{"one object is said of two items", sinks.Create, false, nil, func(r map[string]sinks.ItemResult) { r["3"] = r["4"] },
			map[string]int{"applied": 8, "unknown in job": 2}, map[string]int{"applied": 8, "unknown in job": 2}, 0},
		{"one object is said of all items", sinks.Create, false, nil, func(r map[string]sinks.ItemResult) {
			for ref := range r {
				r[ref] = sinks.ItemResult{ID: "x", Status: 200}
			}
		}, map[string]int{"unknown in job": 10}, map[string]int{"unknown in job": 10}, 0},
		{"an update is said of another object", sinks.Update, false, nil, func(r map[string]sinks.ItemResult) { r["3"] = sinks.ItemResult{ID: "x", Status: 200} },
			map[string]int{"applied": 9, "unknown in job": 1}, map[string]int{"applied": 9, "unknown in job": 1}, 0},
		{"one is left out", sinks.Create, false, nil, func(r map[string]sinks.ItemResult) { delete(r, "3") },
			map[string]int{"applied": 9, "unknown in job": 1}, map[string]int{"applied": 9, "unknown in job": 1}, 0},
		{"the job is lost", sinks.Create, false, &sinks.Error{Class: sinks.Unknown, Message: "lost"}, func(r map[string]sinks.ItemResult) { clear(r) },
			map[string]int{"unknown in job": 10}, map[string]int{"unknown in job": 10}, 0},
		{"the job is stuck after some items", sinks.Create, false, &sinks.Error{Class: sinks.Unknown, Message: "stuck"}, func(r map[string]sinks.ItemResult) {
			clear(r)
			r["0"], r["1"] = sinks.ItemResult{ID: "x"}, sinks.ItemResult{Err: failed}
		}, map[string]int{"applied": 1, "failed in job": 1, "unknown in job": 8}, map[string]int{"applied": 1, "unknown in job": 8}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, func(b *bench) { b.opts.KeepBegun = func(*Item) bool { return c.keep } })
				b.service.results = func(_ int, s sinks.Batch) (map[string]sinks.ItemResult, error) {
					results := allApplied(s)
					c.change(results)
					return results, c.err
				}
				for i := range 10 {
					b.Add(t.Context(), b.item(c.op, fmt.Sprint(i)))
				}
				b.wait()
				b.check(c.want)
				if diff := cmp.Diff(c.begun, b.begun()); diff != "" {
					t.Errorf("begun: %s", diff)
				}
				if len(b.journal.commits) != c.commit {
					t.Errorf("%d commits, want %d", len(b.journal.commits), c.commit)
				}
			})
		})
	}
}

func TestTheResultOfAnItem(t *testing.T) {
	failed := &sinks.Error{Class: sinks.Duplicate, Message: "no"}
	lost := &sinks.Error{Class: sinks.Unknown, Message: "the job is lost"}
	results := map[string]sinks.ItemResult{"0": {ID: "x", Status: 201}, "1": {Err: failed, Status: 400}}
	for _, c := range []struct {
		ref  string
		err  error
		want Result
		text string // of the error
	}{
		{"0", nil, Result{Result: sinks.Result{ID: "x", Status: 201, Attempts: 1}}, ""},
		{"0", lost, Result{Result: sinks.Result{ID: "x", Status: 201, Attempts: 1}}, ""},
		{"1", nil, Result{Err: failed, JobDone: true}, "no"},
		{"1", lost, Result{Err: failed, JobDone: true}, "no"},
		{"2", nil, Result{InJob: true, JobDone: true}, "the bulk job j does not say what became of it"},
		{"2", lost, Result{InJob: true}, "the job is lost"},
	} {
		got := resultOf(c.ref, "j", results, c.err)
		text := ""
		if got.Err != nil {
			text = got.Err.Error()
		}
		unknown, ok := errors.AsType[*sinks.Error](got.Err)
		if got.InJob && (!ok || unknown.Class != sinks.Unknown || !errors.Is(unknown.Err, c.err)) {
			t.Errorf("item %s with %v: the error is %+v", c.ref, c.err, got.Err)
		}
		if !got.InJob && !errors.Is(got.Err, c.want.Err) {
			t.Errorf("item %s with %v: the error is %v", c.ref, c.err, got.Err)
		}
		if got.Err, c.want.Err = nil, nil; got != c.want || text != c.text {
			t.Errorf("item %s with %v: %+v, %q; want %+v, %q", c.ref, c.err, got, text, c.want, c.text)
		}
	}
}

// Where nothing more can be sent, reading results halts the run.
func TestAFatalErrorOfAJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.service.results = func(int, sinks.Batch) (map[string]sinks.ItemResult, error) {
			return nil, &sinks.Error{Class: sinks.Fatal, Message: "over"}
		}
		b.add(t.Context(), 10)
		b.wait()
		b.check(map[string]int{"unknown in job": 10})
		if len(b.halted) != 1 || b.halted[0].Error() != "over" {
			t.Errorf("the run was halted by %v", b.halted)
		}
	})
}

// Where the time for requests in flight is over too, a job is left to the next run: its items stay begun and its name is known.
func TestAStopLeavesJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b := newBench(t, func(b *bench) { b.opts.SendContext = ctx })
		b.service.delay = time.Minute
		start := time.Now()
		b.add(ctx, 10)
		b.wait()
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("the items were given back after %v", took)
		}
		b.check(map[string]int{"unknown in job": 10})
		if len(b.journal.open) != 10 || b.journal.jobs[1] != "job1" {
			t.Errorf("%d items are begun, in jobs %v", len(b.journal.open), b.journal.jobs)
		}
	})
}
