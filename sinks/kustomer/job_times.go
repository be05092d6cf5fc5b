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
	mu    sync.Mutex
	took  [jobMemory]time.Duration
	seen  int
	limit waitLimit
}

// jobAnswered is how a job was found done.
type jobAnswered struct {
	waited time.Duration // before the first look
	took   time.Duration // the job's age when the look was due that found it done
	looks  int
}

// expect is how long to wait before a job's results are asked for the first time.
func (j *jobTimes) expect() time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.limit.wait()
}

// learned is how old a job is by which most jobs of those that are remembered were done. The caller holds the lock, and has
// learned of one.
func (j *jobTimes) learned() time.Duration {
	known := slices.Sorted(slices.Values(j.took[:min(j.seen, jobMemory)]))
	return known[int(jobShare*float64(len(known)))]
}

// next is how long to wait before a job that was not done after a while is asked for again.
func (j *jobTimes) next(after time.Duration) time.Duration {
	return min(max(after/4, j.expect()-after, leastJobWait), mostJobWait)
}

// learn takes in how a job was found done. How long the look then waited for the rate limit says nothing of jobs. A job
// that was done when first asked for may have been done sooner, so it counts a little less: the wait shrinks until some
// jobs are not done when first asked for.
func (j *jobTimes) learn(a jobAnswered) {
	if a.looks == 1 {
		a.took -= a.took / 32
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.took[j.seen%jobMemory] = a.took
	j.seen++
	j.limit.add(a.waited, a.looks, j.learned())
}
