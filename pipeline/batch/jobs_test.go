package batch

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

// jobsBench has a service with one job of an earlier run, of 10 items.
func jobsBench(t *testing.T) (*bench, *Jobs, chan any) {
	b := newBench(t)
	batch := sinks.Batch{}
	for i := range 10 {
		batch.Items = append(batch.Items, sinks.Item{Ref: fmt.Sprint(i), Payload: map[string]any{"name": fmt.Sprint(i)}})
	}
	if _, err := b.service.Submit(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	woken := make(chan any, 5000)
	return b, NewJobs(b.service, testSpec(), func(owner any) { woken <- owner }, nil), woken
}

// A job is asked for once, whoever wants to know, and nobody holds a goroutine while it is asked for.
func TestJobsAreAskedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, jobs, woken := jobsBench(t)
		before := runtime.NumGoroutine()
		for i := range 5000 {
			if _, known := jobs.Ask(t.Context(), "job1", fmt.Sprint(i%10), i); known {
				t.Fatal("it is known before the service has answered")
			}
		}
		if n := runtime.NumGoroutine() - before; n > 10 {
			t.Errorf("%d goroutines for 5000 items of one job", n)
		}
		seen := map[any]bool{}
		for range 5000 {
			owner := <-woken
			seen[owner] = true
			if r, known := jobs.Ask(t.Context(), "job1", fmt.Sprint(owner.(int)%10), owner); !known || r.Result.ID != fmt.Sprint("id of ", owner.(int)%10) {
				t.Fatalf("item %v: %+v, known %v", owner, r, known)
			}
		}
		if len(seen) != 5000 {
			t.Errorf("%d owners were woken", len(seen))
		}
		if diff := cmp.Diff([]string{"job1"}, b.service.collects); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWhatAnOldJobSays(t *testing.T) {
	failed := &sinks.Error{Class: sinks.Duplicate, Message: "no"}
	for _, c := range []struct {
		name    string
		results map[string]sinks.ItemResult
		err     error
		want    []string // of items 0 and 1
		done    bool     // it is known that the job is worked off
	}{
		{"both were applied", map[string]sinks.ItemResult{"0": {ID: "a"}, "1": {ID: "b"}}, nil, []string{"applied", "applied"}, false},
		{"one failed", map[string]sinks.ItemResult{"0": {ID: "a"}, "1": {Err: failed}}, nil, []string{"applied", "failed in job"}, true},
		{"one is left out", map[string]sinks.ItemResult{"0": {ID: "a"}}, nil, []string{"applied", "unknown in job"}, true},
		{"it cannot be read", nil, &sinks.Error{Class: sinks.Forbidden}, []string{"unknown in job", "unknown in job"}, false},
		{"it is stuck after one", map[string]sinks.ItemResult{"0": {ID: "a"}}, &sinks.Error{Class: sinks.Unknown}, []string{"applied", "unknown in job"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, jobs, woken := jobsBench(t)
				b.service.results = func(int, sinks.Batch) (map[string]sinks.ItemResult, error) { return c.results, c.err }
				jobs.Ask(t.Context(), "job1", "0", nil)
				<-woken
				for i, want := range c.want {
					r, known := jobs.Ask(t.Context(), "job1", fmt.Sprint(i), nil)
					if !known || kindOf(r) != want || i == 1 && r.JobDone != c.done {
						t.Errorf("item %d: %+v", i, r)
					}
				}
			})
		})
	}
}

// Jobs are asked at the same time, and a stop of the run ends that.
func TestJobsAreAskedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, jobs, woken := jobsBench(t)
		b.service.taken["job2"] = 1
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		jobs.Ask(ctx, "job1", "0", "first")
		jobs.Ask(ctx, "job2", "0", "second")
		<-woken
		<-woken
		if took := time.Since(start); took != b.service.delay {
			t.Errorf("it took %v, want that of one job", took)
		}
		jobs.Ask(ctx, "job3", "0", "third")
		cancel()
		<-woken
		if r, known := jobs.Ask(ctx, "job3", "0", "third"); !known || !r.InJob || r.JobDone {
			t.Errorf("after a stop it says %+v, known %v", r, known)
		}
	})
}
