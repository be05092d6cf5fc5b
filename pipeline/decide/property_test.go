package decide

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// maxActions is how many actions a row takes at most between two requests, waits for a canary not counted.
const maxActions = 12

// TestNoSecondCreate plays random services against the rules: answers are lost, requests arrive late, look-ups lag,
// fail or find nothing at all, jobs are wrong, and earlier runs were killed. Whatever they answer, a create is never
// sent while an earlier one has happened or may still happen, unless the service itself refuses the second, and the
// row settles.
func TestNoSecondCreate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		f := w.newRow()
		actions, requests := 0, 0
		for {
			f.Now = w.now
			f.Stopping = w.chance("stopping", 40)
			next := Row(f)
			w.log = append(w.log, fmt.Sprintf("%v %s (%s)", w.now.Sub(noon), inShort(next, w.now), RuleFor(f)))
			f.Take(next)
			if s, settled := next.(Settle); settled {
				w.checkSettled(f, s.Settlement)
				return
			}
			switch next.(type) {
			case Send:
				actions = 0
				if requests++; requests > 2*(f.Run.Retries+2) {
					w.failf("%d requests were sent for one row", requests)
				}
			default:
				if actions++; actions > maxActions+w.canaryWaits {
					w.failf("%d actions followed without a request", actions)
				}
			}
			w.answer(f, next)
		}
	})
}

// world is a service, and what the rules cannot know of it.
type world struct {
	*rapid.T
	now         time.Time
	traits      *Traits
	run         *Run
	lag         time.Duration // look-ups miss an object for so long
	blind       bool          // look-ups never find anything
	control     bool          // an object is known that look-ups can be held against
	objects     int
	visible     time.Time   // when look-ups find the object
	merged      bool        // an agent merged the object into another one
	known       bool        // the ledger knows the object
	arriving    []time.Time // requests that are on their way still
	canaryWaits int
	log         []string
}

func drawWorld(t *rapid.T) *world {
	w := &world{T: t, now: noon, traits: step(), run: runOf()}
	w.traits.Updates = w.chance("updates", 2)
	if w.traits.Updates {
		w.traits.IfExists = UpdateExisting
	}
	w.traits.LookFirst = w.chance("look first", 4)
	w.run.Adopt = w.chance("adopt", 6)
	w.run.Batches = w.chance("batches", 2)
	switch rapid.IntRange(0, 3).Draw(t, "unique") {
	case 0:
		unique(w.traits)
	case 1:
		w.traits.Unique, w.traits.UniqueInJob = true, w.chance("in job", 2)
	}
	w.lag = rapid.SampledFrom([]time.Duration{0, 3 * time.Second}).Draw(t, "lag")
	if w.chance("lag known", 2) {
		w.traits.Lag = w.lag
	}
	w.traits.IfMerged = rapid.SampledFrom([]IfMerged{RejectMerged, UseMerged}).Draw(t, "if_merged")
	w.traits.IfDeleted = rapid.SampledFrom([]IfDeleted{RejectDeleted, Recreate, SkipDeleted}).Draw(t, "if_deleted")
	w.traits.HasParents = w.chance("parents", 2)
	w.blind = w.chance("blind", 5)
	w.control = w.chance("control", 2)
	return w
}

func (w *world) failf(format string, args ...any) {
	w.Helper()
	text := fmt.Sprintf(format, args...)
	for _, line := range w.log {
		text += "\n" + line
	}
	w.Fatal(text)
}

// chance is true once in n times.
func (w *world) chance(what string, n int) bool { return rapid.IntRange(1, n).Draw(w.T, what) == n }

// refusesSecond reports whether the service refuses a second object.
func (w *world) refusesSecond(job bool) bool { return w.traits.refusesDuplicates(job) }

// newRow returns a row, which an earlier run may have begun.
func (w *world) newRow() *Facts {
	f := &Facts{Traits: w.traits, Run: w.run, Now: w.now, Hash: hashA, ExternalID: "x1"}
	if w.chance("known", 4) {
		return w.knownRow(f)
	}
	if !w.chance("begun", 3) {
		return f
	}
	in := ledger.Intent{ExternalID: "x1", Hash: rapid.SampledFrom([]ledger.Hash{hashA, hashB}).Draw(w.T, "hash"), Attempt: 1}
	late := w.run.InDoubtWait
	if w.chance("in a batch", 2) {
		in.Ref, late = "1", w.run.BulkInDoubtWait
		if w.chance("in a job", 2) {
			in.Job = "job"
		}
	}
	w.mayArrive(late)
	f.LearnBegun(&in)
	return f
}

