//go:build oldengine

package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// noID stands in the ledger for the id of something that was done and has none.
const noID = "-"

// change sends a row's content to the object that it names.
func (r *stepRun) change(ctx context.Context, t *task) (ending, error) {
	return r.revise(ctx, t, sinks.Create, r.step.TargetOf(t.Payload()), t.Payload())
}

// renew sends a row's content to an object that is there; id is that of the object where the row does not
// name it itself.
func (r *stepRun) renew(ctx context.Context, t *task, id string) (ending, error) {
	if r.step.Changes() {
		return r.change(ctx, t)
	}
	return r.update(ctx, t, id)
}

// write changes an object. What may have happened is sent again: the same content twice is the same
// object. Another content waits until it cannot be overtaken any more.
func (r *stepRun) write(ctx context.Context, t *task, op sinks.Op, id string, payload map[string]any) (ending, error) {
	if due, wait := r.late.due(id, r.own(t)); wait {
		t.doubt = &doubt{due: due, id: id, hash: t.Hash, reason: "it waits for another change of the same object that may be on its way"}
		return ending{parked: true}, nil
	}
	return r.rewrite(ctx, t, request{op: op, id: id, payload: payload}, t.open > 0)
}

// rewrite sends a change; unsure: the same was sent before, and may have happened.
func (r *stepRun) rewrite(ctx context.Context, t *task, q request, unsure bool) (ending, error) {
	q.then = func(ctx context.Context, t *task, res sinks.Result, err error) (ending, error) {
		return r.wrote(ctx, t, q, unsure, res, err)
	}
	return r.attempt(ctx, t, q)
}

// wrote goes on with a row whose change was sent.
func (r *stepRun) wrote(ctx context.Context, t *task, q request, unsure bool, res sinks.Result, err error) (ending, error) {
	if err == nil {
		return written(t, q.id, res), nil
	}
	var failed *sinks.Error
	switch {
	case !errors.As(err, &failed):
		return r.unsent(ctx, t, err)
	case t.rode && (t.worked || failed.Class == sinks.Duplicate):
		t.single = true // the answer to it alone says more than the job
		return r.rewrite(ctx, t, q, true)
	case unsure && isGone(r.step, failed):
		return loaded(t, ledger.Existed, q.id, failed.Status), nil
	case failed.Class.IsRefusal(), failed.Class == sinks.Duplicate:
		return r.refusedUpdate(t, failed), nil
	case failed.Class != sinks.Unknown:
		return r.unsent(ctx, t, err)
	}
	r.late.note(q.id, r.own(t), time.Now().Add(r.lateBy(t)))
	t.doubt = &doubt{
		due: time.Now().Add(jitter(t.tries)), id: q.id, hash: t.Hash, status: failed.Status,
		reason: "the update may have happened: " + failed.Message + "; the next run sends it again",
	}
	if t.tries > r.plan.File.Run.Retries {
		return inDoubt(t, t.doubt.reason), nil
	}
	t.then = func(ctx context.Context) (ending, error) {
		if ctx.Err() != nil {
			return inDoubt(t, t.doubt.reason), nil
		}
		return r.rewrite(ctx, t, q, true)
	}
	return ending{parked: true}, nil
}

// written ends a row whose content an object has.
func written(t *task, id string, res sinks.Result) ending {
	outcome := ledger.Updated
	if res.Same {
		outcome = ledger.Existed
	}
	return loaded(t, outcome, cmp.Or(res.ID, id), res.Status)
}

// made ends a row whose create, or act, has happened.
func (r *stepRun) made(t *task, res sinks.Result) ending {
	outcome, id := ledger.Created, res.ID
	if r.step.Spec.Kind == sinks.Acts {
		id = cmp.Or(id, r.step.TargetOf(t.Payload()), noID)
		if route, ok := r.step.Spec.Route(sinks.Create, t.Payload()); ok && !route.Adds() {
			outcome = ledger.Updated
		}
	}
	if res.Same {
		outcome = ledger.Existed
	}
	return loaded(t, outcome, id, res.Status)
}

// unadoptable ends a row of which nobody can say whether a run before the ledger was lost sent it.
func (r *stepRun) unadoptable() ending {
	return notAttempted(fmt.Sprintf("--adopt cannot look up what %s does, and it must not happen twice; "+
		"run without --adopt once you are sure that Kustomer does not have it", r.step.Spec.Name))
}
