package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// Resolve settles a row in doubt by what a person saw in Kustomer: id is the object's Kustomer id,
// or "" when it is not there, so that the next run sends it again.
func Resolve(ctx context.Context, l *ledger.Ledger, step, key, id string) error {
	intent, ok := l.Begun(step, key)
	if !ok {
		return fmt.Errorf("key %q of step %q is not in doubt", key, step)
	}
	if id == "" {
		return withdrawAll(ctx, l, step, key)
	}
	return l.Settle(ledger.Entry{
		Step: step, Key: key, Object: intent.Object, ExternalID: intent.ExternalID,
		Outcome: ledger.Created, KustomerID: id, Hash: intent.Hash, Place: intent.Place,
		Attempts: intent.Attempt, RunID: intent.RunID, UpdatedAt: time.Now(),
	})
}

// withdrawAll takes back every request for a key: none of them made the object.
func withdrawAll(ctx context.Context, l *ledger.Ledger, step, key string) error {
	for {
		if _, ok := l.Begun(step, key); !ok {
			return nil
		}
		if err := l.Withdraw(ctx, step, key); err != nil {
			return err
		}
	}
}