// knownRow is a row that an earlier run loaded with other content, or which the ledger knows to be gone; an agent may
// have deleted or merged its object.
func (w *world) knownRow(f *Facts) *Facts {
	w.known = true
	w.create()
	e := ledger.Entry{KustomerID: "id1", ExternalID: "x1", Outcome: ledger.Created, Hash: rapid.SampledFrom([]ledger.Hash{hashA, hashB, {}}).Draw(w.T, "hash")}
	if w.chance("gone", 2) {
		w.objects, e.Gone = 0, w.chance("marked", 2)
		w.merged = w.chance("merged", 2)
	}
	f.ParentRemade = w.traits.HasParents && w.chance("remade", 2)
	f.LearnEntry(&e)
	return f
}

// mayArrive lets a request that was lost arrive at once, later, or never. What is in time is in time for a look-up.
func (w *world) mayArrive(within time.Duration) {
	switch rapid.IntRange(0, 2).Draw(w.T, "arrives") {
	case 0:
		w.create()
	case 1:
		late := time.Duration(rapid.Int64Range(0, int64(within-w.lag)).Draw(w.T, "late"))
		w.arriving = append(w.arriving, w.now.Add(late))
	}
}

// create makes the object, or a second one.
func (w *world) create() {
	if w.objects++; w.objects == 1 {
		w.visible = w.now.Add(w.lag)
	}
}

// sleep lets time pass; what is on its way arrives.
func (w *world) sleep(until time.Time) {
	var left []time.Time
	for _, at := range w.arriving {
		if at.After(until) {
			left = append(left, at)
			continue
		}
		if w.objects == 0 || !w.refusesSecond(false) {
			w.now = at
			w.create()
		}
	}
	w.arriving, w.now = left, until
}

// answer lets the service, or the ledger, answer an action.
func (w *world) answer(f *Facts, next Next) {
	switch n := next.(type) {
	case Find:
		w.look(f, f.LearnFound)
	case CheckObject:
		if w.objects == 0 {
			f.LearnMissing(&sinks.Error{Class: sinks.Missing, Message: "not there"})
			return
		}
		f.LearnThere()
	case FindSurvivor:
		w.findSurvivor(f, n.ID)
	case CheckParents:
		if w.chance("parent gone", 2) {
			f.LearnParent(&Parent{Step: "parent", Key: "k", ID: "p1", Gone: true})
			return
		}
		f.LearnParent(nil)
	case FindDoubtful:
		w.look(f, f.LearnDoubtfulFound)
	case CheckControl:
		f.LearnControl(Control{Known: w.control, Hit: w.control && !w.blind, ID: "id5", UpdatedAt: noon.Add(-time.Hour)})
	case BecomeCanary:
		w.askCanary(f)
	case AskJob:
		w.askJob(f)
	case Withdraw:
		f.LearnWithdrawn(nil)
	case PrepareUpdate:
		f.LearnPrepared(Prepared{State: rapid.SampledFrom([]PreparedState{NothingNew, UpdateReady}).Draw(w.T, "news")})
	case Record:
		f.LearnRecorded(n.ID)
	case WaitUntil:
		if !n.At.After(w.now) && !f.Stopping {
			n.At = w.now
		}
		w.sleep(n.At)
	case Send:
		w.send(f, n)
	default:
		w.failf("the service cannot answer %T", next)
	}
}

// findSurvivor tells what became of the object.
func (w *world) findSurvivor(f *Facts, id string) {
	switch {
	case w.objects > 0:
		f.LearnGone(Gone{ID: id, Back: true})
	case w.chance("failed", 20):
		f.LearnLookupFailed(&sinks.Error{Class: sinks.Unknown, Message: "no answer"})
	case w.merged:
		f.LearnGone(Gone{ID: id, Survivor: "id9", OwnMerge: w.chance("own merge", 2)})
	default:
		f.LearnGone(Gone{ID: id, Unclear: w.chance("unclear", 3)})
	}
}

// look answers a look-up.
func (w *world) look(f *Facts, learn func(*Lookup)) {
	switch {
	case w.chance("failed", 20):
		f.LearnLookupFailed(&sinks.Error{Class: sinks.Unknown, Message: "no answer"})
	case w.objects > 0 && !w.blind && !w.now.Before(w.visible):
		learn(&Lookup{Found: true, ID: "id1", ExternalID: "x1", Equal: w.chance("equal", 2)})
	case w.merged:
		learn(&Lookup{Found: true, ID: "id9", ExternalID: "x9", Merged: true})
	default:
		learn(nil)
	}
}

// askCanary lets the row be the canary, but where look-ups never find anything: there it may make a second object, the
// one that decisions.md 1.8 allows.
func (w *world) askCanary(f *Facts) {
	answer := rapid.SampledFrom([]Canary{CanaryGo, CanaryWait, CanaryUnclear}).Draw(w.T, "canary")
	if answer == CanaryGo && w.blind {
		answer = CanaryUnclear
	}
	if answer == CanaryWait {
		w.canaryWaits += 5
	}
	f.LearnCanary(answer)
}

