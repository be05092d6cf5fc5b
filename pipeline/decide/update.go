package decide

import (
	"cmp"
	"slices"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// updateRules are about a change of an object that is there. The same content twice is the same object, so what
// may have happened is sent again. Other content waits until an older change cannot overtake it any more.
var updateRules = []Rule{{
	Name: "an object whose state is recorded is brought up to date",
	when: func(f *Facts) bool { return f.NextUpdate != "" },
	then: func(f *Facts) Next { return prepare(f, f.NextUpdate) },
}, {
	Name: "an applied update is updated",
	when: func(f *Facts) bool { return updated(f, Applied) },
	then: func(f *Facts) Next { return settle(written(f)) },
}, {
	Name: "an update that a job did not carry out is sent by itself: that answer says more",
	when: func(f *Facts) bool {
		return f.InBatch && (f.JobDone && updated(f, Refused, Missing, Lost) || updated(f, Duplicate))
	},
	then: func(f *Facts) Next { return Send{Op: f.UpdateOp, ID: f.UpdateID, Alone: true} },
}, {
	Name: "what is to be gone, and is gone after a request that may have happened, was done",
	when: func(f *Facts) bool { return updated(f, Missing) && f.Unsure && f.Traits.Destructive },
	then: func(f *Facts) Next { return settle(loaded(f, ledger.Existed, f.UpdateID, f.Attempt.Status)) },
}, {
	Name: "what became of an object that is no longer there is asked",
	when: func(f *Facts) bool { return updated(f, Missing) && f.tracksObjects() },
	then: func(f *Facts) Next { return FindSurvivor{f.UpdateID} },
}, {
	Name: "a change of an object that is no longer there has the objects that it refers to looked at",
	when: func(f *Facts) bool {
		return updated(f, Missing) && f.Traits.Kind == sinks.Changes && f.Traits.HasParents && !f.ParentsChecked
	},
	then: func(*Facts) Next { return CheckParents{} },
}, {
	Name: "a refused update is rejected; where an earlier one may have happened, that one stays begun",
	when: func(f *Facts) bool { return updated(f, Refused, Missing, Duplicate) },
	then: func(f *Facts) Next { return settle(f.KeepOut(refused(f.Attempt.Error))) },
}, {
	Name: "an update that was lost too often is in doubt",
	when: func(f *Facts) bool { return updated(f, Lost) && f.Tries > f.Run.Retries },
	then: func(f *Facts) Next { return settle(inDoubt(f, f.Doubt.Reason)) },
}, {
	Name: "an update that would send nothing new is not sent",
	when: func(f *Facts) bool { return f.Prepared != nil && f.Prepared.State == NothingNew },
	then: func(f *Facts) Next { return settle(nothingNew(f)) },
}, {
	Name: "an update waits for another row's change of the object that may be on its way",
	when: func(f *Facts) bool { return f.Prepared != nil && !f.Prepared.LateUntil.IsZero() },
	then: func(f *Facts) Next {
		return WaitUntil{At: f.Prepared.LateUntil, Doubt: Doubt{
			Due: f.Prepared.LateUntil, ID: f.UpdateID, Hash: f.Hash,
			Reason: "it waits for another change of the same object that may be on its way",
		}}
	},
}, {
	Name: "a prepared update is sent",
	when: func(f *Facts) bool {
		return isReady(f) && f.Attempt.Answer == NotAnswered && (f.Doubt == nil || f.Doubt.ID == "")
	},
	then: func(f *Facts) Next { return Send{Op: f.UpdateOp, ID: f.UpdateID} },
}}

// tracksObjects reports whether the step makes objects that are found again by an external id: only then can be asked
// what became of one.
func (f *Facts) tracksObjects() bool { return f.Traits.Kind == sinks.Makes && !f.Traits.Once }

// isChange reports whether a change of an object that is there is prepared, was answered "not there", or comes next.
func isChange(f *Facts) bool { return f.Prepared != nil || f.NextUpdate != "" || updated(f, Missing) }

// updated reports whether the last request was an update with one of these answers.
func updated(f *Facts, answers ...Answer) bool {
	return !f.Traits.Delivers && isUpdate(f, f.Attempt.Op) && slices.Contains(answers, f.Attempt.Answer)
}

// isReady reports whether an update is prepared, and sends something.
func isReady(f *Facts) bool { return f.Prepared != nil && f.Prepared.State == UpdateReady }

// written settles a row whose content an object has.
func written(f *Facts) Settlement {
	outcome := ledger.Updated
	if f.Attempt.Same {
		outcome = ledger.Existed
	}
	return loaded(f, outcome, cmp.Or(f.Attempt.ID, f.UpdateID), f.Attempt.Status)
}

// nothingNew settles a row of whose content nothing is to be sent: its object has it, or the step does not
// overwrite what it has.
func nothingNew(f *Facts) Settlement {
	s := loaded(f, ledger.Existed, f.UpdateID, 0)
	if f.Prepared.Known != "" {
		s.Outcome, s.RecordAs = ledger.Unchanged, f.Prepared.Known
		if f.Prepared.Known == ledger.Rejected {
			s.RecordAs = ledger.Existed
		}
	}
	s.Same = true
	return s
}
