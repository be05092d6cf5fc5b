package batch

import (
	"context"
	"sync"

	"github.com/kustsync/kustsync/sinks"
)

// Jobs tells what jobs of an earlier run say of their items. Each job is asked for once, however many items want
// to know, and an item that waits for it holds no goroutine.
type Jobs struct {
	sink sinks.Bulk
	spec *sinks.Spec
	wake func(owner any)

	mu   sync.Mutex
	jobs map[string]*oldJob
}

// oldJob is what is known of a job.
type oldJob struct {
	waiting []any // owners of items that want to know
	known   bool
	results map[string]sinks.ItemResult
	err     error
}

// NewJobs returns Jobs of one sink. wake is called once for each item that Ask let wait, from any goroutine.
func NewJobs(sink sinks.Bulk, spec *sinks.Spec, wake func(owner any)) *Jobs {
	return &Jobs{sink: sink, spec: spec, wake: wake, jobs: map[string]*oldJob{}}
}

// Ask returns what a job says of the item with that reference. If known is false the service is still being
// asked: once it has answered, wake is called with owner, and the same question then has an answer. A job
// that cannot be read says of every item that nothing more is known. ctx is that of the first who asks for the job.
func (j *Jobs) Ask(ctx context.Context, job, ref string, owner any) (result Result, known bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	old, asked := j.jobs[job]
	if !asked {
		old = &oldJob{}
		j.jobs[job] = old
		go j.collect(ctx, job, old)
	}
	if !old.known {
		old.waiting = append(old.waiting, owner)
		return Result{}, false
	}
	return resultOf(ref, job, old.results, old.err), true
}

// collect asks the service for a job, and wakes those who wait for it.
func (j *Jobs) collect(ctx context.Context, job string, old *oldJob) {
	results, err := j.sink.Collect(ctx, sinks.Batch{Spec: j.spec}, job)
	j.mu.Lock()
	waiting := old.waiting
	*old = oldJob{known: true, results: results, err: err}
	j.mu.Unlock()
	for _, owner := range waiting {
		j.wake(owner)
	}
}
