package ledger

import "context"

// Discard takes away what the ledger knows of a key, also while a request for it is in doubt: every such request is
// withdrawn, the entry dropped and the key marked, all in one transaction. also names steps whose keys are those of the
// step, as a finalizer's are: what they know of the key goes with it. It reports whether there was anything.
func (l *Ledger) Discard(ctx context.Context, step, key string, mark KeyMark, runID string, also ...string) (known bool, err error) {
	err = l.writer.await(ctx, func(t *txn) (refusal, failure error) {
		if known, failure = t.discard(step, key, mark, runID); failure != nil {
			return nil, failure
		}
		for _, other := range also {
			had, failure := t.discard(other, key, "", runID)
			if failure != nil {
				return nil, failure
			}
			known = known || had
		}
		return nil, nil
	})
	return known, err
}

func (t *txn) discard(step, key string, mark KeyMark, runID string) (known bool, err error) {
	id := rowID{step, key}
	for t.reader.open.latest(id) != nil {
		t.withdraw(id)
		known = true
	}
	_, _, found, err := t.stored(step, key)
	if err != nil || !found && mark == "" {
		return known, err
	}
	return known || found, t.drop(step, key, mark, runID)
}
