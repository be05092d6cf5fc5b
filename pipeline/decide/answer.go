package decide

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// answerRules are about the answer to the row's last request. A lost create makes a doubt (LearnAttempt), about
// which doubtRules decide.
var answerRules = []Rule{{
	Name: "a row that no batch takes is sent by itself",
	when: func(f *Facts) bool { return f.Attempt.Answer == GivenBack },
	then: func(f *Facts) Next { return Send{Op: f.Attempt.Op, ID: f.UpdateID, Alone: true} },
}, {
	Name: "a row whose external id belongs to another key is rejected",
	when: func(f *Facts) bool { return f.Attempt.Answer == Claimed },
	then: func(f *Facts) Next { return settle(claimed(f, f.Attempt.Message)) },
}, {
	Name: "a row whose object another step has made under the same key has existed",
	when: func(f *Facts) bool { return f.Attempt.Answer == Shared && f.Attempt.ID != "" },
	then: func(f *Facts) Next {
		s := loaded(f, ledger.Existed, f.Attempt.ID, 0)
		s.As = ledger.Shares
		return settle(s)
	},
}, {
	Name: "a row whose object another step is about to make waits for the next run",
	when: func(f *Facts) bool { return f.Attempt.Answer == Shared },
	then: func(f *Facts) Next { return settle(f.Pending(f.Attempt.Message)) },
}, {
	Name: "a request that surely did not happen leaves the row to the next run",
	when: func(f *Facts) bool { return f.Attempt.Answer == NotSent || f.Attempt.Answer == Unreached },
	then: func(f *Facts) Next { return settle(f.Pending(whyNotSent(f))) },
}, {
	Name: "an applied create is created",
	when: func(f *Facts) bool { return created(f, Applied) },
	then: func(f *Facts) Next { return settle(made(f)) },
}, {
	Name: "a duplicate is looked up, since the object may be the row's own",
	when: func(f *Facts) bool { return created(f, Duplicate) && f.Match == nil },
	then: func(f *Facts) Next { return Find{f.Traits.Match} },
}, {
	Name: "a duplicate of a job that is not found may show later",
	when: func(f *Facts) bool { return notFound(f) && f.InBatch && f.JobMayBeWrong() },
	then: func(f *Facts) Next {
		d := lostCreate(f, f.Attempt.Error)
		return WaitUntil{At: d.Due, Doubt: d, Alone: true}
	},
}, {
	Name: "a duplicate of a job that is not found is sent by itself: that answer says more",
	when: func(f *Facts) bool { return notFound(f) && f.InBatch },
	then: func(*Facts) Next { return Send{Op: sinks.Create, Alone: true} },
}, {
	Name: "a refused create that was in doubt without a quiet time waits once: its object may not show yet",
	when: func(f *Facts) bool {
		return (notFound(f) || created(f, Refused, Missing)) && f.Doubt != nil && !f.Doubt.WaitedForControl && f.Traits.Unique
	},
	then: func(f *Facts) Next { return waitForControl(f, f.Run.InDoubtWait) },
}, {
	Name: "a refused create has the objects that it refers to looked at",
	when: func(f *Facts) bool {
		return (notFound(f) && !f.Match.Deleted || created(f, Refused, Missing)) && f.Traits.HasParents && !f.ParentsChecked
	},
	then: func(*Facts) Next { return CheckParents{} },
}, {
	Name: "if_deleted: skip skips a row whose object was deleted before this ledger knew it",
	when: func(f *Facts) bool { return notFound(f) && f.Match.Deleted && f.Traits.IfDeleted == SkipDeleted },
	then: func(*Facts) Next { return settle(Settlement{Outcome: ledger.Skipped, LookFirst: true}) },
}, {
	Name: "a refused create is rejected",
	when: func(f *Facts) bool { return notFound(f) || created(f, Refused, Missing) },
	then: func(f *Facts) Next {
		s := refused(f.Attempt.Error)
		if f.Moves || notFound(f) && f.Match.Deleted {
			s.Message += "; no look-up finds it: it is still held by a deleted record of Kustomer, so that it cannot be made again"
			s.LookFirst = true
		}
		if !s.LookFirst && notFound(f) && len(f.Traits.NotMatched) > 0 {
			s.Message += fmt.Sprintf("; no look-up of the step finds it, and match does not name %s", strings.Join(f.Traits.NotMatched, ", "))
		}
		return settle(s)
	},
}}

// created reports whether the last request was a create with one of these answers.
func created(f *Facts, answers ...Answer) bool {
	return !isUpdate(f, f.Attempt.Op) && slices.Contains(answers, f.Attempt.Answer)
}

// isUpdate reports whether a request changes an object that is there.
func isUpdate(f *Facts, op sinks.Op) bool {
	return op == sinks.Update || f.Traits.Kind == sinks.Changes
}

// notFound reports whether a create was refused as a duplicate, and no look-up finds the object.
func notFound(f *Facts) bool { return created(f, Duplicate) && f.Match != nil && !f.Match.Found }

// JobMayBeWrong reports whether a row whose create a job calls failed would make a second object if the job is
// wrong: its begun record stays, and it is looked up after a quiet time, before it is sent again.
func (f *Facts) JobMayBeWrong() bool { return !f.Traits.refusesDuplicates(true) && f.ExternalID != "" }

// whyNotSent is the message of a row whose request was not sent.
func whyNotSent(f *Facts) string {
	switch {
	case f.Doubt != nil:
		return f.Doubt.Reason
	case f.Attempt.Answer == Unreached && !f.Stopping:
		return "it could not be sent: " + f.Attempt.Error.Message
	}
	return RunEnded
}

// made settles a row whose create, or act, has happened.
func made(f *Facts) Settlement {
	outcome, id := ledger.Created, f.Attempt.ID
	if f.Traits.Kind == sinks.Acts {
		id = cmp.Or(id, f.TargetID, noID)
		if f.Attempt.Changed {
			outcome = ledger.Updated
		}
	}
	if f.Attempt.Same {
		outcome = ledger.Existed
	}
	s := loaded(f, outcome, id, f.Attempt.Status)
	s.Moves = s.Moves || outcome == ledger.Created // an earlier run may have begun to make it once more
	return s
}

// lostCreate is the doubt about a create whose answer was lost.
func lostCreate(f *Facts, failed *sinks.Error) Doubt {
	d := Doubt{
		Due: f.Now.Add(quietTime(f)), ExternalID: f.ExternalID,
		Hash: f.Hash, Status: failed.Status, Reason: failed.Message,
	}
	if f.Doubt != nil && f.Doubt.Hash != f.Hash {
		d.Hash = ledger.Hash{} // of two contents: either may have come first
	}
	return d
}

// quietTime is how long a create whose outcome is unknown may still be carried out (reliability.md 0.1).
// Objects that Kustomer keeps unique need no such time: a second one is refused. It is never shorter than
// look-ups are known to lag behind, which a miss would come from.
func quietTime(f *Facts) time.Duration {
	lag := f.Traits.Lag
	switch {
	case f.Traits.refusesDuplicates(f.InBatch) && f.Tries > 1:
		return max(lag, f.Backoff)
	case f.Traits.refusesDuplicates(f.InBatch):
		return lag
	case f.InBatch && !f.JobDone:
		return max(lag, f.Run.BulkInDoubtWait)
	}
	return max(lag, f.Run.InDoubtWait)
}
