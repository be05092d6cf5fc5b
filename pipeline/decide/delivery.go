package decide

import (
	"fmt"
	"slices"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// A message that is delivered takes two requests: one makes a draft, which reaches nobody, the other sends it. What
// the ledger knows of a key decides how the next run goes on after a crash at any point, so that a key is never sent
// twice:
//
//	begun, no id          the draft may be there    after the quiet time its customer's drafts are listed: the one
//	                                                that is alike is taken; none: it is made anew; several, or no
//	                                                list: a person decides
//	begun, a draft's id   it is there, unsent       it is sent, if the row still says the same; else a new one is
//	the same, SendRef     it may have left          never sent again: a person says what became of it
//	created               it has left               unchanged, whatever the row says now
//
// Of a second draft that may be left over, unsent, the user is told. A send that surely did not happen is
// withdrawn, which leads back to the second line; one that Kustomer refuses rejects the row.

// SendRef is the Intent.Ref of a request that sends a draft.
const SendRef = "send"

// deliveryRules are about a message whose delivery has begun, in this run or an earlier one.
var deliveryRules = []Rule{{
	Name: "a message that may have left is never sent again",
	when: func(f *Facts) bool { return f.Begun != nil && f.Begun.Ref == SendRef },
	then: func(f *Facts) Next { return settle(mayHaveLeft(f, f.Begun.KustomerID, f.Doubt.Reason)) },
}, {
	Name: "a message that was begun and must not be sent is rejected",
	when: func(f *Facts) bool { return f.Begun != nil && f.NotAllowed != nil },
	then: func(f *Facts) Next { return settle(f.KeepOut(*f.NotAllowed)) },
}, {
	Name: "a draft that was sent is delivered",
	when: func(f *Facts) bool { return draftAnswer(f, sinks.Send, Applied) },
	then: func(f *Facts) Next { return settle(loaded(f, ledger.Created, f.Draft, f.Attempt.Status)) },
}, {
	Name: "a draft whose sending may have happened is left to a person",
	when: func(f *Facts) bool { return draftAnswer(f, sinks.Send, Lost) },
	then: func(f *Facts) Next { return settle(mayHaveLeft(f, f.Draft, f.Attempt.Error.Message)) },
}, {
	Name: "a draft that Kustomer does not send is rejected, and left unsent",
	when: func(f *Facts) bool { return draftAnswer(f, sinks.Send, Refused, Missing, Duplicate) },
	then: func(f *Facts) Next {
		s := refused(f.Attempt.Error)
		s.Message += "; nothing was delivered, and the draft " + f.Draft + " is left unsent: delete it in Kustomer"
		return settle(s)
	},
}, {
	Name: "the id of a draft is durable before it is sent",
	when: func(f *Facts) bool { return draftAnswer(f, sinks.Create, Applied) },
	then: func(f *Facts) Next { return KeepDraft{f.Attempt.ID} },
}, {
	Name: "a draft that Kustomer refuses is rejected",
	when: func(f *Facts) bool { return draftAnswer(f, sinks.Create, Refused, Missing, Duplicate) },
	then: func(f *Facts) Next { return settle(refused(f.Attempt.Error)) },
}, {
	Name: "a draft that is made is sent",
	when: func(f *Facts) bool { return f.Draft != "" && f.Attempt.Answer == NotAnswered },
	then: func(f *Facts) Next { return Send{Op: sinks.Send, ID: f.Draft} },
}, {
	Name: "a draft of an earlier run with other content is left over, and another is made",
	when: func(f *Facts) bool { return f.Begun != nil && f.Begun.KustomerID != "" },
	then: func(f *Facts) Next {
		return Send{Op: sinks.Create, Leftover: "the draft " + f.Begun.KustomerID}
	},
}, {
	Name: "a draft in doubt is left to the next run when the run stops",
	when: func(f *Facts) bool { return draftInDoubt(f) && f.Stopping },
	then: func(f *Facts) Next { return settle(inDoubt(f, f.Doubt.Reason)) },
}, {
	Name: "a draft in doubt waits for the end of its quiet time",
	when: func(f *Facts) bool { return draftInDoubt(f) && f.Now.Before(f.Doubt.Due) },
	then: func(f *Facts) Next { return WaitUntil{At: f.Doubt.Due, Doubt: *f.Doubt} },
}, {
	Name: "a draft that was made too often is in doubt",
	when: func(f *Facts) bool { return draftInDoubt(f) && f.Tries > f.Run.Retries },
	then: func(f *Facts) Next { return settle(inDoubtAgain(f)) },
}, {
	Name: "a draft in doubt is looked for among the customer's drafts",
	when: func(f *Facts) bool { return draftInDoubt(f) && f.Drafts == nil },
	then: func(*Facts) Next { return FindDrafts{} },
}, {
	Name: "of several drafts with the same text a person decides",
	when: func(f *Facts) bool { return draftInDoubt(f) && len(f.Drafts.IDs) > 1 },
	then: func(f *Facts) Next {
		return settle(inDoubt(f, fmt.Sprintf("nothing was delivered, and %d drafts with the same text lie with the customer, %s among them; "+
			"delete them in Kustomer, then use kustsync resolve with --as absent", len(f.Drafts.IDs), f.Drafts.IDs[0])))
	},
}, {
	Name: "the one draft that is found is the row's",
	when: func(f *Facts) bool { return draftInDoubt(f) && len(f.Drafts.IDs) == 1 },
	then: func(f *Facts) Next { return KeepDraft{f.Drafts.IDs[0]} },
}, {
	Name: "a draft that is not found is made anew",
	when: draftInDoubt,
	then: func(*Facts) Next { return Send{Op: sinks.Create, Leftover: "a draft"} },
}}

// draftAnswer reports whether the last request, about a draft, was answered so.
func draftAnswer(f *Facts, op sinks.Op, answers ...Answer) bool {
	return f.Attempt.Op == op && slices.Contains(answers, f.Attempt.Answer)
}

// draftInDoubt reports whether a draft may have been made.
func draftInDoubt(f *Facts) bool {
	return f.Doubt != nil && f.Draft == "" && (f.Attempt.Answer == NotAnswered || f.Attempt.Answer == Lost)
}

// mayHaveLeft leaves a message to a person, for good.
func mayHaveLeft(f *Facts, id, why string) Settlement {
	return inDoubt(f, fmt.Sprintf("the message may have left, and is not sent again: %s; look at the customer's timeline: if it is there, "+
		"use kustsync resolve with --as created:%s; if the draft is still there, delete it and use --as absent", why, id))
}
