//go:build oldengine

package pipeline

import (
	"slices"
	"time"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// jobGuess is how long a bulk job takes, as far as anybody knows before the first.
const jobGuess = 3 * time.Second

// requestsABatch is what a batch costs: to submit it, and to read its results.
const requestsABatch = 2

// StepLoad is what of a step is to be sent.
type StepLoad struct {
	Step  string
	Rows  int
	Batch int // of Rows, those that may travel in batches
	Bytes int // of those, as JSON
	// Limits are those of the step's batches; not nil where Batch is more than 0.
	Limits *sinks.Batches
	Asks   int // requests besides those that write: look-ups, reads before an update; 0 where nobody has looked
}

// Effort is what a load takes.
type Effort struct {
	Requests int
	Time     time.Duration
}

// Estimate says what loads take one by one and in batches, one step after the other, at so many requests a
// second, more than 0. Retries come on top, and look-ups that are not in Asks: a few for each step, as a rule.
func Estimate(loads []StepLoad, rate float64) (singly, batched Effort) {
	at := func(requests int) time.Duration {
		return time.Duration(float64(requests) / rate * float64(time.Second))
	}
	for _, l := range loads {
		singly.Requests += l.Rows + l.Asks
		singly.Time += at(l.Rows + l.Asks)
		batches, requests := 0, l.Rows
		if l.Batch >= leastBatch {
			batches = max(divideUp(l.Batch, l.Limits.MaxItems), divideUp(l.Bytes, l.Limits.MaxBytes))
			requests = batches*requestsABatch + l.Rows - l.Batch
		}
		batched.Requests += requests + l.Asks
		batched.Time += at(requests + l.Asks)
		if batches > 0 {
			batched.Time += jobGuess
		}
	}
	return singly, batched
}

func divideUp(n, by int) int { return (n + by - 1) / by }

// add takes in what a row takes.
func (l *StepLoad) add(step *program.Step, t *task, end ending) {
	l.Asks, l.Limits = l.Asks+end.asks, step.Spec.Batch
	if end.outcome != ledger.Planned && !end.sends {
		return
	}
	l.Rows++
	op := step.BulkOp(sinks.Create)
	if end.action == ActUpdate {
		op = sinks.Update
	}
	if !step.Batches(false) {
		return
	}
	limits := step.Spec.Batch
	if size := t.Bytes + limits.ItemOverhead; size <= limits.MaxBytes && carries(step, t, t.Fitted(), bulkNeeds(step.Spec, op)) {
		l.Batch++
		l.Bytes += size
	}
}

// bulkNeeds lists the fields without which a batch of the sink, which has batches, cannot carry a payload.
func bulkNeeds(spec *sinks.Spec, op sinks.Op) []string {
	switch {
	case op == sinks.Create:
		return spec.Batch.Needs
	case spec.Kind == sinks.Changes:
		return slices.Concat(spec.Batch.Needs, spec.Keep)
	}
	return spec.Keep // what an update would clear must be in it
}

// carries reports whether a payload has those fields. A payload of nil is what the step's encoder wrote of the row.
func carries(step *program.Step, t *task, payload map[string]any, fields []string) bool {
	if payload == nil {
		return t.Members.Has(step.Encoder.Members(slices.Values(fields)))
	}
	return !slices.ContainsFunc(fields, func(name string) bool { _, ok := payload[name]; return !ok })
}

// load is the load of a step, with the lock held.
func (r *stepRun) load(step *program.Step) *StepLoad {
	for i := range r.summary.Loads {
		if r.summary.Loads[i].Step == step.Name() {
			return &r.summary.Loads[i]
		}
	}
	r.summary.Loads = append(r.summary.Loads, StepLoad{Step: step.Name(), Limits: step.Spec.Batch})
	return &r.summary.Loads[len(r.summary.Loads)-1]
}

// finalBytes is what a batch carries to write one object's final value again.
const finalBytes = 64

// loadFinal counts, with the lock held, what is written again at the end of the run because of a row: the
// object that it creates, and those that an earlier run has finalized and the row undoes, each once.
func (r *stepRun) loadFinal(t *task, end ending) {
	if end.outcome != ledger.Planned || r.opts.Step != "" {
		return
	}
	if end.action != ActUpdate && r.step.IsFinal(t.Content()) {
		r.loadAgain(r.step.Finalizer)
	}
	for _, p := range t.Undoes {
		if finalized := r.finalized[p.Step.Name()]; finalized.Get(p.Key).Has(index.Loaded) {
			finalized.Release(p.Key)
			r.loadAgain(p.Step.Finalizer)
		}
	}
}

// loadAgain counts one object that a finalizer writes.
func (r *stepRun) loadAgain(finalizer *program.Step) {
	l := r.load(finalizer)
	l.Rows++
	if finalizer.Batches(false) {
		l.Batch++
		l.Bytes += finalBytes + finalizer.Spec.Batch.ItemOverhead
	}
}
