package batch

import (
	"context"
	"errors"

	"github.com/kustsync/kustsync/sinks"
)

// send brings items to the service in one request, and gives back those that have to go one by one.
func (b *Batcher) send(ctx context.Context, s batch) {
	if len(s.items) < MinItems {
		b.giveAll(s.items, Result{Alone: true})
		return
	}
	defer b.mode.turn(ctx, s.op)()
	switch {
	case b.mode.isStopped():
		b.giveAll(s.items, Result{Alone: true})
	case s.bytes(b.overhead()) > b.mode.maxBytes(): // it gathered before the limit shrank
		first, second := s.halves()
		b.start(func() { b.send(ctx, first) })
		b.start(func() { b.send(ctx, second) })
	default:
		s.withoutRefs = b.mode.isWithoutRefs()
		b.sendNow(ctx, s)
	}
}

// sendNow sends a batch once it is admitted, begun, and has one of the places for requests.
func (b *Batcher) sendNow(ctx context.Context, s batch) {
	giveBack, err := b.opts.Sink.Admit(ctx)
	if err != nil {
		b.giveAll(s.items, Result{Err: err})
		return
	}
	record, s, err := b.begin(ctx, s)
	if err != nil || len(s.items) == 0 {
		giveBack()
		b.giveAll(s.items, Result{Err: err})
		return
	}
	if !b.opts.Acquire(ctx) {
		giveBack()
		b.giveAll(b.withdraw(ctx, s.items), Result{Err: context.Cause(ctx)})
		return
	}
	job, err := b.submit(ctx, s, record)
	if err != nil {
		b.notTaken(ctx, s, err)
		return
	}
	b.collect(ctx, s, job)
}

// begin makes durable that a batch is about to leave, and gives its items their references. It returns the batch
// without the items that cannot be sent, and gives those back.
func (b *Batcher) begin(ctx context.Context, s batch) (record int64, begun batch, err error) {
	for i, item := range s.items {
		item.number = i
	}
	record, claimed, err := b.opts.Journal.Begin(ctx, s.items)
	if err != nil || claimed == nil {
		return record, s, err
	}
	return record, s.of(b.without(s.items, claimed)), nil
}

// withdraw takes back that items were begun, and returns them. Those for which the journal fails are given back
// with its error instead.
func (b *Batcher) withdraw(ctx context.Context, items []*Item) []*Item {
	if len(items) == 0 {
		return nil
	}
	errs := b.opts.Journal.Withdraw(context.WithoutCancel(ctx), items)
	if errs == nil {
		return items
	}
	return b.without(items, errs)
}

// without returns the items that have no error, and gives the others back.
func (b *Batcher) without(items []*Item, errs []error) (left []*Item) {
	for i, item := range items {
		if errs[i] != nil {
			b.give(item, Result{Err: errs[i]})
			continue
		}
		left = append(left, item)
	}
	return left
}

// submit sends the request, and makes the name of its job durable before anybody asks for that job. The batch
// has one of the places for requests, which submit frees.
func (b *Batcher) submit(ctx context.Context, s batch, record int64) (job string, err error) {
	defer b.opts.Release()
	for _, item := range s.items {
		item.Attempts++
	}
	b.mode.announce()
	job, err = b.opts.Sink.Submit(b.opts.SendContext, b.request(s))
	if err != nil {
		b.haltIfFatal(err)
		return "", err
	}
	return job, b.opts.Journal.SetJob(context.WithoutCancel(ctx), record, job)
}

// request is what the sink is asked for.
func (b *Batcher) request(s batch) sinks.Batch {
	items := make([]sinks.Item, len(s.items))
	for i, item := range s.items {
		items[i] = sinks.Item{Ref: item.Ref(), ID: item.ID, Payload: item.Payload, Body: item.Body}
	}
	return sinks.Batch{Spec: b.opts.Spec, Op: s.op, Items: items, WithoutRefs: s.withoutRefs}
}

// notTaken goes on with a batch that was refused, did not leave, or whose answer was lost.
func (b *Batcher) notTaken(ctx context.Context, s batch, err error) {
	failed, ok := errors.AsType[*sinks.Error](err)
	switch {
	case !ok || failed.Class == sinks.Unknown: // it may have happened: the items stay begun
		b.giveAll(s.items, Result{Err: err})
	case failed.Class == sinks.Duplicate || failed.Class.IsRefusal():
		b.refused(ctx, s, failed)
	default:
		b.giveAll(b.withdraw(ctx, s.items), Result{Err: err})
	}
}

// haltIfFatal ends the run where an error says that nothing more can be sent.
func (b *Batcher) haltIfFatal(err error) {
	if failed, ok := errors.AsType[*sinks.Error](err); ok && failed.Class == sinks.Fatal {
		b.opts.Halt(err)
	}
}
