package kustomer

import (
	"slices"
	"sync"
	"time"
)

// How long a job is waited for before its results are asked for. A request for them costs as much of the
// limit as one that sends, so it comes when a job is likely done, as learned from those before.
const (
	firstJobWait = 2 * time.Second // before anything is known of jobs
	leastJobWait = 250 * time.Millisecond
	mostJobWait  = 30 * time.Second // between two requests for one job's results
	jobMemory    = 64               // jobs that are remembered
	jobShare     = 0.95             // of them that are to be done when they are first asked for
)

// jobTimes learns how long jobs take. The zero value knows nothing.
type jobTimes struct {
	mu   sync.Mutex
	took [jobMemory]time.Duration
	seen int
}

// expect is how long to wait before a job's results are asked for the first time.
func (j *jobTimes) expect() time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.seen == 0 {
		return firstJobWait
	}
	known := slices.Sorted(slices.Values(j.took[:min(j.seen, jobMemory)]))
	return max(known[int(jobShare*float64(len(known)))], leastJobWait)
}

// next is how long to wait before a job that was not done after a while is asked for again.
func (j *jobTimes) next(after time.Duration) time.Duration {
	return min(max(after/4, j.expect()-after, leastJobWait), mostJobWait)
}

// learn takes in how old a job was when the question was due that found it done. How long that question then
// waited for the limit says nothing of jobs. One that was done when it was first asked for may have been done
// sooner, so it counts a little less: the wait shrinks until some jobs are not done.
func (j *jobTimes) learn(took time.Duration, first bool) {
	if first {
		took -= took / 32
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.took[j.seen%jobMemory] = took
	j.seen++
}
