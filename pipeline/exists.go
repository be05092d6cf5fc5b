//go:build oldengine

package pipeline

import (
	"context"
	"fmt"
	"time"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// conflict is a create that was refused, perhaps because the object exists.
func (r *stepRun) conflict(ctx context.Context, t *task, failed *sinks.Error) (ending, error) {
	found, end, err := r.match(ctx, t, r.step.Match)
	switch {
	case end != nil || err != nil:
		return valueOr(end, refused(failed)), err
	case found != nil:
		return r.exists(ctx, t, *found)
	case t.rode && r.twinsWith(t): // the job may be wrong, and the object not show yet
		t.doubt = r.lost(t, failed)
		t.rode, t.single = false, true // it waits no longer than others, and then goes by itself
		return r.settleDoubt(ctx, t)
	case t.rode:
		t.single = true // the answer to it alone says more than the job, which may have failed for its own reasons
		return r.create(ctx, t)
	}
	return r.refusedCreate(t, failed), nil
}

// twinsWith reports whether a row whose create a job calls failed would make a second object if the job is
// wrong: it stays begun, and is looked up after a quiet time, before it is sent again.
func (r *stepRun) twinsWith(t *task) bool {
	return !r.step.Spec.RefusesDuplicates(true) && t.ExternalID != ""
}

// refusedCreate ends a row whose create was refused. A row that was in doubt without a quiet time is
// looked up once more after one: its object may be there, and not show yet.
func (r *stepRun) refusedCreate(t *task, failed *sinks.Error) ending {
	if t.doubt == nil || t.doubt.patient || !r.step.Spec.Unique {
		return refused(failed)
	}
	t.doubt.patient, t.doubt.due = true, time.Now().Add(r.plan.File.Run.InDoubtWait)
	return ending{parked: true}
}

// lookFirst looks for the object before it is created. False: it is not there.
func (r *stepRun) lookFirst(ctx context.Context, t *task) (ending, bool, error) {
	by := r.step.Match
	if r.opts.Adopt {
		by = r.adoptBy()
	}
	found, end, err := r.match(ctx, t, by)
	if end != nil || err != nil {
		return valueOr(end, ending{}), true, err
	}
	if found == nil {
		return ending{}, false, nil
	}
	if r.opts.Adopt {
		return loaded(t, ledger.Existed, found.ID, found.Status), true, nil
	}
	out, err := r.exists(ctx, t, *found)
	return out, true, err
}

// adoptBy are the look-ups of --adopt: the external id, which is the row's alone, where there is one.
func (r *stepRun) adoptBy() []string {
	if r.step.Once() {
		return r.step.Match
	}
	return []string{r.step.Spec.ExternalID}
}

// exists is a row whose object Kustomer already has.
func (r *stepRun) exists(ctx context.Context, t *task, found sinks.Found) (ending, error) {
	if t.doubt != nil && found.ExternalID == t.doubt.externalID {
		return r.adopt(ctx, t, found.ID, found.Status)
	}
	switch r.step.Config.IfExists {
	case config.Update:
		if r.step.Updates() {
			return r.update(ctx, t, found.ID)
		}
	case config.Fail:
		end := rejected(StageSend, "", fmt.Sprintf("Kustomer already has it as %s, and the step says if_exists: fail", found.ID))
		end.status = found.Status
		return end, nil
	}
	return loaded(t, ledger.Existed, found.ID, found.Status), nil
}

func valueOr(end *ending, other ending) ending {
	if end != nil {
		return *end
	}
	return other
}
