package decide

import (
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// Take says that an action is carried out now. What the action makes void is forgotten.
func (f *Facts) Take(n Next) {
	switch n := n.(type) {
	case Find:
		f.Match = nil
	case CheckObject:
		f.UpdateID = n.ID
	case FindSurvivor:
		f.Gone, f.Prepared, f.Attempt = nil, nil, Attempt{}
	case Record:
		f.forgetEarlierRun()
	case PrepareUpdate:
		f.forgetEarlierRun()
		f.UpdateOp, f.UpdateID = n.Op, n.ID
		f.Prepared, f.Attempt, f.Match, f.NextUpdate = nil, Attempt{}, nil, ""
	case Send:
		if f.Gone != nil && n.Op == sinks.Create {
			f.Moves = true // the object is made once more
		}
		f.forgetEarlierRun()
		f.forgetAnswers()
		f.Gone = nil
		if isUpdate(f, n.Op) {
			f.Unsure = f.Unsure || f.Open > 0 || updated(f, Lost, Duplicate, Refused, Missing)
		}
		f.Attempt = Attempt{Op: n.Op}
		f.Alone = f.Alone || n.Alone
		f.InBatch, f.InJob, f.JobDone = false, false, false
	case KeepDraft:
		f.forgetEarlierRun()
		f.forgetAnswers()
	case WaitUntil:
		f.forgetAnswers()
		f.Attempt, f.Doubt = Attempt{}, &n.Doubt
		if f.Prepared != nil && !f.Prepared.LateUntil.IsZero() {
			f.Prepared = nil // what the object holds may be other then
		}
		if n.Alone {
			f.Alone, f.InBatch = true, false
		}
	}
}

// forgetAnswers forgets what look-ups have said: it may be other after a request or a wait.
func (f *Facts) forgetAnswers() {
	f.Match, f.Doubtful, f.Control, f.Drafts, f.Canary = nil, nil, nil, nil, CanaryNotAsked
}

// forgetEarlierRun forgets the request of an earlier run, which the doubt about it has taken the place of.
func (f *Facts) forgetEarlierRun() { f.Begun, f.Job = nil, nil }

// LearnBegun adds a request that an earlier run began and did not settle.
func (f *Facts) LearnBegun(in *ledger.Intent) {
	f.Begun, f.Job, f.Open, f.Attempts = in, nil, 1, in.Attempt
	f.Doubt = &Doubt{
		ID: in.KustomerID, ExternalID: in.ExternalID, Hash: in.Hash,
		Reason: "an earlier run ended before Kustomer's answer was recorded",
	}
	if f.Traits.Delivers {
		f.Doubt.Due = f.Run.Locked.Add(f.Run.InDoubtWait)
		if in.KustomerID != "" && in.Ref != SendRef && in.Hash == f.Hash {
			f.keepDraft(in.KustomerID)
		}
		return
	}
	f.InBatch, f.InJob = in.Ref != "", in.Job != ""
	wait := quietTime(f)
	if in.KustomerID != "" {
		wait = f.quietUpdate(in)
	}
	f.Doubt.Due = f.Run.Locked.Add(wait)
}

// quietUpdate is how long an update in doubt keeps the next one waiting: an older content must not arrive
// behind a newer one.
func (f *Facts) quietUpdate(in *ledger.Intent) time.Duration {
	switch {
	case in.Hash == f.Hash:
		return 0
	case f.InBatch:
		return f.Run.BulkInDoubtWait
	}
	return f.Run.InDoubtWait
}

// LearnEntry adds what the ledger has of the key; nil when it has nothing.
func (f *Facts) LearnEntry(e *ledger.Entry) {
	f.HasEntry, f.Entry = false, e
	if e != nil {
		f.Attempts = e.Attempts
	}
}

// LearnFound adds what Find found; nil when there is no such object.
func (f *Facts) LearnFound(found *Lookup) {
	if found == nil {
		found = &Lookup{}
	}
	f.Match = found
}

// LearnMoved says that Kustomer has the object of the row's entry, below the parent under which it was loaded, and that the
// row names another one.
func (f *Facts) LearnMoved() { f.ParentRemade = false }

// LearnThere says that Kustomer has the object of the row's entry.
func (f *Facts) LearnThere() { f.There = true }

// LearnMissing says that Kustomer no longer has the object that was read.
func (f *Facts) LearnMissing(failed *sinks.Error) {
	f.Prepared = nil
	f.Attempt = Attempt{Op: sinks.Update, Answer: Missing, Status: failed.Status, Error: failed}
	if f.Traits.Kind == sinks.Changes {
		f.Attempt.Op = sinks.Create
	}
}

// LearnGone adds what became of an object that Kustomer no longer has.
func (f *Facts) LearnGone(g Gone) { f.Gone = &g }

// LearnReplaced says that another object, which found is, carries the external id of the one that is gone.
func (f *Facts) LearnReplaced(found *Lookup) { f.Match, f.Gone, f.Moves = found, nil, true }

// LearnParent adds what CheckParents found: an object that the row refers to and that is gone; nil when all are there.
func (f *Facts) LearnParent(p *Parent) { f.ParentsChecked, f.Parent = true, p }

// IsNew reports whether neither the ledger nor an earlier request of this run can have made the row's object.
func (f *Facts) IsNew() bool {
	return !f.Forgotten && !f.HasEntry && f.Entry == nil && f.Begun == nil && f.Doubt == nil && f.Tries <= 1
}

// LearnDoubtfulFound adds what FindDoubtful found; nil when there is no such object.
func (f *Facts) LearnDoubtfulFound(found *Lookup) {
	if found == nil {
		found = &Lookup{}
	}
	f.Doubtful = found
}

// LookupOf is the answer to a look-up by the external id of the row, or of the doubt about it, that found an object.
// known is the object's id where the ledger has one: an object that got another external id is the row's all the same.
func LookupOf(found sinks.Found, externalID, known string) *Lookup {
	return &Lookup{
		Found: true, ID: found.ID, ExternalID: found.ExternalID, Status: found.Status,
		Merged: found.ExternalID != "" && found.ExternalID != externalID && found.ID != known,
	}
}

// LearnLookupFailed adds why a look-up, or a read, has no answer.
func (f *Facts) LearnLookupFailed(err error) { f.Failed = err }

// LearnControl adds whether a look-up finds what is known to be there.
func (f *Facts) LearnControl(c Control) { f.Control = &c }

// LearnCanary adds whether the row is the canary.
func (f *Facts) LearnCanary(c Canary) { f.Canary = c }

// LearnJob adds what the bulk job of an earlier run says of the row.
func (f *Facts) LearnJob(j Job) {
	f.Job = &j
	switch {
	case !j.Told && j.WorkedOff:
		f.JobDone = true
		f.Doubt.Due = f.Now.Add(quietTime(f))
	case j.Told && j.Failed != nil && f.Begun.KustomerID == "" && f.JobMayBeWrong():
		f.JobDone = f.Begun.Attempt <= 1 // else a batch before it may be on its way
		f.failedInJob(j.Failed)
	}
}

// failedInJob makes of a create that a job of an earlier run calls failed what it is in a batch of this run.
func (f *Facts) failedInJob(failed *sinks.Error) {
	f.forgetEarlierRun()
	f.Doubt, f.InBatch = nil, true
	f.Attempt = Attempt{Op: sinks.Create, Answer: Duplicate, Error: failed}
}

// LearnWithdrawn says that the begun record is taken back. Not nil: a request before it is still open.
func (f *Facts) LearnWithdrawn(before *ledger.Intent) {
	f.Open--
	if before != nil {
		f.LearnBegun(before)
		return
	}
	id, failed := f.Begun.KustomerID, f.Job.Failed
	if id == "" {
		f.failedInJob(failed)
		return
	}
	f.forgetEarlierRun()
	f.Doubt, f.Alone, f.NextUpdate = nil, true, id
}

// LearnPrepared adds what of the row's content is to be sent.
func (f *Facts) LearnPrepared(p Prepared) { f.Prepared = &p }

// LearnRecorded says that the object with that id is recorded as the doubt has it.
func (f *Facts) LearnRecorded(id string) {
	f.Doubt, f.Match, f.Doubtful, f.Control = nil, nil, nil, nil
	f.Attempt, f.Open, f.NextUpdate = Attempt{}, 0, id
}

// LearnDrafts adds the drafts that may be the row's.
func (f *Facts) LearnDrafts(ids []string) { f.Drafts = &Drafts{ids} }

// LearnDraftKept says that the id of the row's draft is durable.
func (f *Facts) LearnDraftKept(id string) {
	f.Attempt = Attempt{}
	f.keepDraft(id)
}

func (f *Facts) keepDraft(id string) {
	f.Draft = id
	d := Doubt{Reason: "its draft " + id + " is made and has not left; the next run sends it"}
	if f.Doubt != nil {
		d.Status = f.Doubt.Status
	}
	f.Doubt = &d
}

// LearnAttempt adds what became of the last request. A lost answer makes a doubt.
func (f *Facts) LearnAttempt(a Attempt, backoff time.Duration) {
	f.Attempt, f.Backoff = a, backoff
	if a.Answer != Lost {
		return
	}
	switch {
	case a.Op == sinks.Send:
		f.Doubt.Status = a.Error.Status
	case f.Traits.Delivers:
		f.Doubt = &Doubt{Due: f.Now.Add(f.Run.InDoubtWait), Hash: f.Hash, Status: a.Error.Status, Reason: a.Error.Message}
	case isUpdate(f, a.Op):
		f.Doubt = &Doubt{
			Due: f.Now.Add(backoff), ID: f.UpdateID, Hash: f.Hash, Status: a.Error.Status,
			Reason: "the update may have happened: " + a.Error.Message + "; the next run sends it again",
		}
	default:
		d := lostCreate(f, a.Error)
		f.Doubt = &d
	}
}
