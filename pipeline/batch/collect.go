package batch

import (
	"context"
	"errors"

	"github.com/kustsync/kustsync/sinks"
)

// collect waits for a job and gives back its items with their results. Items that the job calls failed are
// withdrawn first, unless they may exist all the same.
func (b *Batcher) collect(ctx context.Context, s batch, job string) {
	results, err := b.opts.Sink.Collect(b.opts.SendContext, b.request(s), job)
	b.learn(results, err)
	refuseImpossible(results, s)
	b.readBack(s, results)
	var failed []*Item
	for _, item := range s.items {
		r := resultOf(item.Ref(), job, results, err)
		if r.Err != nil && !r.InJob && !b.keepsBegun(item) {
			failed = append(failed, item)
			continue
		}
		b.give(item, r)
	}
	for _, item := range b.withdraw(ctx, failed) {
		b.give(item, resultOf(item.Ref(), job, results, err))
	}
}

// keepsBegun reports whether an item that its job calls failed stays begun.
func (b *Batcher) keepsBegun(item *Item) bool {
	return item.Op != sinks.Update && b.opts.KeepBegun(item)
}

// learn takes from a job what holds for all batches: whether they work here.
func (b *Batcher) learn(results map[string]sinks.ItemResult, err error) {
	failed, ok := errors.AsType[*sinks.Error](err)
	forbidden := ok && failed.Class == sinks.Forbidden
	switch {
	case forbidden && !b.opts.Insist:
		b.mode.stop(noReading)
	case err == nil && len(results) == 0 && !b.opts.Insist:
		b.mode.stop(noResults)
	case err == nil || forbidden: // where forbidden there is nothing more to find out
		b.mode.prove()
	default:
		b.haltIfFatal(err)
	}
}

// resultOf is what became of the item with that reference, by what its job says, with the error of reading that.
func resultOf(ref, job string, results map[string]sinks.ItemResult, err error) Result {
	r, ok := results[ref]
	switch {
	case ok && r.Err != nil && r.Err.Class == sinks.Unknown:
		return Result{Err: r.Err, InJob: true, JobDone: true}
	case ok && r.Err != nil:
		return Result{Err: r.Err, JobDone: true}
	case ok:
		return Result{Result: sinks.Result{ID: r.ID, Status: r.Status, Attempts: 1}}
	}
	return Result{Err: errUnknownResult(job, err), InJob: true, JobDone: err == nil}
}

// errUnknownResult is the error of an item whose job does not say what became of it.
func errUnknownResult(job string, err error) *sinks.Error {
	message := "the bulk job " + job + " does not say what became of it"
	if err != nil {
		message = err.Error()
	}
	return &sinks.Error{Class: sinks.Unknown, Message: message, Err: err}
}
