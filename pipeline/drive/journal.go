package drive

import (
	"context"
	"sync"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// Journal makes durable what batches of a step are about to send. It implements batch.Journal.
type Journal struct{ *Step }

// Begin implements batch.Journal.
func (j Journal) Begin(ctx context.Context, items []*batch.Item) (record int64, claimed []error, err error) {
	intents := make([]ledger.Intent, len(items))
	for i, item := range items {
		intents[i] = j.intent(rowOf(item), item.ID)
		intents[i].Attempt += item.Attempts
		intents[i].Ref = item.Ref()
	}
	id, refused, err := j.Run.Ledger.BeginBatch(ctx, intents)
	if err != nil {
		return 0, nil, err
	}
	if len(refused) > 0 {
		claimed = make([]error, len(items))
	}
	for i, item := range items {
		if why := refused[i]; why != nil {
			claimed[i] = why
			continue
		}
		rowOf(item).Facts.Open++
	}
	return int64(id), claimed, nil
}

// SetJob implements batch.Journal.
func (j Journal) SetJob(ctx context.Context, record int64, job string) error {
	return j.Run.Ledger.SetJob(ctx, ledger.BatchID(record), job)
}

// Withdraw implements batch.Journal.
func (j Journal) Withdraw(ctx context.Context, items []*batch.Item) []error {
	errs := make([]error, len(items))
	var all sync.WaitGroup
	for i, item := range items {
		all.Go(func() { errs[i] = j.withdraw(ctx, rowOf(item), nil) })
	}
	all.Wait()
	return errs
}

// Done gives a row back whose item a batch has done with.
func (j Journal) Done(item *batch.Item, result batch.Result) {
	r := rowOf(item)
	r.batched.result = result
	j.Wake(r)
}

// KeepBegun reports whether a row that a job calls failed may be there all the same.
func (j Journal) KeepBegun(item *batch.Item) bool { return rowOf(item).Facts.JobMayBeWrong() }

func rowOf(item *batch.Item) *Row { return item.Owner.(*Row) }
