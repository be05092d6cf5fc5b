package decide

import (
	"fmt"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// doubtRules are about a request that may have happened. A create is looked up once its quiet time is over, and
// sent again when the look-up can be trusted and finds nothing. An update is sent again in any case.
var doubtRules = []Rule{{
	Name: "a row in doubt that cannot be looked up is left to a person",
	when: func(f *Facts) bool { return f.Doubt.ID == "" && f.Doubt.ExternalID == "" },
	then: func(f *Facts) Next { return settle(inDoubt(f, f.Unseeable())) },
}, {
	Name: "a row in doubt is left to the next run when the run stops",
	when: func(f *Facts) bool { return f.Stopping },
	then: func(f *Facts) Next { return settle(f.Pending(f.Doubt.Reason)) },
}, {
	Name: "a row in doubt waits for the end of its quiet time",
	when: func(f *Facts) bool { return f.Now.Before(f.Doubt.Due) },
	then: func(f *Facts) Next { return WaitUntil{At: f.Doubt.Due, Doubt: *f.Doubt} },
}, {
	Name: "an update in doubt is prepared again",
	when: func(f *Facts) bool { return f.Doubt.ID != "" && !isReady(f) },
	then: func(f *Facts) Next { return prepare(f, f.Doubt.ID) },
}, {
	Name: "an update in doubt is sent again",
	when: func(f *Facts) bool { return f.Doubt.ID != "" },
	then: func(f *Facts) Next { return Send{Op: f.UpdateOp, ID: f.UpdateID} },
}, {
	Name: "a lost batch of objects that Kustomer keeps unique is sent again: what is there is refused, and looked up then",
	when: resendsBatch,
	then: func(*Facts) Next { return Send{Op: sinks.Create} },
}, {
	Name: "a create in doubt is looked up",
	when: func(f *Facts) bool { return f.Doubtful == nil },
	then: func(f *Facts) Next { return FindDoubtful{f.Doubt.ExternalID} },
}, {
	Name: "an object in doubt that was merged into another is no longer in doubt",
	when: func(f *Facts) bool { return f.Doubtful.Merged },
	then: func(f *Facts) Next { return settle(foundMerged(f, f.Doubtful)) },
}, {
	Name: "an object in doubt that was deleted is made once more where the step says so",
	when: func(f *Facts) bool {
		return f.Doubtful.Deleted && f.Traits.IfDeleted == Recreate && f.Tries <= f.Run.Retries
	},
	then: func(*Facts) Next { return Send{Op: sinks.Create, Alone: true} },
}, {
	Name: "an object in doubt that was deleted is left to a person",
	when: func(f *Facts) bool { return f.Doubtful.Deleted },
	then: func(f *Facts) Next {
		return settle(inDoubt(f, fmt.Sprintf("it was made, and %s was deleted in Kustomer since; use kustsync resolve: --as absent sends it again", f.Doubtful.ID)))
	},
}, {
	Name: "an object that has other content than was sent was there before the request in doubt",
	when: func(f *Facts) bool { return f.Doubtful.Found && f.Doubtful.Differs && f.Doubt.Hash == f.Hash },
	then: func(f *Facts) Next { return takeExisting(f, f.Doubtful) },
}, {
	Name: "an object that is found was made by the request in doubt",
	when: func(f *Facts) bool { return f.Doubtful.Found },
	then: func(f *Facts) Next { return takeOver(f, f.Doubtful.ID, f.Doubtful.Status) },
}, {
	Name: "a miss is held against a control",
	when: func(f *Facts) bool { return f.Control == nil },
	then: func(*Facts) Next { return CheckControl{} },
}, {
	Name: "a row that was sent too often is in doubt",
	when: func(f *Facts) bool { return missTrusted(f) && f.Tries > f.Run.Retries },
	then: func(f *Facts) Next { return settle(inDoubtAgain(f)) },
}, {
	Name: "a create in doubt whose miss is trusted is sent again",
	when: missTrusted,
	then: func(f *Facts) Next { return Send{Op: sinks.Create, Alone: f.InBatch || refusedOnlyAlone(f)} },
}, {
	Name: "a control that is young may not show yet, and is waited for",
	when: func(f *Facts) bool {
		return f.Control.Known && controlWait(f) > 0 && (!f.Doubt.WaitedForControl || f.Control.OwnRun)
	},
	then: func(f *Facts) Next { return waitForControl(f, controlWait(f)) },
}, {
	Name: "a miss is not trusted when the control is missed too",
	when: func(f *Facts) bool { return f.Control.Known },
	then: func(f *Facts) Next {
		return settle(inDoubt(f, fmt.Sprintf("the look-up does not find %s either, which was created before, so its answer is not believed; "+
			"check that the key may read, then run again", f.Control.ID)))
	},
}, {
	Name: "a miss without a control waits once more, for what other rows make meanwhile",
	when: func(f *Facts) bool { return !f.Doubt.WaitedForControl },
	then: func(f *Facts) Next { return waitForControl(f, f.Run.InDoubtWait) },
}, {
	Name: "without any control one row, the canary, is sent again first",
	when: func(f *Facts) bool { return f.Canary == CanaryNotAsked && !jobClaimsDone(f) },
	then: func(*Facts) Next { return BecomeCanary{} },
}, {
	Name: "a miss without a control is not trusted where a job says that it was carried out, or the canary's fate is unknown",
	when: func(f *Facts) bool { return (jobClaimsDone(f) || f.Canary == CanaryUnclear) },
	then: func(f *Facts) Next {
		return settle(inDoubt(f, f.Doubt.Reason+"; no look-up has found an object of this step yet"))
	},
}, {
	Name: "the others wait for the canary",
	when: always,
	then: func(f *Facts) Next { return waitForControl(f, f.Run.InDoubtWait) },
}}

// missTrusted reports whether a look-up that does not find the row's object says that it is not there: the same
// look-up finds a control, or no second object can be made, or this row is the canary.
func missTrusted(f *Facts) bool {
	switch {
	case f.Control == nil:
		return false
	case f.Control.Known:
		return f.Control.Hit
	case quietTime(f) == 0:
		return true
	}
	return f.Doubt.WaitedForControl && (f.Traits.refusesDuplicates(true) || f.Canary == CanaryGo && !jobClaimsDone(f))
}

// refusedOnlyAlone reports whether Kustomer is known to refuse a second object only where it is sent by itself: a row in
// doubt, whose quiet time rests on that, must not go in a batch.
func refusedOnlyAlone(f *Facts) bool { return f.Traits.Unique && !f.Traits.UniqueInJob }

// jobClaimsDone reports whether a bulk job was worked off that had the row.
func jobClaimsDone(f *Facts) bool { return f.InBatch && f.JobDone }

// resendsBatch reports whether a create in doubt is sent again without a look-up: when the answer to a batch of
// objects was lost that Kustomer keeps unique by its own documents.
func resendsBatch(f *Facts) bool {
	return f.InBatch && !f.InJob && !f.Doubt.WaitedForControl && f.Traits.UniqueDocumented && f.Run.Batches && f.Tries <= f.Run.Retries
}

// controlWait is how long a control that is not found may still not show. One that an earlier run has made, by a
// clock that may have been wrong, is never waited for longer than the quiet time.
func controlWait(f *Facts) time.Duration {
	return min(f.Control.UpdatedAt.Add(f.Run.InDoubtWait).Sub(f.Now), f.Run.InDoubtWait)
}

// waitForControl lets a row in doubt wait, and remembers that it did.
func waitForControl(f *Facts, wait time.Duration) Next {
	d := *f.Doubt
	d.Due, d.WaitedForControl = f.Now.Add(wait), true
	return WaitUntil{At: d.Due, Doubt: d}
}
