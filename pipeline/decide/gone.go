package decide

import (
	"cmp"
	"fmt"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// goneRules are about an object of the row that Kustomer no longer has, once it is known what became of it: if_merged
// and if_deleted decide (contract.md 3.5, decisions.md 1.6 and 1.7).
var goneRules = []Rule{{
	Name: "an object that is found, and yet cannot be changed, rejects the row",
	when: func(f *Facts) bool { return f.Gone.Back && f.UpdateID != "" },
	then: func(f *Facts) Next {
		return settle(f.KeepOut(Reject(StageSend, "", fmt.Sprintf(
			"Kustomer finds %s, and answers that it is not there when it is to be changed; look at it in Kustomer, then run again", f.Gone.ID))))
	},
}, {
	Name: "an object that is back and has the row's content is unchanged",
	when: func(f *Facts) bool { return f.Gone.Back && sameAsEntry(f) },
	then: func(f *Facts) Next { return settle(unchangedAgain(f)) },
}, {
	Name: "an object that is back is treated as before",
	when: func(f *Facts) bool { return f.Gone.Back && f.Traits.Updates },
	then: func(f *Facts) Next { return prepare(f, f.Gone.ID) },
}, {
	Name: "an object that is back is left alone by a step that does not update",
	when: func(f *Facts) bool { return f.Gone.Back },
	then: func(f *Facts) Next { return settle(unchangedAgain(f)) },
}, {
	Name: "of an object that was merged away the survivor is noted for ref",
	when: func(f *Facts) bool {
		return f.Gone.Survivor != "" && (f.Traits.IfMerged == UseMerged || f.Gone.OwnMerge)
	},
	then: func(f *Facts) Next { return settle(alias(f, f.Gone.Survivor, 0)) },
}, {
	Name: "a row whose object was merged away is rejected, naming both",
	when: func(f *Facts) bool { return f.Gone.Survivor != "" },
	then: func(f *Facts) Next {
		s := mergedAway(f, f.Gone.ID, f.Gone.Survivor, f.Gone.SurvivorExternalID, f.Gone.SurvivorOwner)
		s.Gone = true
		return settle(keepOutCreate(f, s))
	},
}, {
	Name: "an object that may have been merged is not made once more",
	when: func(f *Facts) bool { return f.Gone.Unclear && f.Traits.IfDeleted == Recreate },
	then: func(f *Facts) Next {
		return settle(keepOutCreate(f, gone(f, "was deleted or merged in Kustomer, and the API key may not read merges, so that it is not made again; "+
			"make a key with the role org.permission.customer_merge.read, or "+waysOut)))
	},
}, {
	Name: "if_deleted: recreate makes a deleted object once more",
	when: func(f *Facts) bool { return f.Traits.IfDeleted == Recreate },
	then: func(*Facts) Next { return Send{Op: sinks.Create} },
}, {
	Name: "if_deleted: skip skips the row of a deleted object",
	when: func(f *Facts) bool { return f.Traits.IfDeleted == SkipDeleted },
	then: func(*Facts) Next { return settle(Settlement{Outcome: ledger.Skipped, Gone: true}) },
}, {
	Name: "a row whose object was deleted is rejected",
	when: always,
	then: func(f *Facts) Next {
		return settle(keepOutCreate(f, gone(f, "was deleted in Kustomer; set if_deleted: recreate to make it once more or if_deleted: skip to leave the row out, or "+waysOut)))
	},
}}

// keepOutCreate is Facts.KeepOut for a row whose object is gone: an update of it that may have happened has nothing left to
// change, and is no longer in doubt.
func keepOutCreate(f *Facts, s Settlement) Settlement {
	if f.Doubt != nil && f.Doubt.ID != "" {
		return s
	}
	return f.KeepOut(s)
}

// waysOut ends the message of a row whose object is gone, for a single row.
const waysOut = "settle this row alone with kustsync resolve: --as absent sends it again, --as created:ID names its object"

// gone rejects a row whose object Kustomer no longer has.
func gone(f *Facts, why string) Settlement {
	s := Reject(StageSend, "", f.Gone.ID+" "+why)
	s.Gone = true
	return s
}

// unchangedAgain settles a row whose object is there with what was loaded before.
func unchangedAgain(f *Facts) Settlement {
	s := loaded(f, ledger.Unchanged, f.Entry.KustomerID, 0)
	s.RecordAs, s.Hash = f.Entry.Outcome, f.Entry.Hash
	if s.RecordAs == ledger.Rejected {
		s.RecordAs = ledger.Existed
	}
	s.Changed = f.Entry.Hash != f.Hash && !f.Entry.HashUnknown()
	s.Same = !s.Changed && f.Entry.Hash == f.Hash
	return s
}

// alias settles a row whose object was merged into the one with that id.
func alias(f *Facts, survivor string, status int) Settlement {
	s := loaded(f, ledger.Existed, survivor, status)
	s.As, s.Moves = ledger.Alias, true
	return s
}

// mergedAway rejects a row whose object, id, was merged into another; id is "" where it is not known.
func mergedAway(f *Facts, id, survivor, externalID, owner string) Settlement {
	what := cmp.Or(id, fmt.Sprintf("the object with the %s %q", f.Traits.ExternalIDField, f.ExternalID))
	into := survivor
	if externalID != "" {
		into += fmt.Sprintf(", whose %s is %q", f.Traits.ExternalIDField, externalID)
	}
	if owner != "" {
		into += ", that of " + owner
	}
	s := Reject(StageSend, "", fmt.Sprintf("%s was merged into %s in Kustomer; leave the row out, or set if_merged: use, "+
		"which lets others refer to the survivor and never changes it", what, into))
	s.LookFirst = true
	return s
}

// parentRules are about an object that the row refers to and that is not as it was.
var parentRules = []Rule{{
	Name: "a row that refers to a deleted object is skipped where its step skips such rows",
	when: func(f *Facts) bool {
		return f.Parent.Gone && f.Parent.IfDeleted == SkipDeleted && f.Parent.Survivor == ""
	},
	then: func(f *Facts) Next {
		s := Settlement{Outcome: ledger.Skipped}
		return settle(s)
	},
}, {
	Name: "a row that refers to an object that is gone is rejected, naming it",
	when: func(f *Facts) bool { return f.Parent.Gone },
	then: func(f *Facts) Next { return settle(f.KeepOut(Reject(StageParent, "", f.Parent.whyGone()))) },
}, {
	Name: "the survivor of a merge is never changed in the place of the object that was merged into it",
	when: func(f *Facts) bool { return f.Parent.Alias },
	then: func(f *Facts) Next {
		return settle(f.KeepOut(Reject(StageParent, "", fmt.Sprintf("%s %q was merged into %s in Kustomer, and a survivor is not changed in its place; leave the row out",
			f.Parent.Step, f.Parent.Key, f.Parent.ID))))
	},
}}

// whyGone says why a row that refers to the object is rejected, and what to do.
func (p *Parent) whyGone() string {
	what, next := "was deleted in Kustomer", "set if_deleted on step "+p.Step
	again := p.IfDeleted == Recreate
	if p.Survivor != "" {
		what, next = "was merged into "+p.Survivor+" in Kustomer", fmt.Sprintf("set if_merged: use on step %s to go on with that one", p.Step)
		again = p.IfMerged == UseMerged
	}
	if again {
		return fmt.Sprintf("%s %q, to which it belongs, %s; the next run goes on with it: run the same command again", p.Step, p.Key, what)
	}
	return fmt.Sprintf("%s %q, to which it belongs, %s; %s, or settle it with kustsync resolve --step %s --key %s", p.Step, p.Key, what, next, p.Step, p.Key)
}

// refusesForParent reports whether the row's parent keeps it from being sent: a new object is never made below one that
// is gone, and nothing is changed in the place of what was merged away.
func refusesForParent(f *Facts) bool {
	if f.Parent == nil || f.Open > 0 && f.Attempt.Answer == NotAnswered {
		return false
	}
	switch {
	case f.ParentsChecked:
		return true
	case f.Traits.Kind == sinks.Changes:
		return f.Parent.Alias && f.Parent.ID == f.TargetID || f.Parent.Gone && f.Parent.ID == f.TargetID
	}
	return f.Parent.Gone
}
