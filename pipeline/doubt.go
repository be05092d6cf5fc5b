//go:build oldengine

package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// quiet is how long a create whose outcome is unknown may still be carried out (reliability.md
// 0.1). Objects that Kustomer keeps unique need no such time: a second one is refused. It is never shorter
// than look-ups are known to lag behind, which a miss would come from.
func (r *stepRun) quiet(t *task) time.Duration {
	lag := r.step.Spec.Learned.Lag
	switch {
	case r.step.Spec.RefusesDuplicates(t.rode):
	case t.rode && !t.worked:
		return max(lag, r.plan.File.Run.BulkInDoubtWait)
	default:
		return max(lag, r.plan.File.Run.InDoubtWait)
	}
	if t.tries > 1 {
		return max(lag, jitter(t.tries))
	}
	return lag
}

// takeUp goes on with a row whose request an earlier run began and did not settle.
func (r *stepRun) takeUp(ctx context.Context, t *task, intent ledger.Intent) (ending, error) {
	if r.step.Delivers() {
		return r.takeUpDelivery(ctx, t, intent)
	}
	if r.opts.Survey {
		return r.surveyDoubt(ctx, t)
	}
	t.rode, t.inJob = intent.Ref != "", intent.Job != ""
	wait := r.quiet(t)
	if intent.KustomerID != "" {
		wait = r.quietUpdate(t, intent)
	}
	if r.opts.DryRun && intent.KustomerID == "" && !r.step.Once() {
		return r.planned(ctx, t)
	}
	t.open, t.attempts = 1, intent.Attempt
	t.doubt = &doubt{
		due: r.opts.Locked.Add(wait), id: intent.KustomerID, externalID: intent.ExternalID, hash: intent.Hash,
		reason: "an earlier run ended before Kustomer's answer was recorded",
	}
	if r.opts.DryRun {
		return r.settleDoubt(ctx, t)
	}
	if end, ok, err := r.fromJob(ctx, t, intent); ok || err != nil {
		return end, err
	}
	return r.settleDoubt(ctx, t)
}

// quietUpdate is how long an update in doubt keeps the next one waiting: an older content must not
// arrive behind a newer one.
func (r *stepRun) quietUpdate(t *task, intent ledger.Intent) time.Duration {
	switch {
	case r.opts.DryRun || intent.Hash == t.Hash:
		return 0
	case t.rode:
		return r.plan.File.Run.BulkInDoubtWait
	}
	return r.plan.File.Run.InDoubtWait
}

// settleDoubt finds out whether an object is there whose create may have happened, once its quiet
// time is over; if it is not, the create is sent again. An update is sent again in any case.
func (r *stepRun) settleDoubt(ctx context.Context, t *task) (ending, error) {
	d := t.doubt
	switch {
	case r.step.Delivers():
		return r.settleDelivery(ctx, t)
	case d.id == "" && d.externalID == "":
		return inDoubt(t, r.unseeable()+"; look in Kustomer, then use kustsync resolve"), nil
	case ctx.Err() != nil:
		return r.pending(t, d.reason), nil
	case time.Now().Before(d.due):
		return ending{parked: true}, nil
	case d.id != "":
		return r.renew(ctx, t, d.id)
	case r.resends(t):
		return r.create(ctx, t)
	}
	found, ok, err := r.find(ctx, r.step.Spec.ExternalID, d.externalID)
	if err != nil {
		return r.unseen(t, err)
	}
	if ok {
		return r.adopt(ctx, t, found.ID, found.Status)
	}
	if end, err := r.believe(ctx, t); end != nil || err != nil {
		return valueOr(end, inDoubt(t, d.reason)), err
	}
	if t.tries > r.plan.File.Run.Retries {
		return inDoubt(t, fmt.Sprintf("%s, %d times over; the next run looks again", d.reason, t.tries)), nil
	}
	t.single = t.single || t.rode
	return r.create(ctx, t)
}

// unseeable says why a row in doubt cannot be looked up.
func (r *stepRun) unseeable() string {
	if r.step.Once() {
		return fmt.Sprintf("it may have happened, and nothing tells what %s has done", r.step.Spec.Name)
	}
	return "it carries no external id to look it up by"
}

