package ledger

import "context"

// BatchID names a batch of rows that were begun together, for SetJob.
type BatchID int64

// BeginBatch records that one request is about to be sent for several rows: one durable record, which
// is written whole or not at all. refused tells, by the index of the intent, which rows were left out
// because their external id belongs to another key (*ClaimedError); the others are begun. When every
// row is refused nothing is written, and the id is 0. On an error nothing is recorded.
func (l *Ledger) BeginBatch(ctx context.Context, intents []Intent) (batchID BatchID, refused map[int]error, err error) {
	taken := make([]Intent, 0, len(intents))
	refused = map[int]error{}
	for i, in := range intents {
		refusal, failure := l.claimFor(ctx, in)
		switch {
		case failure != nil:
			l.releaseAll(taken)
			return 0, nil, l.fault(failure)
		case refusal != nil:
			refused[i] = refusal
		default:
			taken = append(taken, in)
		}
	}
	if len(taken) == 0 {
		return 0, refused, nil
	}
	err = l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		batchID = t.beginBatch(taken)
		return nil, nil
	})
	if err != nil {
		l.releaseAll(taken)
		return 0, nil, err
	}
	return batchID, refused, nil
}

// SetJob records which job of Kustomer handles a batch, so that a later run asks for its results instead of
// sending the rows again. Rows that are settled or withdrawn by then are left as they are.
func (l *Ledger) SetJob(ctx context.Context, id BatchID, job string) error {
	return l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		if t.reader.open.setJob(int64(id), job) {
			t.markStale(int64(id), true)
		}
		return nil, nil
	})
}

// beginBatch gives a batch a group of its own in this transaction.
func (t *txn) beginBatch(intents []Intent) BatchID {
	number := t.newGroup()
	for _, in := range intents {
		t.reader.open.add(&openIntent{Intent: in, group: number})
	}
	t.batches = append(t.batches, group{number, intents})
	return BatchID(number)
}
