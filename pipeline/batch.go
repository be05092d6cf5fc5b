//go:build oldengine

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

// Batches under way at once. Each takes about two requests and some seconds until its job is done and
// asked for: so many keep a budget busy. More would cost memory, about 2 kB a row, and where Kustomer works off
// one job after the other the last would wait so long that it counts as lost.
const (
	fewestBatches = 24
	mostBatches   = 100
	batchTakes    = 12 // seconds
)

// batchSeats is how many rows may ride in batches of at most items rows at so many requests a second; 0 is no limit.
func batchSeats(rate float64, items int) int {
	batches := rate / 2 * batchTakes
	if rate <= 0 {
		batches = fewestBatches
	}
	return int(min(max(batches, fewestBatches), mostBatches)) * items
}

// batcher gathers the requests of a step into batches of one operation. Thousands of rows ride in them, so no
// goroutine waits for a row: it is away until the job has told what became of it, and is ready again then.
type batcher struct {
	run    *stepRun
	bulk   sinks.Bulk
	limits *sinks.Batches
	// insist: batches go on without references, and what became of their rows is looked up.
	insist bool
	turn   chan struct{} // held by the batch that goes first; see inTurn
	seats  int           // rows that may ride before no more are read

	mu       sync.Mutex
	said     bool
	proven   bool   // a batch has come through
	off      string // why no more batches are sent; "" while they are
	bare     bool   // the service does not know references
	most     int    // bytes of a batch
	flying   int    // batches under way
	aboard   int    // rows that ride
	room     *sync.Cond
	gathered map[sinks.Op]*gathering
}

// batcher begins with what is known of references: where Kustomer took them, no batch goes ahead alone; where
// it refused them, batches go without. What has changed since is seen in the first answer, as ever.
func (r *stepRun) batcher(bulk sinks.Bulk) *batcher {
	refs, limits := r.step.Spec.Learned.Refs, r.step.Spec.Batch
	b := &batcher{
		run: r, bulk: bulk, limits: limits, insist: r.opts.Bulk == BulkAlways, seats: batchSeats(r.opts.Rate, limits.MaxItems),
		proven: refs == sinks.RefsKnown, bare: refs == sinks.RefsRefused,
		turn: make(chan struct{}, 1), most: limits.MaxBytes, gathered: map[sinks.Op]*gathering{},
	}
	b.room = sync.NewCond(&b.mu)
	return b
}

// gathering is a batch that rows may still join.
type gathering struct {
	rides []*ride
	bytes int
	idle  *time.Timer
}

// ride is a row's place in a batch.
type ride struct {
	t *task
	request
	bytes int
}

// arrival is what became of a ride. A row that is begun then and goes another way takes that back itself,
// so that the rows of a batch share their commits.
type arrival struct {
	res    sinks.Result
	err    error
	void   bool // it surely did not happen, and its begun is to be withdrawn
	single bool // the row is to go by itself
}

// takes reports whether a request may travel in a batch.
func (b *batcher) takes(t *task, q request) bool {
	if b == nil || t.single || !carries(b.run.step, t, q.payload, bulkNeeds(b.run.step.Spec, b.run.step.BulkOp(q.op))) {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.off == "" && t.Bytes+b.limits.ItemOverhead <= b.most
}

// board adds a row to the batch that is gathering, and sends what is full. From now on the row belongs to the
// batch, until it lands.
func (b *batcher) board(ctx context.Context, t *task, q request) {
	op, w := b.run.step.BulkOp(q.op), &ride{t: t, request: q, bytes: t.Bytes + b.limits.ItemOverhead}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.aboard++
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
	case len(g.rides) == b.limits.MaxItems:
		b.dispatch(ctx, op, g)
	case b.flying > 0 && ctx.Err() == nil:
		g.idle.Reset(batchCalm)
	default:
		g.idle.Reset(batchIdle)
	}
}

// land lets a row go on, with what became of its ride.
func (b *batcher) land(w *ride, a arrival) {
	b.mu.Lock()
	b.aboard--
	b.room.Signal()
	b.mu.Unlock()
	b.run.comesBack(w.t, func(ctx context.Context) (ending, error) { return b.run.arrive(ctx, w, a) })
}

// waitForRoom returns once there is room for more rows, or ctx is done.
func (b *batcher) waitForRoom(ctx context.Context) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if hasRoom := func() bool { return b.aboard < b.seats }; !hasRoom() {
		waitCond(ctx, b.room, hasRoom)
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
