//go:build oldengine

package pipeline

import (
	"context"
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// Bulk says whether rows travel in batches.
type Bulk string

// The values of bulk: in a pipeline file.
const (
	BulkAuto   Bulk = "auto" // whatever ends sooner at Options.Rate
	BulkAlways Bulk = "always"
	BulkNever  Bulk = "never"
)

// newBatcher returns nil where a step's rows travel one by one.
func newBatcher(ctx context.Context, r *stepRun) *batcher {
	bulk, ok := r.deps.Sink.(sinks.Bulk)
	if !ok || r.opts.DryRun || !r.step.Batches(r.opts.Bulk == BulkAlways) {
		return nil
	}
	switch r.opts.Bulk {
	case BulkAlways:
	case BulkAuto:
		if !r.worthBatches(ctx) {
			return nil
		}
		if why := untoldRefs(r.step.Spec); why != "" {
			r.say("loading one by one, as a probe of the org found: " + why)
			return nil
		}
	default:
		return nil
	}
	return r.batcher(bulk)
}

// untoldRefs says why batches do not tell what became of their rows, where that is known before the first; "":
// it is not. Kustomer may have learned it since: rows then go slower than they could until somebody probes again.
func untoldRefs(spec *sinks.Spec) string {
	switch spec.Learned.Refs {
	case sinks.RefsRefused:
		return noRefs(spec)
	case sinks.RefsIgnored:
		return noResults
	}
	return ""
}

// Why rows go one by one.
const noResults = "Kustomer does not tell which row of a batch became which object"

func noRefs(spec *sinks.Spec) string {
	return "Kustomer does not know " + spec.Batch.RefField + ", by which results name their rows"
}

// worthBatches reports whether a step has so many rows that batches, with the wait for their jobs, end
// sooner than single requests at the pace of the run. Without a limit on requests single ones do.
func (r *stepRun) worthBatches(ctx context.Context) bool {
	if r.opts.Rate <= 0 || r.step.Source.Once { // to count would be to read
		return false
	}
	rows := 0
	for range r.step.Source.Rows(ctx) { //nolint:errcheck // the pass that loads the rows tells
		if rows++; r.opts.Limit > 0 && rows > r.opts.Limit {
			break
		}
		singly, batched := Estimate([]StepLoad{{Rows: rows, Batch: rows, Limits: r.step.Spec.Batch}}, r.opts.Rate)
		if batched.Time < singly.Time {
			return true
		}
	}
	return false
}

// jobs keeps what bulk jobs of an earlier run say, each asked for once.
type jobs struct {
	mu   sync.Mutex
	said map[string]*jobSaid
}

// jobSaid is what a job says.
type jobSaid struct {
	over    bool
	again   []func() // of those who want to know
	results map[string]sinks.ItemResult
	worked  bool // it was worked off: rows of which it says nothing were not held up
}

func newJobs() *jobs { return &jobs{said: map[string]*jobSaid{}} }

// ask returns what a job says. Nil: it is asked still, and again is called once it is not. A job that cannot be
// asked says nothing.
func (j *jobs) ask(name string, collect func() (map[string]sinks.ItemResult, error), again func()) *jobSaid {
	j.mu.Lock()
	defer j.mu.Unlock()
	said, asked := j.said[name]
	if !asked {
		said = &jobSaid{}
		j.said[name] = said
		go func() {
			results, err := collect() // rows of which it says nothing are looked up
			j.tell(said, results, err == nil)
		}()
	}
	if said.over {
		return said
	}
	said.again = append(said.again, again)
	return nil
}

// tell lets those go on who want to know what a job says.
func (j *jobs) tell(said *jobSaid, results map[string]sinks.ItemResult, worked bool) {
	j.mu.Lock()
	said.over, said.results, said.worked = true, results, worked
	all := said.again
	said.again = nil
	j.mu.Unlock()
	for _, again := range all {
		again()
	}
}

// fromJob asks the job of an earlier run what became of a row, which is away meanwhile. False: it does not say.
func (r *stepRun) fromJob(ctx context.Context, t *task, intent ledger.Intent) (ending, bool, error) {
	bulk, ok := r.deps.Sink.(sinks.Bulk)
	if !ok || intent.Job == "" {
		return ending{}, false, nil
	}
	said := r.jobs.ask(intent.Job, func() (map[string]sinks.ItemResult, error) {
		return bulk.Collect(ctx, sinks.Batch{Spec: r.step.Spec}, intent.Job)
	}, func() {
		r.comesBack(t, func(ctx context.Context) (ending, error) { return r.takeUp(ctx, t, intent) })
	})
	if said == nil {
		return ending{away: true}, true, nil
	}
	res, ok := said.results[intent.Ref]
	switch {
	case !ok:
		if t.worked = said.worked; t.worked {
			t.doubt.due = time.Now().Add(r.quiet(t))
		}
		return ending{}, false, nil
	case res.Err != nil:
		end, err := r.failedInJob(ctx, t, intent, res.Err)
		return end, true, err
	case intent.KustomerID == "":
		end, err := r.adopt(ctx, t, res.ID, res.Status)
		return end, true, err
	case intent.Hash == t.Hash:
		return loaded(t, ledger.Updated, intent.KustomerID, res.Status), true, nil
	}
	end, err := r.renew(ctx, t, intent.KustomerID)
	return end, true, err
}

// failedInJob goes on with a row that the job of an earlier run did not load.
func (r *stepRun) failedInJob(ctx context.Context, t *task, intent ledger.Intent, failed *sinks.Error) (ending, error) {
	if intent.KustomerID == "" && r.twinsWith(t) {
		t.doubt, t.worked = nil, intent.Attempt <= 1 // else a batch before it may be on its way
		return r.conflict(ctx, t, failed)
	}
	if err := r.withdraw(ctx, t, nil); err != nil {
		return r.unsent(ctx, t, err)
	}
	if before, ok := r.begun(t.Key); ok { // a request before it is still open
		return r.takeUp(ctx, t, before)
	}
	t.doubt = nil
	if intent.KustomerID == "" {
		return r.conflict(ctx, t, failed)
	}
	t.single = true
	return r.renew(ctx, t, intent.KustomerID)
}
