//go:build oldengine

package pipeline

import (
	"cmp"
	"errors"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
)

// settle makes a row's outcome durable, and returns it. An outcome that contradicts the ledger
// becomes a rejection; an error ends the run.
func (r *stepRun) settle(t *task, end ending) (ending, error) {
	err := r.record(t, end)
	if err == nil {
		return end, nil
	}
	if claimed, ok := errors.AsType[*ledger.ClaimedError](err); ok {
		return r.settle(t, r.keep(t, rejected(StageLedger, r.step.Spec.ExternalID, claimed.Error())))
	}
	if wrong, ok := errors.AsType[*ledger.EntryError](err); ok {
		return rejected(StageLedger, "", wrong.Error()).unrecorded(), nil
	}
	return r.pending(t, "the ledger could not be written"), err
}

// record writes an ending into the ledger, where it is one that the ledger keeps.
func (r *stepRun) record(t *task, end ending) error {
	if r.deps.Ledger == nil || !end.record || t.Key == "" {
		return nil
	}
	entry := r.entry(t, end)
	r.relieve()
	if err := r.deps.Ledger.Settle(entry); err != nil {
		return err
	}
	t.open = 0
	if end.outcome == ledger.Created && entry.ExternalID != "" && r.first.Load() == nil {
		first := entry // else every entry would be on the heap
		r.first.CompareAndSwap(nil, &first)
	}
	return nil
}

// entry is what the ledger keeps of an ending.
func (r *stepRun) entry(t *task, end ending) ledger.Entry {
	return ledger.Entry{
		Step: r.step.Name(), Key: t.Key,
		Object: r.step.Spec.Object, ExternalID: cmp.Or(end.externalID, t.ExternalID),
		Outcome: cmp.Or(end.recordAs, end.outcome), KustomerID: end.id, Hash: end.hash,
		Place: t.Place(), Attempts: t.attempts, HTTPStatus: end.status, Error: end.message,
		RunID: r.opts.RunID, UpdatedAt: time.Now(), Moves: r.step.Changes(), Fields: r.knownFields(t, end),
	}
}

// end ends a row's time in the step, and returns the rows that waited for it. They ask who speaks for
// their key when a row that was rejected has said that it does not.
func (r *stepRun) end(t *task, end ending) []*task {
	defer r.open.Done()
	r.takeBack(t, end)
	r.scout.ended(t, end.settled())
	r.tell(t, end)
	return r.lanes.leave(t, end.settled())
}

// takeBack lets a row that was rejected speak for its key no longer.
func (r *stepRun) takeBack(t *task, end ending) {
	if end.outcome == ledger.Rejected && t.owns {
		r.index.Release(t.Key)
	}
}

// tell counts a row and tells the observer.
func (r *stepRun) tell(t *task, end ending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.summary.Add(end.outcome)
	r.summary.step(r.step.Name()).Add(end.outcome)
	r.remember(t, end)
	if r.step.Delivers() && (end.outcome == ledger.Created || end.outcome == ledger.Planned) {
		r.countPeople(t)
	}
	if end.outcome == ledger.Planned || end.sends || end.asks > 0 {
		r.load(r.step).add(r.step, t, end)
		r.loadFinal(t, end)
	}
	r.deps.Observer.Settled(Settlement{
		Step: r.step.Name(), Source: r.step.Source, Row: t.Read, Number: t.Number,
		Key: t.Key, Outcome: end.outcome, ID: end.id,
		Stage: end.stage, Field: end.field, Status: end.status, Message: end.message, Value: end.value,
		Changed: end.changed, Verdict: r.verdict(t, end),
	})
}

// remember keeps what children of this row must know and the ledger does not say.
func (r *stepRun) remember(t *task, end ending) {
	key := render.Ref{Step: r.step.Name(), Key: t.Key}
	switch {
	case t.Key == "":
	case !end.settled():
		r.unsettled.Add(key)
	case end.outcome == ledger.Rejected && (r.partial() || r.opts.DryRun):
		r.rejects.Add(key)
	}
}
