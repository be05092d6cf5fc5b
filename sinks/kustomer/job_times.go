package kustomer

import (
	"slices"
	"sync"
	"time"
)

// How long a client waits before it asks for the results of a job. Such a request counts against the rate limit like one
// that sends, so it is made when the job is likely done, as learned from earlier jobs.
const (
	firstJobWait = 2 * time.Second // before anything is known of jobs
	leastJobWait = 250 * time.Millisecond
	mostJobWait  = 30 * time.Second // between two requests for one job's results
	jobMemory    = 64               // jobs that are remembered
	jobShare     = 0.95             // of them that should be done when they are first asked for
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

// learn takes in how old a job was when the request was due that found it done. How long that request then waited for
// the rate limit says nothing of jobs. A job that was done when first asked for may have been done sooner, so it counts
// a little less: the wait shrinks until some jobs are not done when first asked for.
func (j *jobTimes) learn(took time.Duration, first bool) {
	if first {
		took -= took / 32
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.took[j.seen%jobMemory] = took
	j.seen++
}
