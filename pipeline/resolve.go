package pipeline

import (
	"cmp"
	"context"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// Seen is the object that a person saw in Kustomer for a key.
type Seen struct {
	Step *program.Step // which needs no source
	Key  string
	ID   string
	// ExternalID is that of the object, "" when it has none or could not be read.
	ExternalID string
}

// Resolved is what became of a key that a person settled.
type Resolved struct {
	Known  bool         // the ledger knew the key
	Before ledger.Entry // what the ledger knew; zero without an entry
	After  ledger.Entry // zero when the object is not there
}

// ResolveCreated settles a key by the object that a person saw. A request in doubt for it counts as answered, and as the
// one that made the object unless the ledger knew another one; else nobody knows with which content the object is there
// (ledger.Entry.HashUnknown). *ledger.OwnedError and *ledger.ClaimedError when the object, or its external id, belongs to
// another key; nothing has changed then.
func ResolveCreated(ctx context.Context, l *ledger.Ledger, seen Seen) (Resolved, error) {
	step, key := seen.Step.Name(), seen.Key
	old, found, err := l.Get(ctx, step, key)
	if err != nil {
		return Resolved{}, err
	}
	intent, begun := l.Begun(step, key)
	r := Resolved{Known: found || begun, Before: old}
	e := ledger.Entry{
		Step: step, Key: key, Object: seen.Step.Spec.Object, KustomerID: seen.ID, Role: seen.Step.Role(),
		Outcome: ledger.Existed, ExternalID: old.ExternalID, Place: old.Place, Attempts: old.Attempts, RunID: old.RunID,
		UpdatedAt: time.Now(), Moves: true,
	}
	if begun {
		e.ExternalID, e.Place, e.Attempts, e.RunID = intent.ExternalID, intent.Place, intent.Attempt, intent.RunID
	}
	if !r.Known && seen.Step.ByExternalID {
		e.ExternalID = cmp.Or(seen.ExternalID, key)
	}
	if begun && (!old.Loaded() || old.KustomerID == seen.ID) {
		e.Hash, e.Outcome = intent.Hash, ledger.Created
		if old.Loaded() || seen.Step.Spec.Kind == sinks.Changes {
			e.Outcome = ledger.Updated
		}
	}
	if e.Role, err = roleOf(ctx, l, &e, old, seen); err != nil {
		return r, err
	}
	if err := l.Settle(e); err != nil {
		return r, err
	}
	r.After, _, err = l.Get(ctx, step, key)
	return r, err
}

// roleOf finds out what a key has to do with the object that a person saw. The error says which other key has it.
func roleOf(ctx context.Context, l *ledger.Ledger, e *ledger.Entry, old ledger.Entry, seen Seen) (ledger.Role, error) {
	if e.Role != ledger.Owns {
		return e.Role, nil
	}
	if old.KustomerID == seen.ID && (old.Role == ledger.Alias || old.Role == ledger.Shares) {
		return old.Role, nil
	}
	ownStep, ownKey, owned, err := l.OwnerOfID(ctx, e.Object, e.KustomerID)
	if err != nil {
		return 0, err
	}
	if owned && (ownStep != e.Step || ownKey != e.Key) {
		owner, _, err := l.Get(ctx, ownStep, ownKey)
		switch {
		case err != nil:
			return 0, err
		case ownKey == e.Key && e.ExternalID != "" && owner.ExternalID == e.ExternalID: // decisions.md 1.1: the same row in two steps
			return ledger.Shares, nil
		}
		return 0, &ledger.OwnedError{Object: e.Object, KustomerID: e.KustomerID, Step: ownStep, Key: ownKey}
	}
	if seen.ExternalID == "" {
		return ledger.Owns, nil
	}
	ownStep, ownKey, owned, err = l.Owner(ctx, e.Object, seen.ExternalID)
	if err == nil && owned && (ownStep != e.Step || ownKey != e.Key) {
		err = &ledger.ClaimedError{Object: e.Object, ExternalID: seen.ExternalID, Step: ownStep, Key: ownKey}
	}
	return ledger.Owns, err
}

// ResolveGone settles a key as not there. mark is ledger.Absent when a person saw that Kustomer does not have it,
// ledger.Forgotten when nobody looked. What is begun is withdrawn and what the ledger knew of the key goes, all at once.
// Where an update of an object is in doubt, Absent says that the update did not happen: it is withdrawn, so that the next run
// sends it again, and After is the object, which stays known; when that is gone too, the same call once more says so.
func ResolveGone(ctx context.Context, l *ledger.Ledger, step, key string, mark ledger.KeyMark) (Resolved, error) {
	old, found, err := l.Get(ctx, step, key)
	if err != nil {
		return Resolved{}, err
	}
	if _, begun := l.Begun(step, key); begun && old.Loaded() && mark == ledger.Absent {
		return Resolved{Known: found, Before: old, After: old}, withdrawAll(ctx, l, step, key)
	}
	known, err := l.Discard(ctx, step, key, mark, "", program.FinalizerName(step))
	return Resolved{Known: known, Before: old}, err
}

// withdrawAll takes back every request for a key. When it is stopped in between, the key is in doubt still.
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
