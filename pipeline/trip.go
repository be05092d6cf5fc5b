//go:build oldengine

package pipeline

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

const (
	firstTurn = 10 * time.Second // that the batch in front may take before the next one tries
	mostNamed = 3                // refusals of one batch that may name its rows at fault; then it is halved
)

// trip is a batch on its way.
type trip struct {
	op    sinks.Op
	rides []*ride
	bare  bool // it goes without references
	named int  // refusals that named rows at fault
}

// with is a trip of other rows.
func (tr trip) with(rides []*ride) trip {
	tr.rides = rides
	return tr
}

func (tr trip) halves() (first, second trip) {
	half := len(tr.rides) / 2
	return tr.with(tr.rides[:half]), tr.with(tr.rides[half:])
}

func (tr trip) bytes() (sum int) {
	for _, w := range tr.rides {
		sum += w.bytes
	}
	return sum
}

// travel takes rows to Kustomer: few one by one, the others in one request.
func (b *batcher) travel(ctx context.Context, tr trip) {
	if len(tr.rides) < leastBatch {
		b.alone(tr.rides)
		return
	}
	defer b.inTurn(ctx)()
	switch {
	case b.isOff():
		b.alone(tr.rides)
		return
	case b.isTooLarge(tr):
		first, second := tr.halves()
		go b.travel(ctx, first)
		go b.travel(ctx, second)
		return
	}
	tr.bare = b.isBare()
	tr, job, err := b.submit(ctx, tr)
	switch {
	case len(tr.rides) == 0:
	case err != nil:
		b.notTaken(ctx, tr, err)
	default:
		b.collect(tr, job)
	}
}

// inTurn lets batches go one at a time until one has come through: whether Kustomer knows references,
// and whether the key may read results, need not be found out by all of them at once. The function that
// it returns lets the next one go.
func (b *batcher) inTurn(ctx context.Context) func() {
	if b.isProven() {
		return func() {}
	}
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return func() {}
	}
	end := sync.OnceFunc(func() { <-b.turn })
	if b.isProven() {
		end()
		return end
	}
	late := time.AfterFunc(firstTurn, end)
	return func() { late.Stop(); end() }
}

// submit sends a batch: admitted by the gate, with one durable record right before the request, and the
// job's name durable before it is first asked for. It returns the batch with the rows that are in it.
func (b *batcher) submit(ctx context.Context, tr trip) (trip, string, error) {
	r := b.run
	giveBack, err := b.bulk.Admit(ctx)
	if err != nil {
		b.deliver(tr.rides, arrival{err: err})
		return trip{}, "", nil
	}
	id, tr, err := b.begin(ctx, tr)
	if err != nil || len(tr.rides) == 0 {
		giveBack()
		b.deliver(tr.rides, arrival{err: err})
		return trip{}, "", nil
	}
	if !r.occupy(ctx) {
		giveBack()
		b.deliver(tr.rides, arrival{err: context.Cause(ctx), void: true})
		return trip{}, "", nil
	}
	defer r.vacate()
	for _, w := range tr.rides {
		w.t.tries++
		w.t.attempts++
	}
	b.sayHow()
	job, err := b.bulk.Submit(r.send, b.batch(tr))
	if err != nil {
		return tr, "", err
	}
	return tr, job, r.deps.Ledger.SetJob(context.WithoutCancel(ctx), id, job)
}

// begin records the rows of a batch as begun. Rows whose external id belongs to another key are left
// behind.
func (b *batcher) begin(ctx context.Context, tr trip) (ledger.BatchID, trip, error) {
	intents := make([]ledger.Intent, len(tr.rides))
	for i, w := range tr.rides {
		intents[i] = b.run.intent(w.t, w.id)
		intents[i].Ref = strconv.Itoa(i)
	}
	id, claimed, err := b.run.deps.Ledger.BeginBatch(ctx, intents)
	if err != nil {
		return 0, tr, err
	}
	var in []*ride
	for i, w := range tr.rides {
		if claimed[i] != nil {
			b.land(w, arrival{err: claimed[i]})
			continue
		}
		w.t.open++
		w.t.ref = intents[i].Ref
		in = append(in, w)
	}
	return id, tr.with(in), nil
}

