package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// How rows gather into batches.
const (
	batchIdle   = 50 * time.Millisecond // a batch that no row has joined for so long is sent
	leastBatch  = 5                     // rows; fewer are sent one by one
	batchWindow = 32 * sinks.MaxItems   // rows under way when they travel in batches
)

// batcher gathers the requests of a step into batches of one operation. A row waits in attempt until its
// batch was sent and the job has told what became of it.
type batcher struct {
	run  *stepRun
	bulk sinks.Bulk
	// insist: batches go on without references, and what became of their rows is looked up.
	insist bool

	mu       sync.Mutex
	said     bool
	off      string // why no more batches are sent; "" while they are
	bare     bool   // the service does not know references
	gathered map[sinks.Op]*gathering
}

// gathering is a batch that rows may still join.
type gathering struct {
	rides []*ride
	bytes int
	idle  *time.Timer
}

// ride is a row's place in a batch.
type ride struct {
	t       *task
	id      string // of the object to update
	payload map[string]any
	bytes   int
	done    chan arrival // has room for one
}

// arrival is what became of a ride.
type arrival struct {
	res    sinks.Result
	err    error
	single bool // nothing was sent: the row is to go by itself
}

// takes reports whether a request may travel in a batch.
func (b *batcher) takes(t *task, op sinks.Op, payload map[string]any) bool {
	if b == nil || t.single || t.bytes > sinks.MaxBatchBytes {
		return false
	}
	needs := b.run.step.Spec.BulkNeeds
	if op == sinks.Update {
		needs = b.run.step.Spec.Keep // what an update would clear must be in it
	}
	for _, name := range needs {
		if _, ok := payload[name]; !ok {
			return false
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.off == ""
}

// ride takes a row along and waits for its arrival.
func (b *batcher) ride(ctx context.Context, t *task, op sinks.Op, id string, payload map[string]any) arrival {
	w := &ride{t: t, id: id, payload: payload, bytes: t.bytes + sinks.ItemOverhead, done: make(chan arrival, 1)}
	b.join(ctx, op, w)
	return <-w.done
}

// join adds a row to the batch that is gathering, and sends what is full.
func (b *batcher) join(ctx context.Context, op sinks.Op, w *ride) {
	b.mu.Lock()
	defer b.mu.Unlock()
	g := b.gathered[op]
	if g != nil && g.bytes+w.bytes > sinks.MaxBatchBytes {
		b.dispatch(ctx, op, g)
		g = nil
	}
	if g == nil {
		g = &gathering{}
		g.idle = time.AfterFunc(batchIdle, func() { b.flush(ctx, op, g) })
		b.gathered[op] = g
	}
	g.rides = append(g.rides, w)
	g.bytes += w.bytes
	if len(g.rides) == sinks.MaxItems {
		b.dispatch(ctx, op, g)
		return
	}
	g.idle.Reset(batchIdle)
}

// flush sends a batch that no row has joined for a while.
func (b *batcher) flush(ctx context.Context, op sinks.Op, g *gathering) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gathered[op] == g {
		b.dispatch(ctx, op, g)
	}
}

// dispatch lets a batch go. The lock is held.
func (b *batcher) dispatch(ctx context.Context, op sinks.Op, g *gathering) {
	g.idle.Stop()
	delete(b.gathered, op)
	go b.travel(ctx, op, g.rides)
}

// travel takes rows to Kustomer: few one by one, the others in one request.
func (b *batcher) travel(ctx context.Context, op sinks.Op, rides []*ride) {
	if len(rides) < leastBatch || b.isOff() {
		alone(rides)
		return
	}
	rides, job, err := b.submit(ctx, op, rides)
	switch {
	case len(rides) == 0:
	case err != nil:
		b.notTaken(ctx, op, rides, err)
	default:
		b.collect(ctx, op, rides, job)
	}
}

// submit sends a batch: admitted by the gate, with one durable record right before the request, and the
// job's name durable before it is first asked for. It returns the rows that are in the batch.
func (b *batcher) submit(ctx context.Context, op sinks.Op, rides []*ride) ([]*ride, string, error) {
	r := b.run
	giveBack, err := b.bulk.Admit(ctx)
	if err != nil {
		return deliver(rides, err), "", nil
	}
	id, rides, err := b.begin(ctx, rides)
	if err != nil || len(rides) == 0 {
		giveBack()
		return deliver(rides, err), "", nil
	}
	if !r.occupy(ctx) {
		giveBack()
		b.withdraw(ctx, rides, context.Cause(ctx))
		return nil, "", nil
	}
	defer r.vacate()
	for _, w := range rides {
		w.t.tries++
		w.t.attempts++
	}
	b.sayHow()
	job, err := b.bulk.Submit(r.send, b.batch(op, rides))
	if err != nil {
		return rides, "", err
	}
	return rides, job, r.deps.Ledger.SetJob(context.WithoutCancel(ctx), id, job)
}

// sayHow says once that rows travel in batches.
func (b *batcher) sayHow() {
	b.mu.Lock()
	first := !b.said
	b.said = true
	b.mu.Unlock()
	if first {
		b.run.say(fmt.Sprintf("loading up to %d rows a request", sinks.MaxItems))
	}
}

// begin records the rows of a batch as begun. Rows whose external id belongs to another key are left
// behind.
func (b *batcher) begin(ctx context.Context, rides []*ride) (ledger.BatchID, []*ride, error) {
	intents := make([]ledger.Intent, len(rides))
	for i, w := range rides {
		intents[i] = b.run.intent(w.t, w.id)
		intents[i].Ref = strconv.Itoa(i)
	}
	id, claimed, err := b.run.deps.Ledger.BeginBatch(ctx, intents)
	if err != nil {
		return 0, rides, err
	}
	var in []*ride
	for i, w := range rides {
		if claimed[i] != nil {
			w.done <- arrival{err: claimed[i]}
			continue
		}
		w.t.open++
		w.t.ref = intents[i].Ref
		in = append(in, w)
	}
	return id, in, nil
}

// batch is the request for some rows.
func (b *batcher) batch(op sinks.Op, rides []*ride) sinks.Batch {
	batch := sinks.Batch{Spec: b.run.step.Spec, Op: op, Bare: b.isBare()}
	for _, w := range rides {
		batch.Items = append(batch.Items, sinks.Item{Ref: w.t.ref, ID: w.id, Payload: w.payload})
	}
	return batch
}

// notTaken goes on with a batch that was refused, or whose answer was lost.
func (b *batcher) notTaken(ctx context.Context, op sinks.Op, rides []*ride, err error) {
	var failed *sinks.Error
	if !errors.As(err, &failed) {
		deliver(rides, err)
		return
	}
	switch failed.Class {
	case sinks.Unknown:
		for _, w := range rides {
			w.t.batched = true
		}
		deliver(rides, err)
	case sinks.Refused, sinks.Conflict:
		if b.takeBack(ctx, rides) {
			b.split(ctx, op, rides, failed)
		}
	default:
		if failed.Class == sinks.Fatal {
			b.run.halt(err)
		}
		b.withdraw(ctx, rides, err)
	}
}

// split goes on with rows whose batch was refused as a whole, which one row is enough for: the row that
// the answer names goes by itself, else the batch is halved until few are left.
func (b *batcher) split(ctx context.Context, op sinks.Op, rides []*ride, failed *sinks.Error) {
	if culprit, ok := itemOf(failed.Field, len(rides)); ok {
		alone(rides[culprit : culprit+1])
		rest := append(append([]*ride{}, rides[:culprit]...), rides[culprit+1:]...)
		b.travel(ctx, op, rest)
		return
	}
	if refusesRefs(failed) && b.insist && !b.isBare() {
		b.setBare()
		b.travel(ctx, op, rides)
		return
	}
	if refusesRefs(failed) || noEndpoint(failed) {
		b.stop("Kustomer does not take such batches")
		alone(rides)
		return
	}
	half := len(rides) / 2
	b.travel(ctx, op, rides[:half])
	b.travel(ctx, op, rides[half:])
}

// collect waits for a job and lets its rows arrive.
func (b *batcher) collect(ctx context.Context, op sinks.Op, rides []*ride, job string) {
	results, err := b.bulk.Collect(b.run.send, b.batch(op, rides), job)
	var failed *sinks.Error
	if errors.As(err, &failed) {
		if failed.Class == sinks.Fatal {
			b.run.halt(err)
		}
		if failed.Status == statusForbidden && !b.insist {
			b.stop("the key may not read the results of bulk jobs")
		}
	}
	for _, w := range rides {
		res, ok := results[w.t.ref]
		switch {
		case ok && res.Err != nil:
			w.done <- arrival{err: b.run.withdraw(ctx, w.t, res.Err)}
		case ok:
			w.done <- arrival{res: sinks.Result{ID: res.ID, Status: statusOK, Attempts: 1}}
		default:
			w.t.batched = err != nil
			w.done <- arrival{err: untold(job, err)}
		}
	}
	if err == nil && len(results) == 0 && !b.insist {
		b.stop("Kustomer does not tell which row of a batch became which object")
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

// stop sends everything one by one from now on, and says so once.
func (b *batcher) stop(why string) {
	b.mu.Lock()
	first := b.off == ""
	b.off = why
	b.mu.Unlock()
	if first {
		b.run.say("from now on one by one: " + why)
	}
}

func (b *batcher) isBare() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bare
}

func (b *batcher) setBare() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bare = true
}

func (b *batcher) isOff() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.off != ""
}
