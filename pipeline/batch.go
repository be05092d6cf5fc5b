package pipeline

import (
	"context"
	"sync"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// How rows gather into batches. While other batches are under way there is no hurry: each that comes
// back sets free as many rows as one holds.
const (
	batchIdle  = 50 * time.Millisecond  // a batch that no row has joined for so long is sent
	batchCalm  = 500 * time.Millisecond // the same while other batches are under way
	leastBatch = 5                      // rows; fewer are sent one by one
)

// Batches under way at once. Each takes about two requests and a few seconds until its job is done and
// asked for: so many keep a budget busy. More would only cost memory.
const (
	fewestBatches = 24
	mostBatches   = 64
	batchTakes    = 5.2 // seconds
)

// batchWindow is how many rows may be under way in batches at so many requests a second; 0 is no limit.
func batchWindow(rate float64) int {
	batches := rate / 2 * batchTakes
	if rate <= 0 {
		batches = fewestBatches
	}
	return int(min(max(batches, fewestBatches), mostBatches)) * sinks.MaxItems
}

// batcher gathers the requests of a step into batches of one operation. A row waits in attempt until its
// batch was sent and the job has told what became of it.
type batcher struct {
	run  *stepRun
	bulk sinks.Bulk
	// insist: batches go on without references, and what became of their rows is looked up.
	insist bool
	turn   chan struct{} // held by the batch that goes first; see inTurn

	mu       sync.Mutex
	said     bool
	proven   bool   // a batch has come through
	off      string // why no more batches are sent; "" while they are
	bare     bool   // the service does not know references
	most     int    // bytes of a batch
	flying   int    // batches under way
	gathered map[sinks.Op]*gathering
}

// batcher begins with what is known of references: where Kustomer took them, no batch goes ahead alone; where
// it refused them, batches go without. What has changed since is seen in the first answer, as ever.
func (r *stepRun) batcher(bulk sinks.Bulk) *batcher {
	refs := r.step.Spec.Learned.Refs
	return &batcher{
		run: r, bulk: bulk, insist: r.opts.Bulk == BulkAlways,
		proven: refs == sinks.RefsKnown, bare: refs == sinks.RefsRefused,
		turn: make(chan struct{}, 1), most: sinks.MaxBatchBytes, gathered: map[sinks.Op]*gathering{},
	}
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

// arrival is what became of a ride. A row that is begun then and goes another way takes that back itself,
// so that the rows of a batch share their commits.
type arrival struct {
	res    sinks.Result
	err    error
	void   bool // it surely did not happen, and its begun is to be withdrawn
	single bool // the row is to go by itself
}

// takes reports whether a request may travel in a batch. A payload of nil is that of the row.
func (b *batcher) takes(t *task, op sinks.Op, payload map[string]any) bool {
	if b == nil || t.single || !b.run.step.carries(t, payload, bulkNeeds(b.run.step.Spec, op)) {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.off == "" && t.bytes+sinks.ItemOverhead <= b.most
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
	if g != nil && g.bytes+w.bytes > b.most {
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
	switch {
	case len(g.rides) == sinks.MaxItems:
		b.dispatch(ctx, op, g)
	case b.flying > 0 && ctx.Err() == nil:
		g.idle.Reset(batchCalm)
	default:
		g.idle.Reset(batchIdle)
	}
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
	b.flying++
	go func() {
		b.travel(ctx, trip{op: op, rides: g.rides})
		b.mu.Lock()
		defer b.mu.Unlock()
		b.flying--
	}()
}
