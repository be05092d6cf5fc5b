package decide

import (
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// lookupRules are about a look-up that failed. A row in doubt stays so, whatever the answer: objects that were
// deleted, or are there twice, were made all the same.
var lookupRules = []Rule{{
	Name: "a look-up that the run's end cut short leaves the row to the next run",
	when: func(f *Facts) bool { return f.Failed != nil && f.lookupError() == nil },
	then: func(f *Facts) Next { return settle(f.Pending(RunEnded)) },
}, {
	Name: "a look-up that ends the run leaves the row to the next run",
	when: func(f *Facts) bool { return f.Failed != nil && f.lookupError().Class == sinks.Fatal },
	then: func(f *Facts) Next { return settle(f.Pending(RunEnded)) },
}, {
	Name: "a row that was not sent is rejected when its look-up is refused",
	when: func(f *Facts) bool { return f.Failed != nil && isRefusal(f.lookupError()) && f.Open == 0 },
	then: func(f *Facts) Next {
		s := refused(f.lookupError())
		s.Ambiguous = f.lookupError().Class == sinks.Ambiguous
		return settle(s)
	},
}, {
	Name: "a row in doubt whose look-up is refused is left to a person",
	when: func(f *Facts) bool { return f.Failed != nil && isRefusal(f.lookupError()) },
	then: func(f *Facts) Next {
		return settle(f.inDoubt("it could not be looked up: " + f.lookupError().Message + "; look in Kustomer, then use kustsync resolve"))
	},
}, {
	Name: "a look-up without an answer leaves the row to the next run",
	when: func(f *Facts) bool { return f.Failed != nil },
	then: func(f *Facts) Next { return settle(f.Pending("it could not be looked up: " + f.lookupError().Message)) },
}}

// foundRules are about an object that a look-up by match has found.
var foundRules = []Rule{{
	Name: "an object that this row's request in doubt has made is created",
	when: func(f *Facts) bool { return f.found() && f.Doubt != nil && f.Match.ExternalID == f.Doubt.ExternalID },
	then: func(f *Facts) Next { return f.takeOver(f.Match.ID, f.Match.Status) },
}, {
	Name: "--adopt takes over what is there",
	when: func(f *Facts) bool { return f.found() && f.Run.Adopt && f.Attempt.Answer == NotAnswered },
	then: func(f *Facts) Next { return settle(f.loaded(ledger.Existed, f.Match.ID, f.Match.Status)) },
}, {
	Name: "if_exists: update brings an object up to date that is there",
	when: func(f *Facts) bool { return f.found() && f.Traits.IfExists == UpdateExisting && f.Traits.Updates },
	then: func(f *Facts) Next { return PrepareUpdate{Op: sinks.Update, ID: f.Match.ID} },
}, {
	Name: "if_exists: fail rejects a row whose object is there",
	when: func(f *Facts) bool { return f.found() && f.Traits.IfExists == FailExisting },
	then: func(f *Facts) Next {
		s := Reject(StageSend, "", fmt.Sprintf("Kustomer already has it as %s, and the step says if_exists: fail", f.Match.ID))
		s.Status = f.Match.Status
		return settle(s)
	},
}, {
	Name: "an object that is there has existed",
	when: func(f *Facts) bool { return f.found() },
	then: func(f *Facts) Next { return settle(f.loaded(ledger.Existed, f.Match.ID, f.Match.Status)) },
}}

// found reports whether a look-up by match found the row's object.
func (f *Facts) found() bool { return f.Match != nil && f.Match.Found }

// takeOver takes the object that a request in doubt has made. Where the row has changed since, the object is
// brought up to date if the step says so: what is known of it is recorded first.
func (f *Facts) takeOver(id string, status int) Next {
	s := f.loaded(ledger.Created, id, status)
	s.ExternalID, s.Hash = f.Doubt.ExternalID, f.Doubt.Hash
	switch {
	case s.Hash == f.Hash:
		return settle(s)
	case !f.Traits.Updates:
		s.Changed = true
		return settle(s)
	}
	return Record{Settle{s}}
}

// lookupError is what the service said to a look-up that failed; nil when it was not asked, or did not say.
func (f *Facts) lookupError() *sinks.Error {
	failed, _ := errors.AsType[*sinks.Error](f.Failed)
	return failed
}

// isRefusal reports whether a look-up will be refused again.
func isRefusal(failed *sinks.Error) bool {
	return failed.Class.IsRefusal() || failed.Class == sinks.Duplicate
}
