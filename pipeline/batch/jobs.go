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
	// readBack compares the object that a job names for an item with the item; see Options.ReadBack. nil: nothing is compared.
	readBack func(ctx context.Context, owner any, id string) error

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

// NewJobs returns Jobs of one sink. wake is called once for each item that Ask let wait, from any goroutine. readBack is called
// once for each job, and may be nil; its error says in what an object differs from the item that the job names it for.
func NewJobs(sink sinks.Bulk, spec *sinks.Spec, wake func(owner any), readBack func(ctx context.Context, owner any, id string) error) *Jobs {
	return &Jobs{sink: sink, spec: spec, wake: wake, readBack: readBack, jobs: map[string]*oldJob{}}
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
		go j.collect(ctx, job, old, ref, owner)
	}
	if !old.known {
		old.waiting = append(old.waiting, owner)
		return Result{}, false
	}
	return resultOf(ref, job, old.results, old.err), true
}

// collect asks the service for a job, and wakes those who wait for it. What the job says of the item that asked first is
// compared with what is there.
func (j *Jobs) collect(ctx context.Context, job string, old *oldJob, ref string, owner any) {
	results, err := j.sink.Collect(ctx, sinks.Batch{Spec: j.spec}, job)
	refuseShared(results)
	if id := results[ref].ID; id != "" && j.readBack != nil {
		if why := j.readBack(ctx, owner, id); why != nil {
			refuseAll(results, why)
		}
	}
	j.mu.Lock()
	waiting := old.waiting
	*old = oldJob{known: true, results: results, err: err}
	j.mu.Unlock()
	for _, owner := range waiting {
		j.wake(owner)
	}
}
