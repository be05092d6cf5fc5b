package decide

import (
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// goneCases are the cases of objects that were merged or deleted in Kustomer, and of what was found and not compared.
var goneCases = []ruleCase{
	// What became of an object that is not there.
	{"what became of an object that is no longer there is asked", row(step(updates), missing), "find survivor of id1"},
	{"what became of an object that is known to be gone is asked again", row(step(), markedGone(hashA)), "find survivor of id1"},
	{"an object that is found, and yet cannot be changed, rejects the row", row(step(updates), missing, goneAs(Gone{ID: "id1", Back: true})), "rejected"},
	{"an object that is back and has the row's content is unchanged",
		row(step(updates), markedGone(hashA), goneAs(Gone{ID: "id1", Back: true})), "unchanged id1, recorded as created"},
	{"an object that is back is treated as before", row(step(updates), markedGone(hashB), goneAs(Gone{ID: "id1", Back: true})), "prepare update id1"},
	{"an object that is back is left alone by a step that does not update",
		row(step(), markedGone(hashB), goneAs(Gone{ID: "id1", Back: true})), "unchanged id1, recorded as created, changed"},
	{"of an object that was merged away the survivor is noted for ref",
		row(step(updates, usesMerged), missing, goneAs(Gone{ID: "id1", Survivor: "id2"})), "existed id2, alias, moves"},
	{"of an object that was merged away the survivor is noted for ref",
		row(step(updates), missing, goneAs(Gone{ID: "id1", Survivor: "id2", OwnMerge: true})), "existed id2, alias, moves"},
	{"a row whose object was merged away is rejected, naming both",
		row(step(updates, recreates), missing, goneAs(Gone{ID: "id1", Survivor: "id2"})), "rejected, gone, look first"},
	{"an object that may have been merged is not made once more",
		row(step(updates, recreates), missing, goneAs(Gone{ID: "id1", Unclear: true})), "rejected, gone"},
	{"if_deleted: recreate makes a deleted object once more", row(step(updates, recreates), missing, goneAs(Gone{ID: "id1"})), "send create"},
	{"an applied create is created",
		row(step(updates, recreates), missing, goneAs(Gone{ID: "id1"}), answered(sinks.Create, Applied)), "created id1, moves"},
	{"if_deleted: skip skips the row of a deleted object", row(step(updates, skipsDeleted), missing, goneAs(Gone{ID: "id1"})), "skipped, gone"},
	{"a row whose object was deleted is rejected", row(step(updates), missing, goneAs(Gone{ID: "id1"})), "rejected, gone"},
	{"a row whose object was deleted is rejected",
		row(step(updates), preparing("id1"), prepared, answered(sinks.Update, Lost), answered(sinks.Update, Missing), goneAs(Gone{ID: "id1"})), "rejected, gone"},
	{"a row whose object is known to be deleted is skipped where the step says so", row(step(skipsDeleted), markedGone(hashB)), "skipped"},
	{"what became of an object that is known to be gone is asked again",
		row(step(skipsDeleted), markedGone(hashB), func(f *Facts) { f.Forgotten = true }), "find survivor of id1"},
	{"if_exists: update brings an object up to date that is there",
		row(step(updates), missing, func(f *Facts) {
			f.Take(FindSurvivor{"id1"})
			f.LearnReplaced(&Lookup{Found: true, ID: "id7", ExternalID: "x1"})
		}), "prepare update id7"},

	// Entries that own nothing, and content that nobody has compared.
	{"an object that was merged into another is left alone, and so is that one",
		row(step(updates), entry(ledger.Entry{KustomerID: "id2", Role: ledger.Alias, Hash: hashB, Outcome: ledger.Existed})), "unchanged"},
	{"an object that was merged into another is left alone, and so is that one",
		row(step(updates), entry(ledger.Entry{KustomerID: "id2", Role: ledger.Shares, Hash: hashB, Outcome: ledger.Existed})), "unchanged"},
	{"content that nobody has compared is left alone by a step that does not update",
		row(step(), entry(ledger.Entry{KustomerID: "id1", Outcome: ledger.Existed})), "unchanged id1, recorded as existed, content unknown"},
	{"other content of a loaded object is sent to it", row(step(updates), entry(ledger.Entry{KustomerID: "id1", Outcome: ledger.Existed})), "prepare update id1"},
	{"a row whose object another step has made under the same key has existed",
		row(step(), answered(sinks.Create, Shared), func(f *Facts) { f.Attempt.ID = "id3" }), "existed id3, shares"},
	{"a row whose object another step is about to make waits for the next run", row(step(), answered(sinks.Create, Shared)), "not_attempted"},

	// Look-ups of objects that were merged or deleted, or are compared.
	{"an object that was merged into another is never taken for it", row(step(updates), adopting, matchedAs(Lookup{Found: true, ID: "id2", ExternalID: "x2", Merged: true})), "rejected, look first"},
	{"an object that was merged into another is never taken for it",
		row(step(updates, usesMerged), answered(sinks.Create, Duplicate), matchedAs(Lookup{Found: true, ID: "id2", Merged: true})), "existed id2, alias, moves"},
	{"an object in doubt that was merged into another is no longer in doubt",
		row(step(), lostCreateAt(time.Minute), doubtAs(Lookup{Found: true, ID: "id2", ExternalID: "x2", Merged: true})), "rejected, look first"},
	{"an object in doubt that was deleted is made once more where the step says so",
		row(step(recreates), lostCreateAt(time.Minute), doubtAs(Lookup{Deleted: true, ID: "id1"})), "send create alone"},
	{"an object in doubt that was deleted is left to a person", row(step(), lostCreateAt(time.Minute), doubtAs(Lookup{Deleted: true, ID: "id1"})), "in_doubt"},
	{"an object that has other content than was sent was there before the request in doubt",
		row(step(), lostCreateAt(time.Minute), doubtAs(Lookup{Found: true, ID: "id1", ExternalID: "x1", Differs: true})), "existed id1, content unknown"},
	{"an object that has other content than was sent was there before the request in doubt",
		row(step(updates), lostCreateAt(time.Minute), doubtAs(Lookup{Found: true, ID: "id1", ExternalID: "x1", Differs: true})), "prepare update id1"},
	{"if_exists: update brings an object up to date that is there",
		row(step(updates), lostCreateAt(0), answered(sinks.Create, Duplicate), matchedAs(Lookup{Found: true, ID: "id1", ExternalID: "x1", Differs: true})), "prepare update id1"},
	{"a new row whose object was deleted is rejected", row(step(looksFirst), matchedAs(Lookup{Deleted: true, ID: "id1"})), "rejected, look first"},
	{"if_deleted: skip skips a new row whose object was deleted", row(step(looksFirst, skipsDeleted), matchedAs(Lookup{Deleted: true, ID: "id1"})), "skipped, look first"},
	{"a new row is created", row(step(looksFirst, recreates), matchedAs(Lookup{Deleted: true, ID: "id1"})), "send create"},
	{"if_deleted: skip skips a row whose object was deleted before this ledger knew it",
		row(step(skipsDeleted), answered(sinks.Create, Duplicate), matchedAs(Lookup{Deleted: true, ID: "id1"})), "skipped, look first"},
	{"a refused create is rejected", row(step(recreates), answered(sinks.Create, Duplicate), matchedAs(Lookup{Deleted: true, ID: "id1"})), "rejected, look first"},
	{"an object that is there has existed; its content is known only where it equals the row's",
		row(step(), adopting, matchedAs(Lookup{Found: true, ID: "id1", ExternalID: "x1", Equal: true})), "existed id1"},
	{"--adopt and look_first look a row up before it is created, and so is a key that was forgotten",
		row(step(), func(f *Facts) { f.Forgotten = true }), "find externalId"},
	{"an object that is there has existed; its content is known only where it equals the row's",
		row(step(func(t *Traits) { t.IfExists = FailExisting }), func(f *Facts) { f.Forgotten = true }, matched("id1", "x1")), "existed id1, content unknown"},

	// Objects that the row refers to.
	{"a refused create has the objects that it refers to looked at", row(step(hasParents), answered(sinks.Create, Missing)), "check parents"},
	{"a refused create is rejected", row(step(hasParents), answered(sinks.Create, Missing), parentsChecked), "rejected"},
	{"a row that refers to an object that is gone is rejected, naming it",
		row(step(hasParents), answered(sinks.Create, Missing), parentAnswer(Parent{Step: "p", Key: "1", Gone: true})), "rejected"},
	{"a row that refers to a deleted object is skipped where its step skips such rows",
		row(step(hasParents), answered(sinks.Create, Missing), parentAnswer(Parent{Step: "p", Key: "1", Gone: true, IfDeleted: SkipDeleted})), "skipped"},
	{"a new row is not sent while an object that it refers to is gone", row(step(hasParents), parent(Parent{Gone: true})), "rejected"},
	{"a change of an object that is no longer there has the objects that it refers to looked at",
		row(step(changes, hasParents), preparing("id1"), prepared, answered(sinks.Create, Missing)), "check parents"},
	{"a change is not sent to the survivor of a merge, nor to what is gone",
		row(step(changes, hasParents), func(f *Facts) { f.TargetID = "id2" }, parent(Parent{ID: "id2", Alias: true})), "rejected"},
	{"the survivor of a merge is never changed in the place of the object that was merged into it",
		row(step(changes, hasParents), parentAnswer(Parent{ID: "id2", Alias: true})), "rejected"},
	{"an object whose parent was made once more is looked at: it may have gone with the old one",
		row(step(hasParents), loadedAs(hashB), parentRemade), "check object id1"},
	{"an object whose parent is another one now is left alone, and said so once",
		row(step(hasParents), loadedAs(hashB), parentRemade, (*Facts).LearnThere), "unchanged id1, recorded as created, content unknown"},
	{"an object whose parent is another one now is left alone, and said so once",
		row(step(hasParents), loadedAs(hashB), parent(Parent{ID: "p2", Alias: true})), "unchanged id1, recorded as created, content unknown"},
	{"what became of an object that is no longer there is asked",
		row(step(hasParents), loadedAs(hashB), parentRemade, func(f *Facts) {
			f.Take(CheckObject{"id1"})
			f.LearnMissing(&sinks.Error{Class: sinks.Missing})
		}), "find survivor of id1"},
}