// batch is the request for some rows.
func (b *batcher) batch(tr trip) sinks.Batch {
	batch := sinks.Batch{Spec: b.run.step.Spec, Op: tr.op, Bare: tr.bare}
	for _, w := range tr.rides {
		item := sinks.Item{Ref: w.t.ref, ID: w.id, Payload: w.payload}
		if w.payload == nil {
			item.Body = w.t.Body
		}
		batch.Items = append(batch.Items, item)
	}
	return batch
}

// notTaken goes on with a batch that was refused, or whose answer was lost.
func (b *batcher) notTaken(ctx context.Context, tr trip, err error) {
	var failed *sinks.Error
	if !errors.As(err, &failed) {
		b.deliver(tr.rides, arrival{err: err})
		return
	}
	switch {
	case failed.Class == sinks.Unknown:
		b.deliver(tr.rides, arrival{err: err})
	case failed.Class.IsRefusal(), failed.Class == sinks.Duplicate:
		b.split(ctx, tr, failed)
	default:
		if failed.Class == sinks.Fatal {
			b.run.halt(err)
		}
		b.deliver(tr.rides, arrival{err: err, void: true})
	}
}

// split goes on with rows whose batch was refused as a whole, for which one of them is enough: those that
// the answer names go by themselves, else the batch is halved until few are left.
func (b *batcher) split(ctx context.Context, tr trip, failed *sinks.Error) {
	switch {
	case failed.RefsRefused && b.insist && !tr.bare:
		b.setBare()
		b.again(ctx, tr)
		return
	case failed.RefsRefused:
		b.stop(noRefs(b.run.step.Spec))
		b.deliver(tr.rides, arrival{void: true, single: true})
		return
	case failed.Class == sinks.Unsupported:
		b.stop("Kustomer does not take such batches")
		b.deliver(tr.rides, arrival{void: true, single: true})
		return
	case failed.Class == sinks.TooLarge:
		first, second := tr.halves()
		b.shrink(max(first.bytes(), second.bytes()))
	case tr.named < mostNamed:
		tr.named++
		if culprits, others := b.partByNames(tr.rides, failed); len(culprits) > 0 {
			b.deliver(culprits, arrival{void: true, single: true})
			b.again(ctx, tr.with(others))
			return
		}
	}
	first, second := tr.halves()
	b.again(ctx, first)
	b.again(ctx, second)
}

// again sends rows on their way once more, once what was begun of them is taken back.
func (b *batcher) again(ctx context.Context, tr trip) {
	go func() { b.travel(ctx, tr.with(b.takeBack(ctx, tr.rides))) }()
}

// collect waits for a job and lets its rows arrive.
func (b *batcher) collect(tr trip, job string) {
	results, err := b.bulk.Collect(b.run.send, b.batch(tr), job)
	b.learn(results, err)
	for _, w := range tr.rides {
		res, ok := results[w.t.ref]
		switch {
		case ok && res.Err != nil:
			w.t.worked = true
			b.land(w, arrival{err: res.Err, void: tr.op == sinks.Update || !b.run.twinsWith(w.t)})
		case ok:
			b.land(w, arrival{res: sinks.Result{ID: res.ID, Status: res.Status, Attempts: 1}})
		default:
			w.t.inJob, w.t.worked = true, err == nil
			b.land(w, arrival{err: untold(job, err)})
		}
	}
}

// learn draws from a job what holds for all: whether batches work here.
func (b *batcher) learn(results map[string]sinks.ItemResult, err error) {
	var failed *sinks.Error
	switch {
	case errors.As(err, &failed) && failed.Class == sinks.Fatal:
		b.run.halt(err)
	case errors.As(err, &failed) && failed.Class == sinks.Forbidden && b.insist:
		b.setProven() // there is nothing more to find out
	case errors.As(err, &failed) && failed.Class == sinks.Forbidden:
		b.stop("the key may not read the results of bulk jobs")
	case err == nil && len(results) == 0 && !b.insist:
		b.stop(noResults)
	case err == nil:
		b.setProven()
	}
}

// untold is the error of a row whose job does not say what became of it.
func untold(job string, err error) *sinks.Error {
	message := "the bulk job " + job + " does not say what became of it"
	if err != nil {
		message = err.Error()
	}
	return &sinks.Error{Class: sinks.Unknown, Message: message, Err: err}
}
