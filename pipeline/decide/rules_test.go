package decide

import (
	"errors"
	"testing"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// Two contents and a time, for the cases.
var (
	hashA = ledger.Hash{1}
	hashB = ledger.Hash{2}
	noon  = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
)

// step returns the traits of a step that makes objects which are found by their external id; change may alter them.
func step(change ...func(*Traits)) *Traits {
	t := &Traits{Sink: "make_person", Kind: sinks.Makes, ExternalIDField: "externalId", Match: []string{"externalId", "email"}}
	for _, c := range change {
		c(t)
	}
	return t
}

// unique makes Kustomer refuse a second object with the same external id.
func unique(t *Traits) { t.Unique, t.UniqueInJob, t.UniqueDocumented = true, true, true }

func updates(t *Traits) { t.Updates, t.IfExists = true, UpdateExisting }

func changes(t *Traits) { t.Kind, t.Updates, t.Once = sinks.Changes, true, false }

func acts(t *Traits) { t.Kind, t.Once, t.Match, t.ExternalIDField = sinks.Acts, true, nil, "" }

func delivers(t *Traits) { t.Delivers, t.Once, t.Match, t.ExternalIDField = true, true, nil, "" }

// runOf returns what the rules know of an ordinary run.
func runOf() *Run {
	return &Run{Retries: 5, Locked: noon, InDoubtWait: time.Minute, BulkInDoubtWait: 15 * time.Minute}
}

// row returns the facts of a new row; change may alter them.
func row(t *Traits, change ...func(*Facts)) *Facts {
	f := &Facts{Traits: t, Run: runOf(), Now: noon, Hash: hashA, ExternalID: "x1"}
	if t.Once {
		f.ExternalID = ""
	}
	for _, c := range change {
		c(f)
	}
	return f
}

// answered is a row whose last request was answered.
func answered(op sinks.Op, a Answer) func(*Facts) {
	return func(f *Facts) {
		f.Take(Send{Op: op})
		f.Tries, f.Attempts = 1, 1
		at := Attempt{Op: op, Answer: a}
		switch a {
		case Applied:
			at.ID, at.Status = "id1", 201
		case Lost:
			f.Open = 1
			at.Error = &sinks.Error{Class: sinks.Unknown, Status: 502, Message: "no answer"}
		case Duplicate, Refused, Missing, Unreached:
			at.Error = &sinks.Error{Status: 409, Message: "not taken"}
		case Claimed:
			at.Message = "x1 belongs to another"
		}
		f.LearnAttempt(at, 0)
	}
}

// begunEarlier is a row that an earlier run began.
func begunEarlier(in ledger.Intent) func(*Facts) {
	return func(f *Facts) {
		if in.Attempt == 0 {
			in.Attempt = 1
		}
		f.LearnBegun(&in)
	}
}

func batched(f *Facts)                   { f.InBatch = true }
func inJob(f *Facts)                     { f.InBatch, f.InJob = true, true }
func jobDone(f *Facts)                   { f.InBatch, f.InJob, f.JobDone = true, true, true }
func stopping(f *Facts)                  { f.Stopping = true }
func adopting(f *Facts)                  { f.Run.Adopt = true }
func batching(f *Facts)                  { f.Run.Batches = true }
func matchedNone(f *Facts)               { f.LearnFound(nil) }
func doubtNone(f *Facts)                 { f.LearnDoubtfulFound(nil) }
func triedTooOften(f *Facts)             { f.Tries = 6 }
func waitedAlready(f *Facts)             { f.Doubt.WaitedForControl = true }
func noControl(f *Facts)                 { f.LearnControl(Control{}) }
func prepared(f *Facts)                  { f.LearnPrepared(Prepared{State: UpdateReady}) }
func later(d time.Duration) func(*Facts) { return func(f *Facts) { f.Now = f.Now.Add(d) } }

func matched(id, externalID string) func(*Facts) {
	return func(f *Facts) { f.LearnFound(&Lookup{Found: true, ID: id, ExternalID: externalID, Status: 200}) }
}

func doubtFound(id string) func(*Facts) {
	return func(f *Facts) {
		f.LearnDoubtfulFound(LookupOf(sinks.Found{ID: id, ExternalID: "x1", Status: 200}, "x1", ""))
	}
}

func entry(e ledger.Entry) func(*Facts) { return func(f *Facts) { f.LearnEntry(&e) } }

// missing is an update of id1 that is answered "not there"; goneAs adds what became of it.
func missing(f *Facts) { then(preparing("id1"), prepared, answered(sinks.Update, Missing))(f) }

func goneAs(g Gone) func(*Facts) {
	return func(f *Facts) {
		f.Take(FindSurvivor{g.ID})
		f.LearnGone(g)
	}
}

// loadedAs is a row whose object the ledger knows as id1 with that content.
func loadedAs(h ledger.Hash) func(*Facts) {
	return entry(ledger.Entry{KustomerID: "id1", Hash: h, Outcome: ledger.Created})
}

// markedGone is a row whose object, id1, an earlier run was told is gone.
func markedGone(h ledger.Hash) func(*Facts) {
	return entry(ledger.Entry{KustomerID: "id1", Hash: h, Outcome: ledger.Created, Gone: true})
}

func usesMerged(t *Traits)    { t.IfMerged = UseMerged }
func recreates(t *Traits)     { t.IfDeleted = Recreate }
func skipsDeleted(t *Traits)  { t.IfDeleted = SkipDeleted }
func hasParents(t *Traits)    { t.HasParents = true }
func looksFirst(t *Traits)    { t.LookFirst = true }
func parentRemade(f *Facts)   { f.ParentRemade = true }
func parentsChecked(f *Facts) { f.LearnParent(nil) }

func parent(p Parent) func(*Facts) { return func(f *Facts) { f.Parent = &p } }

func parentAnswer(p Parent) func(*Facts) { return func(f *Facts) { f.LearnParent(&p) } }

func matchedAs(l Lookup) func(*Facts) { return func(f *Facts) { f.LearnFound(&l) } }

func doubtAs(l Lookup) func(*Facts) { return func(f *Facts) { f.LearnDoubtfulFound(&l) } }

func control(c Control) func(*Facts) { return func(f *Facts) { f.LearnControl(c) } }

func canary(c Canary) func(*Facts) { return func(f *Facts) { f.LearnCanary(c) } }

func job(j Job) func(*Facts) { return func(f *Facts) { f.LearnJob(j) } }

func preparing(id string) func(*Facts) {
	return func(f *Facts) { f.Take(PrepareUpdate{Op: sinks.Update, ID: id}) }
}

func lookupFailed(err error) func(*Facts) { return func(f *Facts) { f.LearnLookupFailed(err) } }

// then applies changes one after the other.
func then(all ...func(*Facts)) func(*Facts) {
	return func(f *Facts) {
		for _, c := range all {
			c(f)
		}
	}
}

// lostCreateAt is a create whose answer was lost at noon, seen so much later.
func lostCreateAt(after time.Duration) func(*Facts) {
	return then(answered(sinks.Create, Lost), later(after))
}

// ruleCase is a line of the table: facts, the rule that decides, and the next action in short.
type ruleCase struct {
	rule  string
	facts *Facts
	next  string
}

// cases holds one line or more for each rule: facts, the rule that decides, and the next action in short.
var cases = append([]ruleCase{
	// Another row owns the key.
	{"a row is unchanged when another row of its key decides",
		row(step(updates), func(f *Facts) { f.OtherCounts = true }), "unchanged"},
	{"a row is unchanged when another row of its key decides", // also where the key is in doubt
		row(step(), func(f *Facts) { f.OtherCounts = true }, begunEarlier(ledger.Intent{Hash: hashA})), "unchanged"},
	{"a second row of a key is unchanged when it has the same content, or when the first row counts",
		row(step(), func(f *Facts) { f.Owner = &Owner{Same: true} }), "unchanged"},
	{"a second row of a key is unchanged when it has the same content, or when the first row counts",
		row(step(func(t *Traits) { t.FirstCounts = true }), func(f *Facts) { f.Owner = &Owner{} }), "unchanged"},
	{"a second row of a key with other content is rejected",
		row(step(), func(f *Facts) { f.Owner = &Owner{Place: ledger.Place{Source: "a.csv", Line: 2}} }), "rejected, not recorded"},

	// What the ledger knows.
	{"new content of a loaded row that must not be sent is rejected", row(step(changes),
		entry(ledger.Entry{KustomerID: "id1", Hash: hashB, Outcome: ledger.Updated}), func(f *Facts) { f.NotAllowed = new(Reject(StageMap, "deleted", "no")) }), "rejected"},
	{"a row with the content that was loaded is unchanged", row(step(), func(f *Facts) { f.Unchanged = true }), "unchanged"},
	{"an entry of the ledger is read before it is judged", row(step(), func(f *Facts) { f.HasEntry = true }), "read entry"},
	{"a row that has the loaded content again is no longer rejected",
		row(step(), entry(ledger.Entry{KustomerID: "id1", Hash: hashA, Outcome: ledger.Rejected})), "unchanged id1, recorded as existed"},
	{"the ledger learns the fields of an unchanged row that is written again at the end",
		row(step(), func(f *Facts) { f.Final = true }, entry(ledger.Entry{KustomerID: "id1", Hash: hashA, Outcome: ledger.Created})), "unchanged id1, recorded as created"},
	{"a row with the content of its entry is unchanged",
		row(step(), entry(ledger.Entry{KustomerID: "id1", Hash: hashA, Outcome: ledger.Created})), "unchanged"},
	{"other content of a step that does not update is left alone",
		row(step(), entry(ledger.Entry{KustomerID: "id1", Hash: hashB, Outcome: ledger.Created})), "unchanged, changed"},
	{"other content of a loaded object is sent to it",
		row(step(updates), entry(ledger.Entry{KustomerID: "id1", Hash: hashB, Outcome: ledger.Created})), "prepare update id1"},

	// A new row.
	{"a row that must not be sent is rejected",
		row(step(delivers), func(f *Facts) { f.NotAllowed = new(Reject(StageMap, "to", "no")) }), "rejected"},
	{"a row of a step that changes objects is sent to the object that it names",
		row(step(changes), func(f *Facts) { f.TargetID = "id9" }), "prepare create id9"},
	{"--adopt leaves alone what cannot be looked up and must not happen twice", row(step(acts), adopting), "not_attempted"},
	{"--adopt and look_first look a row up before it is created, and so is a key that was forgotten", row(step(), adopting), "find externalId"},
	{"--adopt and look_first look a row up before it is created, and so is a key that was forgotten", row(step(func(t *Traits) { t.LookFirst = true })), "find externalId email"},
	{"a new row is created", row(step()), "send create"},
	{"a new row is created", row(step(func(t *Traits) { t.LookFirst = true }), matchedNone), "send create"},
	{"a new row is created", row(step(), entry(ledger.Entry{Outcome: ledger.Rejected, Hash: hashA})), "send create"},

	// The object was found before the row is sent, or after it was refused as a duplicate.
	{"an object that this row's request in doubt has made is created",
		row(step(), lostCreateAt(0), answered(sinks.Create, Duplicate), matched("id1", "x1")), "created id1, moves"},
	{"if_exists: update brings an object up to date that is there", row(step(updates), adopting, matched("id1", "x1")), "prepare update id1"},
	{"if_exists: update brings an object up to date that is there",
		row(step(updates), answered(sinks.Create, Duplicate), matched("id1", "x1")), "prepare update id1"},
	{"if_exists: fail rejects a row whose object is there",
		row(step(func(t *Traits) { t.IfExists = FailExisting }), answered(sinks.Create, Duplicate), matched("id1", "x1")), "rejected, look first"},
	{"an object that is there has existed; its content is known only where it equals the row's", row(step(), answered(sinks.Create, Duplicate), matched("id1", "x1")), "existed id1, content unknown"},
	{"an object that is there has existed; its content is known only where it equals the row's", row(step(), adopting, answered(sinks.Create, Duplicate), matched("id1", "x1")), "existed id1, content unknown"},

	// A look-up failed.
	{"a look-up that the run's end cut short leaves the row to the next run", row(step(), lookupFailed(errors.New("cancelled"))), "not_attempted"},
	{"a look-up that ends the run leaves the row to the next run",
		row(step(), lostCreateAt(time.Hour), lookupFailed(&sinks.Error{Class: sinks.Fatal})), "in_doubt"},
	{"a row that was not sent is rejected when its look-up is refused", row(step(), lookupFailed(&sinks.Error{Class: sinks.Deleted})), "rejected"},
	{"a row that was not sent is rejected when its look-up is refused",
		row(step(), lookupFailed(&sinks.Error{Class: sinks.Ambiguous})), "rejected, ambiguous"},
	{"a row in doubt whose look-up is refused is left to a person",
		row(step(), lostCreateAt(time.Hour), lookupFailed(&sinks.Error{Class: sinks.Ambiguous})), "in_doubt"},
	{"a look-up without an answer leaves the row to the next run", row(step(), lookupFailed(&sinks.Error{Class: sinks.Unknown})), "not_attempted"},

	// The answer to a create.
	{"a row that no batch takes is sent by itself", row(step(), answered(sinks.Create, GivenBack)), "send create alone"},
	{"a row that no batch takes is sent by itself", row(step(updates), preparing("id1"), prepared, answered(sinks.Update, GivenBack)), "send update id1 alone"},
	{"a row whose external id belongs to another key is rejected", row(step(), answered(sinks.Create, Claimed)), "rejected"},
	{"a request that surely did not happen leaves the row to the next run", row(step(), answered(sinks.Create, Unreached)), "not_attempted"},
	{"a request that surely did not happen leaves the row to the next run",
		row(step(), lostCreateAt(time.Hour), answered(sinks.Create, NotSent)), "in_doubt"},
	{"an applied create is created", row(step(), answered(sinks.Create, Applied)), "created id1, moves"},
	{"an applied create is created", row(step(acts), func(f *Facts) { f.TargetID = "id9" }, answered(sinks.Create, Applied), func(f *Facts) { f.Attempt.ID = "" }), "created id9, moves"},
	{"an applied create is created", row(step(acts), answered(sinks.Create, Applied), func(f *Facts) { f.Attempt.Changed = true }), "updated id1"},
	{"an applied create is created", row(step(), answered(sinks.Create, Applied), func(f *Facts) { f.Attempt.Same = true }), "existed id1"},
	{"a duplicate is looked up, since the object may be the row's own", row(step(), answered(sinks.Create, Duplicate)), "find externalId email"},
	{"a duplicate of a job that is not found may show later",
		row(step(), answered(sinks.Create, Duplicate), jobDone, matchedNone), "wait 1m0s alone"},
	{"a duplicate of a job that is not found may show later",
		row(step(), answered(sinks.Create, Duplicate), batched, matchedNone), "wait 15m0s alone"},
	{"a duplicate of a job that is not found is sent by itself: that answer says more",
		row(step(unique), answered(sinks.Create, Duplicate), batched, matchedNone), "send create alone"},
	{"a refused create that was in doubt without a quiet time waits once: its object may not show yet",
		row(step(unique), lostCreateAt(0), answered(sinks.Create, Duplicate), matchedNone), "wait 1m0s"},
	{"a refused create that was in doubt without a quiet time waits once: its object may not show yet",
		row(step(unique), lostCreateAt(0), answered(sinks.Create, Refused)), "wait 1m0s"},
	{"a refused create is rejected", row(step(), answered(sinks.Create, Refused)), "rejected"},
	{"a refused create is rejected", row(step(), answered(sinks.Create, Missing)), "rejected"},
	{"a refused create is rejected", row(step(unique), answered(sinks.Create, Duplicate), matchedNone), "rejected"},
	{"a refused create is rejected", row(step(unique), lostCreateAt(0), waitedAlready, answered(sinks.Create, Refused)), "rejected"},

	// Updates.
	{"an object whose state is recorded is brought up to date",
		row(step(updates), lostCreateAt(0), func(f *Facts) { f.LearnRecorded("id1") }), "prepare update id1"},
	{"an applied update is updated", row(step(updates), preparing("id1"), prepared, answered(sinks.Update, Applied)), "updated id1"},
	{"an applied update is updated",
		row(step(updates), preparing("id1"), prepared, answered(sinks.Update, Applied), func(f *Facts) { f.Attempt.Same = true }), "existed id1"},
	{"an update that a job did not carry out is sent by itself: that answer says more",
		row(step(updates), preparing("id1"), prepared, answered(sinks.Update, Duplicate), batched), "send update id1 alone"},
	{"an update that a job did not carry out is sent by itself: that answer says more",
		row(step(updates), preparing("id1"), prepared, answered(sinks.Update, Lost), jobDone), "send update id1 alone"},
	{"what is to be gone, and is gone after a request that may have happened, was done",
		row(step(changes, func(t *Traits) { t.Destructive = true }), preparing("id1"), prepared, answered(sinks.Create, Lost),
			answered(sinks.Create, Missing)), "existed id1"},
	{"a refused update is rejected; where an earlier one may have happened, that one stays begun",
		row(step(updates), preparing("id1"), prepared, answered(sinks.Update, Refused)), "rejected"},
	{"a refused update is rejected; where an earlier one may have happened, that one stays begun",
		row(step(updates), preparing("id1"), prepared, answered(sinks.Update, Lost), answered(sinks.Update, Refused)), "rejected, not recorded"},
	{"an update that was lost too often is in doubt",
		row(step(updates), preparing("id1"), prepared, answered(sinks.Update, Lost), triedTooOften), "in_doubt"},
	{"an update that would send nothing new is not sent",
		row(step(updates), preparing("id1"), func(f *Facts) { f.LearnPrepared(Prepared{State: NothingNew}) }), "existed id1"},
	{"an update that would send nothing new is not sent",
		row(step(updates), preparing("id1"), func(f *Facts) { f.LearnPrepared(Prepared{State: NothingNew, Known: ledger.Rejected}) }), "unchanged id1, recorded as existed"},
	{"an update waits for another row's change of the object that may be on its way",
		row(step(updates), preparing("id1"), func(f *Facts) {
			f.LearnPrepared(Prepared{State: UpdateReady, LateUntil: noon.Add(30 * time.Second)})
		}), "wait 30s"},
	{"a prepared update is sent", row(step(updates), preparing("id1"), prepared), "send update id1"},

	// The job of an earlier run.
	{"the job of an earlier run is asked what became of the row", row(step(), begunEarlier(ledger.Intent{Ref: "1", Job: "j", ExternalID: "x1", Hash: hashA})), "ask job"},
	{"what a job says it did not load was not sent",
		row(step(unique), begunEarlier(ledger.Intent{Ref: "1", Job: "j", ExternalID: "x1", Hash: hashA}),
			job(Job{Told: true, Failed: &sinks.Error{Class: sinks.Duplicate}})), "withdraw"},
	{"an object that a job has made is created",
		row(step(), begunEarlier(ledger.Intent{Ref: "1", Job: "j", ExternalID: "x1", Hash: hashA}), job(Job{Told: true, ID: "id1"})), "created id1, moves"},
	{"an object that a job has made is created",
		row(step(updates), begunEarlier(ledger.Intent{Ref: "1", Job: "j", ExternalID: "x1", Hash: hashB}), job(Job{Told: true, ID: "id1"})), "record created id1, moves"},
	{"an object that a job has brought up to date is updated",
		row(step(updates), begunEarlier(ledger.Intent{Ref: "1", Job: "j", KustomerID: "id1", Hash: hashA}), job(Job{Told: true, ID: "id1"})), "updated id1"},
	{"other content than the job had is sent to its object",
		row(step(updates), begunEarlier(ledger.Intent{Ref: "1", Job: "j", KustomerID: "id1", Hash: hashB}), job(Job{Told: true, ID: "id1"})), "prepare update id1"},
	{"a duplicate is looked up, since the object may be the row's own",
		row(step(), begunEarlier(ledger.Intent{Ref: "1", Job: "j", ExternalID: "x1", Hash: hashA}),
			job(Job{Told: true, Failed: &sinks.Error{Class: sinks.Duplicate}})), "find externalId email"},

	// A request that may have happened.
	{"a row in doubt that cannot be looked up is left to a person", row(step(acts), answered(sinks.Create, Lost)), "in_doubt"},
	{"a row in doubt is left to the next run when the run stops", row(step(), lostCreateAt(time.Hour), stopping), "in_doubt"},
	{"a row in doubt waits for the end of its quiet time", row(step(), lostCreateAt(0)), "wait 1m0s"},
	{"a row in doubt waits for the end of its quiet time", row(step(), answered(sinks.Create, NotAnswered), batched, func(f *Facts) {
		f.LearnAttempt(Attempt{Answer: Lost, Error: &sinks.Error{}}, 0)
	}), "wait 15m0s"},
	{"a row in doubt waits for the end of its quiet time",
		row(step(), begunEarlier(ledger.Intent{Ref: "1", ExternalID: "x1", Hash: hashA})), "wait 15m0s"},
	{"an update in doubt is prepared again", row(step(updates), begunEarlier(ledger.Intent{KustomerID: "id1", Hash: hashA})), "prepare update id1"},
	{"a row in doubt waits for the end of its quiet time", row(step(updates), begunEarlier(ledger.Intent{KustomerID: "id1", Hash: hashB})), "wait 1m0s"},
	{"an update in doubt is sent again", row(step(updates), preparing("id1"), prepared, answered(sinks.Update, Lost)), "send update id1"},
	{"a lost batch of objects that Kustomer keeps unique is sent again: what is there is refused, and looked up then",
		row(step(unique), batching, lostCreateAt(0), batched), "send create"},
	{"a create in doubt is looked up", row(step(), lostCreateAt(time.Minute)), "find doubtful x1"},
	{"a create in doubt is looked up", row(step(unique), batching, lostCreateAt(0), inJob), "find doubtful x1"},
	{"a create in doubt is looked up", row(step(unique), lostCreateAt(0)), "find doubtful x1"},
	{"an object that is found was made by the request in doubt", row(step(), lostCreateAt(time.Minute), doubtFound("id1")), "created id1, moves"},
	{"an object that is found was made by the request in doubt",
		row(step(), begunEarlier(ledger.Intent{ExternalID: "x1", Hash: hashB}), later(time.Minute), doubtFound("id1")), "created id1, changed, moves"},
	{"a miss is held against a control", row(step(), lostCreateAt(time.Minute), doubtNone), "check control"},
	{"a row that was sent too often is in doubt",
		row(step(), lostCreateAt(time.Minute), doubtNone, control(Control{Known: true, Hit: true}), triedTooOften), "in_doubt"},
	{"a create in doubt whose miss is trusted is sent again", row(step(), lostCreateAt(time.Minute), doubtNone, control(Control{Known: true, Hit: true})), "send create"},
	{"a create in doubt whose miss is trusted is sent again",
		row(step(), lostCreateAt(time.Hour), batched, doubtNone, control(Control{Known: true, Hit: true})), "send create alone"},
	{"a create in doubt whose miss is trusted is sent again", row(step(unique), lostCreateAt(0), doubtNone, noControl), "send create"},
	{"a create in doubt whose miss is trusted is sent again",
		row(step(), lostCreateAt(time.Minute), waitedAlready, doubtNone, noControl, canary(CanaryGo)), "send create"},
	{"a control that is young may not show yet, and is waited for",
		row(step(), lostCreateAt(time.Minute), doubtNone, control(Control{Known: true, ID: "id5", UpdatedAt: noon.Add(20 * time.Second)})), "wait 20s"},
	{"a control that is young may not show yet, and is waited for",
		row(step(), lostCreateAt(time.Minute), doubtNone, control(Control{Known: true, ID: "id5", UpdatedAt: noon.Add(time.Hour)})), "wait 1m0s"},
	{"a miss is not trusted when the control is missed too",
		row(step(), lostCreateAt(time.Minute), doubtNone, control(Control{Known: true, ID: "id5", UpdatedAt: noon})), "in_doubt"},
	{"a miss without a control waits once more, for what other rows make meanwhile", row(step(), lostCreateAt(time.Minute), doubtNone, noControl), "wait 1m0s"},
	{"without any control one row, the canary, is sent again first", row(step(), lostCreateAt(time.Minute), waitedAlready, doubtNone, noControl), "become canary"},
	{"a miss without a control is not trusted where a job says that it was carried out, or the canary's fate is unknown",
		row(step(), lostCreateAt(time.Minute), waitedAlready, doubtNone, noControl, canary(CanaryUnclear)), "in_doubt"},
	{"a miss without a control is not trusted where a job says that it was carried out, or the canary's fate is unknown",
		row(step(), lostCreateAt(time.Hour), jobDone, waitedAlready, doubtNone, noControl), "in_doubt"},
	{"the others wait for the canary", row(step(), lostCreateAt(time.Minute), waitedAlready, doubtNone, noControl, canary(CanaryWait)), "wait 1m0s"},

	// Messages that reach people.
	{"a message that may have left is never sent again",
		row(step(delivers), begunEarlier(ledger.Intent{Ref: SendRef, KustomerID: "d1", Hash: hashA})), "in_doubt"},
	{"a message that was begun and must not be sent is rejected",
		row(step(delivers), func(f *Facts) { f.NotAllowed = new(Reject(StageMap, "to", "no")) }, begunEarlier(ledger.Intent{Hash: hashA})), "rejected, not recorded"},
	{"a new row is created", row(step(delivers)), "send create"},
	{"the id of a draft is durable before it is sent", row(step(delivers), answered(sinks.Create, Applied)), "keep draft id1"},
	{"a draft that Kustomer refuses is rejected", row(step(delivers), answered(sinks.Create, Refused)), "rejected"},
	{"a draft that is made is sent", row(step(delivers), answered(sinks.Create, Applied), func(f *Facts) { f.LearnDraftKept("d1") }), "send send d1"},
	{"a draft that is made is sent", row(step(delivers), begunEarlier(ledger.Intent{KustomerID: "d1", Hash: hashA})), "send send d1"},
	{"a draft that was sent is delivered",
		row(step(delivers), func(f *Facts) { f.LearnDraftKept("d1") }, answered(sinks.Send, Applied)), "created d1"},
	{"a draft whose sending may have happened is left to a person",
		row(step(delivers), func(f *Facts) { f.LearnDraftKept("d1") }, answered(sinks.Send, Lost)), "in_doubt"},
	{"a draft that Kustomer does not send is rejected, and left unsent",
		row(step(delivers), func(f *Facts) { f.LearnDraftKept("d1") }, answered(sinks.Send, Refused)), "rejected"},
	{"a draft of an earlier run with other content is left over, and another is made",
		row(step(delivers), begunEarlier(ledger.Intent{KustomerID: "d1", Hash: hashB})), "send create, leftover the draft d1"},
	{"a draft in doubt is left to the next run when the run stops", row(step(delivers), answered(sinks.Create, Lost), stopping), "in_doubt"},
	{"a draft in doubt waits for the end of its quiet time", row(step(delivers), answered(sinks.Create, Lost)), "wait 1m0s"},
	{"a draft that was made too often is in doubt", row(step(delivers), answered(sinks.Create, Lost), later(time.Hour), triedTooOften), "in_doubt"},
	{"a draft in doubt is looked for among the customer's drafts", row(step(delivers), answered(sinks.Create, Lost), later(time.Hour)), "find drafts"},
	{"of several drafts with the same text a person decides",
		row(step(delivers), answered(sinks.Create, Lost), later(time.Hour), func(f *Facts) { f.LearnDrafts([]string{"d1", "d2"}) }), "in_doubt"},
	{"the one draft that is found is the row's",
		row(step(delivers), answered(sinks.Create, Lost), later(time.Hour), func(f *Facts) { f.LearnDrafts([]string{"d1"}) }), "keep draft d1"},
	{"a draft that is not found is made anew",
		row(step(delivers), answered(sinks.Create, Lost), later(time.Hour), func(f *Facts) { f.LearnDrafts(nil) }), "send create, leftover a draft"},
}, goneCases...)

func TestRules(t *testing.T) {
	tested := map[string]bool{}
	for i, c := range cases {
		tested[c.rule] = true
		before := *c.facts
		if got := RuleFor(c.facts); got != c.rule {
			t.Errorf("case %d (%s): the rule %q decides, want %q", i, c.next, got, c.rule)
		}
		if got := inShort(Row(c.facts), c.facts.Now); got != c.next {
			t.Errorf("case %d, %s: the next action is %q, want %q", i, c.rule, got, c.next)
		}
		if before != *c.facts {
			t.Errorf("case %d, %s: Row changed the facts", i, c.rule)
		}
	}
	names := map[string]bool{}
	for _, g := range groups {
		for _, r := range g.rules {
			if names[r.Name] {
				t.Errorf("two rules are called %q", r.Name)
			}
			if names[r.Name] = true; !tested[r.Name] {
				t.Errorf("no case tests the rule %q; add one to cases in rules_test.go", r.Name)
			}
		}
	}
}
