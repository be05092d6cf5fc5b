package drive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/fields"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// Record makes a row's outcome durable, and returns it. An outcome that contradicts the ledger becomes a
// rejection; an error ends the run.
func (s *Step) Record(r *Row, end decide.Settlement) (decide.Settlement, error) {
	err := s.write(r, end)
	if err == nil {
		err = mark(s, r, end)
	}
	if err == nil {
		return end, nil
	}
	if claimed, ok := errors.AsType[*ledger.ClaimedError](err); ok {
		return s.Record(r, s.KeepOut(r, decide.Reject(decide.StageLedger, s.Spec.ExternalID, claimed.Error())))
	}
	owned, isOwned := errors.AsType[*ledger.OwnedError](err)
	switch {
	case isOwned && end.Outcome == ledger.Created && r.Facts.Attempt.Answer == decide.Applied:
		return r.Facts.Pending(fmt.Sprintf("Kustomer answered with the %s %s, which belongs to key %q of step %q: that is not believed, and the next run looks it up",
			owned.Object, owned.KustomerID, owned.Key, owned.Step)), nil
	case isOwned:
		return s.Record(r, s.KeepOut(r, decide.Reject(decide.StageLedger, "", owned.Error())))
	}
	if wrong, ok := errors.AsType[*ledger.EntryError](err); ok {
		return decide.Reject(decide.StageLedger, "", wrong.Error()).Unrecorded(), nil
	}
	return r.Facts.Pending("the ledger could not be written"), err
}

// write writes a settlement into the ledger, where it is one that the ledger keeps.
func (s *Step) write(r *Row, end decide.Settlement) error {
	if s.Run.Ledger == nil || !end.Record || r.Key == "" {
		return nil
	}
	entry := s.entry(r, end)
	s.Grow()
	if err := s.Run.Ledger.Settle(entry); err != nil {
		return err
	}
	r.Facts.Open = 0
	if end.Outcome == ledger.Created {
		s.control.note(entry)
	}
	return nil
}

// mark notes in the ledger what a later run must know of a row besides its outcome: that its object is gone, or that the key
// is to be looked up before it is sent. Under --adopt that is every key which was not taken over: the ledger is lost, and
// Kustomer may have the object.
func mark(s *Step, r *Row, end decide.Settlement) error {
	if end.Gone {
		gone := GoneParent(s.Step, s.objectOf(r), *r.Facts.Gone)
		s.Run.Parents.note(s.objectOf(r), gone)
		if err := markGone(context.Background(), s, gone); err != nil {
			return err
		}
	}
	if before := r.Facts.Entry; end.Moves && before != nil && before.Loaded() && before.KustomerID != end.ID {
		s.Run.Parents.noteOther(s.objectOf(r))
	}
	lost := s.Run.Rules.Adopt && (end.Outcome == ledger.Rejected && end.Record)
	if s.Run.Ledger == nil || r.Key == "" || !end.LookFirst && !lost || end.Outcome != ledger.Rejected && end.Outcome != ledger.Skipped {
		return nil
	}
	return s.Run.Ledger.MarkKey(context.Background(), s.Name(), r.Key, ledger.Forgotten, s.Run.ID)
}

// entry is what the ledger keeps of a settlement.
func (s *Step) entry(r *Row, end decide.Settlement) ledger.Entry {
	return ledger.Entry{
		Step: s.Name(), Key: r.Key,
		Object: s.Spec.Object, ExternalID: cmp.Or(end.ExternalID, r.ExternalID),
		Outcome: cmp.Or(end.RecordAs, end.Outcome), KustomerID: end.ID, Hash: end.Hash,
		Place: r.Place(), Attempts: r.Facts.Attempts, HTTPStatus: end.Status, Error: whyRejected(end),
		RunID: s.Run.ID, UpdatedAt: time.Now(), Moves: s.Changes() || end.Moves, Fields: s.knownFields(r, end), Role: cmp.Or(end.As, s.Role()),
	}
}

// whyRejected is the message that the ledger keeps.
func whyRejected(end decide.Settlement) string {
	if end.Outcome == ledger.Unchanged {
		return ""
	}
	return end.Message
}

// knownFields is what the ledger keeps of the fields that a row's object has now; "" where the step never sends
// less than all, or where that is not known.
func (s *Step) knownFields(r *Row, end decide.Settlement) string {
	if !s.Tracks() || end.Hash != r.Hash || end.Hash == (ledger.Hash{}) {
		return ""
	}
	sent := end.Outcome == ledger.Created || end.Outcome == ledger.Updated || end.Same || s.Changes()
	if !sent {
		return ""
	}
	set, err := fields.New(s.Spec, r.Content())
	if err != nil {
		return "" // then all is sent next time
	}
	return string(set)
}

// Ended lets other rows go on that waited for what becomes of this one: it is called once for each row, when it
// is settled. A row that was rejected owns its key no longer.
func (s *Step) Ended(r *Row, end *decide.Settlement) {
	s.canary.ended(r, end.Settled())
	if s.Run.Ledger != nil { // what a survey would load it never settles
		s.releaseID(r)
	}
	if end.Outcome == ledger.Rejected && r.ownsKey {
		s.Index.Release(r.Key)
	}
}
