package jobs

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/inject"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/router"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/stats"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/store"
	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

// Options choose how jobs run.
type Options struct {
	Delay    time.Duration // from submission to completion; jittered by up to half, as Seed decides
	Batch    int           // items of one batch
	Seed     uint64        // decides the times of jobs and the order of results
	ShowRefs bool          // results carry `_clientRef`
}

// Deps is what a runner works with.
type Deps struct {
	Store  *store.Store
	Faults *inject.Plan
	Stats  *stats.Stats
	Later  func(at time.Time, do func() error) // calls do with the store's lock held; an error stops the sandbox
}

// Runner holds the jobs and runs them. The lock that guards the store guards it too.
type Runner struct {
	opts Options
	deps Deps
	ops  map[string]*Operation // by context
	jobs map[wire.ID]*Job
}

// NewRunner makes a runner of jobs with these operations.
func NewRunner(o Options, d Deps, ops []*Operation) *Runner {
	r := &Runner{opts: o, deps: d, ops: map[string]*Operation{}, jobs: map[wire.ID]*Job{}}
	for _, op := range ops {
		r.ops[op.Context] = op
	}
	return r
}

// Find finds a job that may be shown; nil when there is none.
func (r *Runner) Find(id string) *Job {
	key, ok := wire.ParseID(id)
	if j := r.jobs[key]; ok && j != nil && !inject.KindNamed(j.Request.Fault).Hides {
		return j
	}
	return nil
}

// Has reports whether an id is that of a job, also of one that is not shown.
func (r *Runner) Has(id wire.ID) bool { return r.jobs[id] != nil }

// Load takes a job out of the journal, see store.Open.
func (r *Runner) Load(c store.Change) (bool, error) {
	if c.Type != Type {
		return false, nil
	}
	j, err := load(c, r.ops)
	if err != nil {
		return true, err
	}
	r.jobs[j.ID] = j
	r.deps.Store.Reserve(j.ID)
	for _, b := range j.Batches {
		if id, ok := wire.ParseID(b.ID); ok {
			r.deps.Store.Reserve(id)
		}
	}
	return true, nil
}

// Resume schedules what an earlier process left behind. Batches whose time has passed run at once.
func (r *Runner) Resume() {
	for _, j := range r.jobs {
		r.schedule(j)
	}
}

// Submit accepts a job, makes it durable and schedules it. Nothing is done to the objects before it runs.
func (r *Runner) Submit(op *Operation, req Request) (*Job, error) {
	j := r.newJob(op, req)
	if err := r.deps.Store.Keep(j.change); err != nil {
		return nil, err
	}
	r.jobs[j.ID] = j
	r.deps.Stats.Job(len(j.items))
	r.schedule(j)
	return j, nil
}

// newJob makes a job of a request: its times follow from the seed.
func (r *Runner) newJob(op *Operation, req Request) *Job {
	j := &Job{ID: r.deps.Store.NewID(), Op: op, Request: req, Created: time.Now()}
	j.Request.Body = nil
	j.take(req.Body, r.opts.ShowRefs)
	takes := time.Duration((0.5 + inject.Draw(r.opts.Seed, "job "+j.ID.String(), 0)) * float64(r.opts.Delay))
	j.starts = j.Created.Add(takes / 2)
	n := (j.total + r.opts.Batch - 1) / r.opts.Batch
	for i := range n {
		from := i * r.opts.Batch
		j.Batches = append(j.Batches, &Batch{
			ID: r.deps.Store.NewID().String(), From: from, To: min(from+r.opts.Batch, j.total),
			Due: j.starts.Add(takes / 2 * time.Duration(i+1) / time.Duration(n)),
		})
	}
	return j
}

// schedule runs the batches of a job that are left, each when it is due.
func (r *Runner) schedule(j *Job) {
	if inject.KindNamed(j.Request.Fault).Before {
		return
	}
	for _, b := range j.Batches {
		if !b.IsComplete() {
			r.deps.Later(b.Due, func() error { return r.runBatch(j, b) })
		}
	}
}

// runBatch carries out the items of one batch, each for itself. Their changes and the results become durable
// together, so that a batch runs once, whatever happens.
func (r *Runner) runBatch(j *Job, b *Batch) error {
	return r.deps.Store.CommitTogether(func() {
		for _, it := range j.items[b.From:b.To] {
			r.runItem(j, b, it)
		}
		b.Done = time.Now()
		if j.Completed() == len(j.Batches) {
			j.items = nil
			r.deps.Stats.JobDone()
		}
		r.deps.Stats.Items(b.Succeeds, b.Fails)
	}, j.change)
}

// runItem carries out one item as if it were a request, and notes what came of it.
func (r *Runner) runItem(j *Job, b *Batch, it Item) {
	fault, faulty := r.itemFault(it)
	if faulty {
		r.deps.Stats.Fault(fault.Name())
	}
	var a router.Answer
	if !faulty || !fault.Kind.Before {
		a = j.Op.Do(j, it)
	}
	if faulty && fault.Kind.Hides {
		return
	}
	if faulty {
		a = router.Answer{Problems: []router.Problem{{Code: router.CodeInternal, Title: "Internal error", Detail: "a fault of the sandbox"}}}
	}
	result := Result{Ref: it.Ref, ID: it.ID}
	if a.Record != nil {
		result.ID = a.Record.ID.String()
		b.Succeeds++
	} else {
		result.fail(a)
		b.Fails++
	}
	b.Results = append(b.Results, result)
}

// fail notes why an item failed.
func (r *Result) fail(a router.Answer) {
	p := router.Problem{Code: router.CodeInternal, Title: http.StatusText(a.Status)}
	if len(a.Problems) > 0 {
		p = a.Problems[0]
	}
	r.Error = cmp.Or(p.InBulk, p.Title)
	r.Data = wire.JSON(p.ShapeA(a.Status))
}

// itemFault finds the fault for one item of a job. An item is known by its externalId, else by the id of its object,
// else by its content.
func (r *Runner) itemFault(it Item) (inject.Planned, bool) {
	if !r.deps.Faults.Wants(inject.OnItem, http.MethodPost) {
		return inject.Planned{}, false
	}
	name := cmp.Or(wire.Text(it.Body, "externalId"), it.ID)
	if name == "" {
		name = fmt.Sprintf("%x", inject.Hash(wire.JSON(it.Body)))
	}
	return r.deps.Faults.Pick(inject.Target{Scope: inject.OnItem, Method: "ITEM", Object: name})
}

// Results lists the results of a batch in an order that says nothing about that of the items.
func (r *Runner) Results(b *Batch) []Result {
	list := make([]Result, 0, len(b.Results))
	for _, i := range shuffled(r.opts.Seed, b.ID, len(b.Results)) {
		list = append(list, b.Results[i])
	}
	return list
}