// resends reports whether a create in doubt is sent again without a look-up: when the answer to a batch
// of objects was lost that Kustomer keeps unique. Those that are there are refused, and looked up then.
func (r *stepRun) resends(t *task) bool {
	return t.rode && !t.inJob && !t.doubt.patient && r.step.Spec.Documented() && r.batches != nil && t.tries <= r.plan.File.Run.Retries
}

// adopt takes the object that a request in doubt has made. Where the row has changed since, the
// object is brought up to date if the step says so.
func (r *stepRun) adopt(ctx context.Context, t *task, id string, status int) (ending, error) {
	end := loaded(t, ledger.Created, id, status)
	end.externalID, end.hash = t.doubt.externalID, t.doubt.hash
	if end.hash == t.Hash {
		return end, nil
	}
	if !r.step.Updates() {
		end.changed = true
		return end, nil
	}
	if end, err := r.settle(t, end); err != nil || end.outcome != ledger.Created {
		return end, err
	}
	t.doubt = nil
	return r.update(ctx, t, id)
}

// believe checks a miss: it counts only if the same look-up finds an object that the ledger knows as
// created, where it knows one. Nil: the miss is true.
func (r *stepRun) believe(ctx context.Context, t *task) (*ending, error) {
	known, err := r.controls(ctx, t.Key)
	if err != nil {
		end, err := r.unread(t, err)
		return &end, err
	}
	for _, sample := range known {
		found, ok, err := r.find(ctx, r.step.Spec.ExternalID, sample.ExternalID)
		if ok && found.ID == sample.KustomerID {
			return nil, nil
		}
		var failed *sinks.Error
		if ctx.Err() != nil || errors.As(err, &failed) && failed.Class == sinks.Fatal {
			end, err := r.unseen(t, err)
			return &end, err
		}
	}
	if len(known) == 0 {
		return r.awaitControl(t), nil
	}
	return new(r.disbelieve(t, known[0])), nil
}

// awaitControl lets a miss that nothing can be held against wait once more, for what the other rows of the
// step make meanwhile: the quiet time of a row that an earlier run left may be over when its step begins, and
// on a busy machine nothing may have been made while that of others went by. Then the scout is sent again, and the
// others wait for it. What a bulk job says to have carried out stays in doubt even then.
func (r *stepRun) awaitControl(t *task) *ending {
	switch told := t.rode && t.worked; {
	case r.opts.DryRun || r.quiet(t) == 0:
		return nil
	case !t.doubt.patient:
		t.doubt.patient = true
	case r.step.Spec.RefusesDuplicates(true), !told && r.scout.goes(t) && r.first.Load() == nil:
		return nil
	case told, r.scout.unclear.Load():
		return new(inDoubt(t, t.doubt.reason+"; no look-up has found an object of this step yet"))
	}
	t.doubt.due = time.Now().Add(r.plan.File.Run.InDoubtWait)
	return &ending{parked: true}
}

// controls are objects that were created, which a look-up must find: the one that this run has known
// longest, and the ledger's.
func (r *stepRun) controls(ctx context.Context, except string) ([]ledger.Entry, error) {
	var all []ledger.Entry
	if first := r.first.Load(); first != nil {
		all = append(all, *first)
	}
	entry, ok, err := r.read.Sample(ctx, r.step.Name(), except)
	if err != nil {
		return nil, err
	}
	if ok && (len(all) == 0 || all[0].Key != entry.Key) {
		all = append(all, entry)
	}
	return all, nil
}

// disbelieve leaves a row in doubt whose miss cannot be trusted: the look-up does not find what is
// there. A sample that is younger than the quiet time may just not show yet: it is waited for. One that an earlier
// run has made, by a clock that may have been wrong, is waited for once.
func (r *stepRun) disbelieve(t *task, sample ledger.Entry) ending {
	wait := min(time.Until(sample.UpdatedAt.Add(r.plan.File.Run.InDoubtWait)), r.plan.File.Run.InDoubtWait)
	if wait > 0 && (!t.doubt.patient || r.first.Load() != nil) {
		t.doubt.patient, t.doubt.due = true, time.Now().Add(wait)
		return ending{parked: true}
	}
	return inDoubt(t, fmt.Sprintf("the look-up does not find %s either, which was created before, so its answer is not believed; "+
		"check that the key may read, then run again", sample.KustomerID))
}
