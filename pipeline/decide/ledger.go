package decide

import (
	"fmt"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// ownerRules are about a key that another row of this run owns.
var ownerRules = []Rule{{
	Name: "a row is unchanged when another row of its key decides",
	when: func(f *Facts) bool { return f.OtherCounts },
	then: func(*Facts) Next { return settle(Settlement{Outcome: ledger.Unchanged}) },
}, {
	Name: "a second row of a key is unchanged when it has the same content, or when the first row counts",
	when: func(f *Facts) bool { return f.Owner.Same || f.Traits.FirstCounts },
	then: func(*Facts) Next { return settle(Settlement{Outcome: ledger.Unchanged}) },
}, {
	Name: "a second row of a key with other content is rejected",
	when: always,
	then: func(f *Facts) Next {
		return settle(Reject(StageLedger, "key", fmt.Sprintf(
			"the row at %s:%d has the same key and other content; correct one of the two, or set on_duplicate: first or last",
			f.Owner.Place.Source, f.Owner.Place.Line)).Unrecorded())
	},
}}

// ledgerRules are about what the ledger knows of the key.
var ledgerRules = []Rule{{
	Name: "a row with the content that was loaded is unchanged",
	when: func(f *Facts) bool { return f.Unchanged },
	then: func(*Facts) Next { return settle(Settlement{Outcome: ledger.Unchanged}) },
}, {
	Name: "an entry of the ledger is read before it is judged",
	when: func(f *Facts) bool { return f.HasEntry },
	then: func(*Facts) Next { return ReadEntry{} },
}, {
	Name: "an object that was merged into another is left alone, and so is that one",
	when: func(f *Facts) bool {
		return isLoaded(f) && (f.Entry.Role == ledger.Alias || f.Entry.Role == ledger.Shares)
	},
	then: func(f *Facts) Next {
		s := Settlement{Outcome: ledger.Unchanged}
		if f.Entry.Role == ledger.Alias && f.Entry.Hash != f.Hash {
			s.Message = "its object was merged into another one in Kustomer, which is never changed in its place: the new content was not sent"
		}
		return settle(s)
	},
}, {
	Name: "a row whose object is known to be deleted is skipped where the step says so",
	when: func(f *Facts) bool { return isGone(f) && f.Traits.IfDeleted == SkipDeleted && !f.Forgotten }, // forgotten: it was merged
	then: func(*Facts) Next { return settle(Settlement{Outcome: ledger.Skipped}) },
}, {
	Name: "what became of an object that is known to be gone is asked again",
	when: func(f *Facts) bool { return isGone(f) && f.tracksObjects() },
	then: func(f *Facts) Next { return FindSurvivor{f.Entry.KustomerID} },
}, {
	Name: "a row that has the loaded content again is no longer rejected",
	when: func(f *Facts) bool { return sameAsEntry(f) && f.Entry.Outcome == ledger.Rejected },
	then: func(f *Facts) Next {
		s := loaded(f, ledger.Unchanged, f.Entry.KustomerID, 0)
		s.RecordAs = ledger.Existed
		return settle(s)
	},
}, {
	Name: "the ledger learns the fields of an unchanged row that is written again at the end",
	when: func(f *Facts) bool { return sameAsEntry(f) && f.Final && f.Entry.Outcome != ledger.Existed },
	then: func(f *Facts) Next {
		s := loaded(f, ledger.Unchanged, f.Entry.KustomerID, f.Entry.HTTPStatus)
		s.RecordAs, s.Same = f.Entry.Outcome, true
		return settle(s)
	},
}, {
	Name: "a row with the content of its entry is unchanged",
	when: sameAsEntry,
	then: func(*Facts) Next { return settle(Settlement{Outcome: ledger.Unchanged}) },
}, {
	Name: "an object whose parent was made once more is looked at: it may have gone with the old one",
	when: func(f *Facts) bool { return isLoaded(f) && f.ParentRemade && !f.There && f.tracksObjects() },
	then: func(f *Facts) Next { return CheckObject{f.Entry.KustomerID} },
}, {
	Name: "an object whose parent is another one now is left alone, and said so once",
	when: func(f *Facts) bool {
		return isLoaded(f) && (f.There || f.Parent != nil && f.Parent.Alias) && !f.Traits.Updates && f.Traits.Kind == sinks.Makes
	},
	then: func(f *Facts) Next {
		s := unchangedAgain(f)
		s.Hash, s.Changed = ledger.Hash{}, false
		if !f.Entry.HashUnknown() {
			s.Message = "what it refers to was merged, or made once more, since it was loaded; it was left as it is"
		}
		return settle(s)
	},
}, {
	Name: "content that nobody has compared is left alone by a step that does not update",
	when: func(f *Facts) bool { return isLoaded(f) && f.Entry.HashUnknown() && !f.Traits.Updates },
	then: func(f *Facts) Next { return settle(unchangedAgain(f)) },
}, {
	Name: "other content of a step that does not update is left alone",
	when: func(f *Facts) bool { return isLoaded(f) && !f.Traits.Updates },
	then: func(f *Facts) Next {
		return settle(Settlement{Outcome: ledger.Unchanged, Changed: !f.Unresolved})
	},
}, {
	Name: "new content of a loaded row that must not be sent is rejected",
	when: func(f *Facts) bool { return isLoaded(f) && f.NotAllowed != nil },
	then: func(f *Facts) Next { return settle(*f.NotAllowed) },
}, {
	Name: "a change is not sent to the survivor of a merge, nor to what is gone",
	when: func(f *Facts) bool { return f.Traits.Kind == sinks.Changes && refusesForParent(f) },
	then: func(f *Facts) Next { return ruleOf(parentRules, f).then(f) },
}, {
	Name: "other content of a loaded object is sent to it",
	when: isLoaded,
	then: func(f *Facts) Next { return prepare(f, f.Entry.KustomerID) },
}}

// isLoaded reports whether the ledger knows the row's object.
func isLoaded(f *Facts) bool { return f.Entry != nil && f.Entry.Loaded() }

// isGone reports whether an earlier run was told that Kustomer no longer has the row's object.
func isGone(f *Facts) bool { return isLoaded(f) && f.Entry.Gone }

func sameAsEntry(f *Facts) bool { return isLoaded(f) && f.Entry.Hash == f.Hash }

// prepare prepares an update: of the object that the row names where rows of the step do that, else of id.
func prepare(f *Facts, id string) Next {
	if f.Traits.Kind == sinks.Changes {
		return PrepareUpdate{Op: sinks.Create, ID: f.TargetID}
	}
	return PrepareUpdate{Op: sinks.Update, ID: id}
}

// newRules are about a row whose object no run has loaded.
var newRules = []Rule{{
	Name: "a row that must not be sent is rejected",
	when: func(f *Facts) bool { return f.NotAllowed != nil },
	then: func(f *Facts) Next { return settle(*f.NotAllowed) },
}, {
	Name: "a new row is not sent while an object that it refers to is gone",
	when: func(f *Facts) bool { return f.Traits.Kind != sinks.Changes && refusesForParent(f) },
	then: func(f *Facts) Next { return ruleOf(parentRules, f).then(f) },
}, {
	Name: "a row of a step that changes objects is sent to the object that it names",
	when: func(f *Facts) bool { return f.Traits.Kind == sinks.Changes },
	then: func(f *Facts) Next { return prepare(f, "") },
}, {
	Name: "--adopt leaves alone what cannot be looked up and must not happen twice",
	when: func(f *Facts) bool { return f.Run.Adopt && f.Traits.Once && len(f.Traits.Match) == 0 },
	then: func(f *Facts) Next { return settle(unadoptable(f)) },
}, {
	Name: "--adopt and look_first look a row up before it is created, and so is a key that was forgotten",
	when: func(f *Facts) bool {
		return (f.Run.Adopt || f.Traits.LookFirst || f.Forgotten && len(f.Traits.Match) > 0) && f.Match == nil
	},
	then: func(f *Facts) Next { return Find{lookUpsFirst(f)} },
}, {
	Name: "if_deleted: skip skips a new row whose object was deleted",
	when: func(f *Facts) bool { return foundDeleted(f) && f.Traits.IfDeleted == SkipDeleted },
	then: func(*Facts) Next { return settle(Settlement{Outcome: ledger.Skipped, LookFirst: true}) },
}, {
	Name: "a new row whose object was deleted is rejected",
	when: func(f *Facts) bool { return foundDeleted(f) && f.Traits.IfDeleted == RejectDeleted },
	then: func(f *Facts) Next {
		s := Reject(StageSend, f.Traits.ExternalIDField, f.Match.ID+" was deleted in Kustomer; set if_deleted: recreate to make it once more, "+
			"or if_deleted: skip to leave the row out")
		s.LookFirst = true
		return settle(s)
	},
}, {
	Name: "a new row is created",
	when: always,
	then: func(*Facts) Next { return Send{Op: sinks.Create} },
}}

// foundDeleted reports whether the look-up of a row that was not sent says that its object was deleted.
func foundDeleted(f *Facts) bool { return f.Match != nil && f.Match.Deleted }

// lookUpsFirst are the look-ups before a create. --adopt uses the external id, which is the row's alone, where
// there is one.
func lookUpsFirst(f *Facts) []string {
	if (f.Run.Adopt || f.Forgotten && !f.Traits.LookFirst) && !f.Traits.Once {
		return []string{f.Traits.ExternalIDField}
	}
	return f.Traits.Match
}

// unadoptable settles a row of which nobody can say whether a run before the ledger was lost sent it.
func unadoptable(f *Facts) Settlement {
	return NotAttempted(fmt.Sprintf("--adopt cannot look up what %s does, and it must not happen twice; "+
		"run without --adopt once you are sure that Kustomer does not have it", f.Traits.Sink))
}
