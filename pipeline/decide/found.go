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
	when: func(f *Facts) bool { return lookupError(f) == nil },
	then: func(f *Facts) Next { return settle(f.Pending(RunEnded)) },
}, {
	Name: "a look-up that ends the run leaves the row to the next run",
	when: func(f *Facts) bool { return lookupError(f).Class == sinks.Fatal },
	then: func(f *Facts) Next { return settle(f.Pending(RunEnded)) },
}, {
	Name: "a row that was not sent is rejected when its look-up is refused",
	when: func(f *Facts) bool { return isRefusal(lookupError(f)) && f.Open == 0 },
	then: func(f *Facts) Next {
		s := refused(lookupError(f))
		s.Ambiguous = lookupError(f).Class == sinks.Ambiguous
		return settle(s)
	},
}, {
	Name: "a row in doubt whose look-up is refused is left to a person",
	when: func(f *Facts) bool { return isRefusal(lookupError(f)) },
	then: func(f *Facts) Next {
		return settle(inDoubt(f, "it could not be looked up: "+lookupError(f).Message+"; look in Kustomer, then use kustsync resolve"))
	},
}, {
	Name: "a look-up without an answer leaves the row to the next run",
	when: always,
	then: func(f *Facts) Next { return settle(f.Pending("it could not be looked up: " + lookupError(f).Message)) },
}}

// foundRules are about an object that a look-up by match has found.
var foundRules = []Rule{{
	Name: "an object that was merged into another is never taken for it",
	when: func(f *Facts) bool { return f.Match.Merged },
	then: func(f *Facts) Next { return settle(foundMerged(f, f.Match)) },
}, {
	Name: "an object that this row's request in doubt has made is created",
	when: func(f *Facts) bool {
		return f.Doubt != nil && f.Match.ExternalID == f.Doubt.ExternalID && (!f.Match.Differs || f.Doubt.Hash != f.Hash)
	},
	then: func(f *Facts) Next { return takeOver(f, f.Match.ID, f.Match.Status) },
}, {
	Name: "if_exists: update brings an object up to date that is there",
	when: func(f *Facts) bool { return f.Traits.IfExists == UpdateExisting && f.Traits.Updates },
	then: func(f *Facts) Next { return takeExisting(f, f.Match) },
}, {
	Name: "if_exists: fail rejects a row whose object is there",
	when: func(f *Facts) bool { return f.Traits.IfExists == FailExisting && !takesOver(f) },
	then: func(f *Facts) Next { return takeExisting(f, f.Match) },
}, {
	Name: "an object that is there has existed; its content is known only where it equals the row's",
	when: always,
	then: func(f *Facts) Next { return settle(existed(f, f.Match)) },
}}

// takeExisting lets if_exists decide about an object that was there before the row was sent.
func takeExisting(f *Facts, found *Lookup) Next {
	switch {
	case f.Traits.IfExists == UpdateExisting && f.Traits.Updates:
		return PrepareUpdate{Op: sinks.Update, ID: found.ID}
	case f.Traits.IfExists == FailExisting:
		s := Reject(StageSend, "", fmt.Sprintf("Kustomer already has it as %s, and the step says if_exists: fail", found.ID))
		s.Status, s.LookFirst = found.Status, true
		return settle(s)
	}
	return settle(existed(f, found))
}

// existed settles a row whose object was there before.
func existed(f *Facts, found *Lookup) Settlement {
	s := loaded(f, ledger.Existed, found.ID, found.Status)
	if s.Same = found.Equal; !found.Equal {
		s.Hash = ledger.Hash{}
	}
	return s
}

// takesOver reports whether the row's object is taken over because the user asked for it.
func takesOver(f *Facts) bool { return (f.Run.Adopt || f.Forgotten) && f.Attempt.Answer == NotAnswered }

// foundMerged settles a row whose look-up found the object that its own was merged into.
func foundMerged(f *Facts, found *Lookup) Settlement {
	if f.Traits.IfMerged == UseMerged {
		return alias(f, found.ID, found.Status)
	}
	s := mergedAway(f, "", found.ID, found.ExternalID, "")
	s.Status = found.Status
	return s
}

// takeOver takes the object that a request in doubt has made. Where the row has changed since, the object is
// brought up to date if the step says so: what is known of it is recorded first.
func takeOver(f *Facts, id string, status int) Next {
	s := loaded(f, ledger.Created, id, status)
	s.ExternalID, s.Hash, s.Moves = f.Doubt.ExternalID, f.Doubt.Hash, true
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
func lookupError(f *Facts) *sinks.Error {
	failed, _ := errors.AsType[*sinks.Error](f.Failed)
	return failed
}

// isRefusal reports whether a look-up will be refused again.
func isRefusal(failed *sinks.Error) bool {
	return failed.Class.IsRefusal() || failed.Class == sinks.Duplicate
}
