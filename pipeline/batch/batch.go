// Package batch sends many requests of one kind as one, and tells each what became of it.
package batch

import (
	"context"
	"strconv"

	"github.com/kustsync/kustsync/sinks"
)

// MinItems is the least number of items that share a request; fewer are given back to be sent one by one.
const MinItems = 5

// Item is one request that may share a batch. From Add until Options.Done it belongs to the Batcher.
type Item struct {
	Op      sinks.Op       // Create or Update
	ID      string         // of the object to update
	Payload map[string]any // as sinks.Spec.Fit returned it; nil where Body says it all
	Body    []byte         // the payload as JSON, where Payload is nil
	Bytes   int            // of the payload as JSON
	Owner   any            // what the caller knows the item by; the Batcher does not look at it

	// Attempts counts the batches that left with the item since it was added. The Batcher counts.
	Attempts int

	number int // of the item in its batch
}

// Ref is the item's reference, which tells it from the others of its batch. It is set when the item is begun.
func (i *Item) Ref() string { return strconv.Itoa(i.number) }

// Result is what became of an item. Its begun record (see Journal) is open still where the request was applied or
// may have been, where the job failed the item and Options.KeepBegun is true for it, and where the journal
// failed to withdraw the record. In every other case there is none.
type Result struct {
	// Result is the service's answer where the request was applied, which is so if Err is nil and Alone is false.
	Result sinks.Result
	// Err is a *sinks.Error, the error of the Journal, or the cause why the run's context has ended. A
	// *sinks.Error of class Unknown means that the request may have been applied, one of any other class that it was not.
	Err error
	// Alone: the request was not applied, and the caller is to send it by itself.
	Alone bool
	// InJob: the service took the item into a job, and nothing more is known about it.
	InJob bool
	// JobDone: that job is worked off, so what it has not done by now it will not do. It is set too where the job
	// tells that the item failed.
	JobDone bool
}

// Journal makes durable what is about to be sent.
type Journal interface {
	// Begin records that items are about to leave in one request: one durable record, written whole or not at
	// all, whose number SetJob takes. claimed is nil or as long as items: an error in it says why that item was
	// left out and cannot be sent. On an error nothing is recorded.
	Begin(ctx context.Context, items []*Item) (record int64, claimed []error, err error)
	// SetJob records which job of the service works the items off.
	SetJob(ctx context.Context, record int64, job string) error
	// Withdraw takes back that items were begun, since their request surely was not applied. It should share
	// one commit among them. It returns nil, or an error or nil for each item.
	Withdraw(ctx context.Context, items []*Item) []error
}

// Options are what a Batcher needs. All but Insist must be set.
type Options struct {
	Spec    *sinks.Spec // of all items; its Batch must not be nil
	Sink    sinks.Bulk
	Journal Journal
	// Insist: batches go on where the service does not tell what became of their items, for which the caller
	// then looks. Without it they stop.
	Insist bool
	// MaxItems is how many items may be under way before WaitForRoom waits; see ItemsAtRate.
	MaxItems int
	// SendContext is the context of requests. It may outlive that of Add, so that requests in flight end well.
	SendContext context.Context

	// Acquire waits for one of the places for HTTP requests; false when the context ended first. Release frees it.
	Acquire func(context.Context) bool
	Release func()
	// Halt ends the run, since nothing more can be sent. It is called before the place is free for another request.
	Halt func(error)
	// Info tells the user something. Nothing is told twice.
	Info func(string)
	// Done gives an item back: once for each Add, from any goroutine. It may wait, but not for another item.
	Done func(*Item, Result)
	// KeepBegun reports whether an item that a job calls failed may exist all the same, so that its begun record
	// has to stay. It is asked for creates only.
	KeepBegun func(*Item) bool
	// ReadBack compares the object with an id, which a job says that it has made for an item, with what was sent. An error says
	// in what it differs; nil: it does not, or that cannot be told. It is asked once, for the first batch of creates whose job
	// names an object, before another batch is sent. nil: nothing is compared.
	ReadBack func(ctx context.Context, item *Item, id string) error
}

// batch is a number of items that are sent in one request.
type batch struct {
	op          sinks.Op
	items       []*Item
	withoutRefs bool
	refusals    int // so far, save those for its size or its references; at most maxNamed
}

// of is the same batch with other items.
func (s batch) of(items []*Item) batch {
	s.items = items
	return s
}

func (s batch) halves() (first, second batch) {
	half := len(s.items) / 2
	return s.of(s.items[:half]), s.of(s.items[half:])
}

// bytes is the size of the request, where each item takes so many bytes besides its payload.
func (s batch) bytes(overhead int) (sum int) {
	for _, item := range s.items {
		sum += item.Bytes + overhead
	}
	return sum
}
