package batch

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// How long a batch waits for more items, counted from the last one that came. While other batches are under way
// there is no hurry: each that comes back lets as many rows go on as one holds.
const (
	idleWait = 50 * time.Millisecond  // no batch is under way
	calmWait = 500 * time.Millisecond // others are
)

// How many batches may be under way. Each takes about two requests, and some seconds until its job is done
// and its results are read: so many keep a rate of requests busy. More would cost memory, about 2 kB an item, and
// where the service works off one job after the other the last would wait so long that it counts as lost.
const (
	minBatches   = 24
	maxBatches   = 100
	batchSeconds = 12
)

// ItemsAtRate is how many items of a sink may be under way at so many requests a second; 0 is no limit on requests.
func ItemsAtRate(rate float64, limits *sinks.Batches) int {
	batches := rate / requestsPerBatch * batchSeconds
	return int(min(max(batches, minBatches), maxBatches)) * limits.MaxItems
}

// Batcher gathers requests to one sink into batches of one operation. An item that waits in a batch, or is under
// way, holds no goroutine. A nil Batcher takes nothing and has room.
type Batcher struct {
	opts    Options
	mode    *mode
	batches atomic.Int32 // under way

	mu        sync.Mutex
	items     int           // added and not given back
	room      chan struct{} // closed when an item is given back; nil: nobody waits for it
	gathering map[sinks.Op]*gathering
}

// gathering is a batch that items may still join.
type gathering struct {
	items []*Item
	bytes int
	idle  *time.Timer
}

// New returns a Batcher that begins with what Spec.Learned says of references: where the service took
// them no batch goes ahead alone, where it refused them batches go without. What has changed since is seen in the
// first answer.
func New(opts Options) *Batcher {
	return &Batcher{opts: opts, mode: newMode(&opts), gathering: map[sinks.Op]*gathering{}}
}

// Takes reports whether an item with so many bytes of JSON may be added. The caller sees to it that the
// payload has the fields that Needs lists.
func (b *Batcher) Takes(bytes int) bool {
	return b != nil && b.mode.takes(bytes+b.overhead())
}

// Add puts an item into the batch that gathers, and sends what is full. If ctx ends before the batch has left, its
// items are given back and were not sent.
func (b *Batcher) Add(ctx context.Context, item *Item) {
	item.Attempts = 0
	op, size := item.Op, item.Bytes+b.overhead()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.items++
	g := b.gathering[op]
	if g != nil && g.bytes+size > b.mode.maxBytes() {
		b.dispatch(ctx, op, g)
		g = nil
	}
	if g == nil {
		g = &gathering{}
		g.idle = time.AfterFunc(idleWait, func() { b.flush(ctx, op, g) })
		b.gathering[op] = g
	}
	g.items = append(g.items, item)
	g.bytes += size
	switch {
	case len(g.items) == b.opts.Spec.Batch.MaxItems:
		b.dispatch(ctx, op, g)
	case b.batches.Load() > 0 && ctx.Err() == nil:
		g.idle.Reset(calmWait)
	default:
		g.idle.Reset(idleWait)
	}
}

// IsSending reports whether a batch is under way.
func (b *Batcher) IsSending() bool { return b != nil && b.batches.Load() > 0 }

// WaitForRoom returns once fewer than Options.MaxItems items are under way, or ctx has ended.
func (b *Batcher) WaitForRoom(ctx context.Context) {
	for b != nil && ctx.Err() == nil {
		room := b.nextRoom()
		if room == nil {
			return
		}
		select {
		case <-room:
		case <-ctx.Done():
		}
	}
}

// nextRoom returns nil if there is room, else a channel that is closed when an item is given back.
func (b *Batcher) nextRoom() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.items < b.opts.MaxItems {
		return nil
	}
	if b.room == nil {
		b.room = make(chan struct{})
	}
	return b.room
}

// flush sends a batch that no item has joined for a while.
func (b *Batcher) flush(ctx context.Context, op sinks.Op, g *gathering) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.gathering[op] == g {
		b.dispatch(ctx, op, g)
	}
}

// dispatch sends a batch that is full or has waited long enough. The lock is held.
func (b *Batcher) dispatch(ctx context.Context, op sinks.Op, g *gathering) {
	g.idle.Stop()
	delete(b.gathering, op)
	b.start(func() { b.send(ctx, batch{op: op, items: g.items}) })
}

// start puts a batch, or a part of one, under way.
func (b *Batcher) start(send func()) {
	b.batches.Add(1)
	go func() {
		defer b.batches.Add(-1)
		send()
	}()
}

// give gives an item back to the caller.
func (b *Batcher) give(item *Item, r Result) {
	b.mu.Lock()
	b.items--
	if b.room != nil {
		close(b.room)
		b.room = nil
	}
	b.mu.Unlock()
	b.opts.Done(item, r)
}

// giveAll gives items back that all have the same result.
func (b *Batcher) giveAll(items []*Item, r Result) {
	for _, item := range items {
		b.give(item, r)
	}
}

func (b *Batcher) overhead() int { return b.opts.Spec.Batch.ItemOverhead }