// askJob lets the job of the earlier run tell what it did.
func (w *world) askJob(f *Facts) {
	switch {
	case w.chance("job unknown", 2):
		f.LearnJob(Job{WorkedOff: len(w.arriving) == 0 && w.chance("worked off", 2)})
	case w.objects > 0:
		f.LearnJob(Job{Told: true, ID: "id1"})
	default:
		for i, at := range w.arriving { // it may be wrong, but it was worked off, so that nothing of it comes much later
			if latest := w.now.Add(w.run.InDoubtWait - w.lag); at.After(latest) {
				w.arriving[i] = latest
			}
		}
		if w.refusesSecond(true) {
			w.arriving = nil
		}
		f.LearnJob(Job{Told: true, Failed: &sinks.Error{Class: sinks.Duplicate, Message: "failed"}})
	}
}

// send lets a request arrive, or not, and its answer.
func (w *world) send(f *Facts, n Send) {
	f.Tries++
	f.Attempts++
	f.Open++
	f.InBatch = w.run.Batches && !f.Alone && w.chance("batch", 2)
	a := Attempt{Op: n.Op, Answer: Lost, Error: &sinks.Error{Class: sinks.Unknown, Message: "no answer"}}
	if n.Op != sinks.Create {
		w.answerUpdate(f, a)
		return
	}
	if !w.refusesSecond(f.InBatch) && (w.objects > 0 || len(w.arriving) > 0) {
		w.failf("a create is sent while an earlier one has happened (%d objects) or may (%d on their way)", w.objects, len(w.arriving))
	}
	switch {
	case w.chance("not sent", 15):
		f.Open--
		a.Answer, a.Error = Unreached, &sinks.Error{Class: sinks.Unreached}
	case w.refusesSecond(f.InBatch) && w.objects > 0 && !w.chance("lost", 3):
		f.Open--
		a.Answer, a.Error = Duplicate, &sinks.Error{Class: sinks.Duplicate, Message: "exists"}
		f.JobDone = f.InBatch
	case w.chance("refused", 10):
		f.Open--
		a.Answer, a.Error = Refused, &sinks.Error{Class: sinks.Refused, Message: "no"}
	case w.chance("applied", 3) && w.objects == 0:
		w.create()
		a.Answer, a.ID, a.Error = Applied, "id1", nil
	default:
		w.lose(f)
	}
	f.LearnAttempt(a, 0)
}

// lose lets a create arrive, or not, without an answer.
func (w *world) lose(f *Facts) {
	late := w.run.InDoubtWait
	if f.InBatch {
		late = w.run.BulkInDoubtWait
		if f.InJob = w.chance("in a job", 2); f.InJob {
			if f.JobDone = w.chance("done", 2); f.JobDone {
				late = w.run.InDoubtWait
			}
		}
	}
	if w.objects == 0 || !w.refusesSecond(f.InBatch) {
		w.mayArrive(late)
	}
}

// answerUpdate answers an update.
func (w *world) answerUpdate(f *Facts, lost Attempt) {
	if w.objects == 0 {
		f.Open--
		f.LearnAttempt(Attempt{Op: lost.Op, Answer: Missing, Error: &sinks.Error{Class: sinks.Missing}}, 0)
		return
	}
	switch rapid.IntRange(0, 3).Draw(w.T, "update") {
	case 0:
		f.LearnAttempt(lost, time.Second)
	case 1:
		f.Open--
		f.JobDone = f.InBatch
		f.LearnAttempt(Attempt{Op: lost.Op, Answer: Refused, Error: &sinks.Error{Class: sinks.Refused}}, 0)
	default:
		f.LearnAttempt(Attempt{Op: lost.Op, Answer: Applied, ID: "id1"}, 0)
	}
}

// checkSettled holds a settlement against what is there.
func (w *world) checkSettled(f *Facts, s Settlement) {
	w.sleep(w.now.Add(time.Hour))
	if w.objects > 1 {
		w.failf("%d objects are there", w.objects)
	}
	loaded := s.Outcome == ledger.Created || s.Outcome == ledger.Updated || s.Outcome == ledger.Existed
	if s.As == ledger.Alias {
		if !w.merged || s.ID != "id9" {
			w.failf("the row is an alias of %s, and merged is %t", s.ID, w.merged)
		}
		return
	}
	if w.known && f.Tries == 0 {
		return // what agents did is not asked where nothing is to be sent
	}
	if w.merged && loaded {
		w.failf("the row is %s, and its object was merged into another", s.Outcome)
	}
	if loaded && w.objects == 0 {
		w.failf("the row is %s, and no object is there", s.Outcome)
	}
	if s.Outcome == ledger.NotAttempted && f.Open > 0 {
		w.failf("the row is not attempted, and %d requests may have happened", f.Open)
	}
}
