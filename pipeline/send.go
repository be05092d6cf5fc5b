package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// create sends a row's object to be created.
func (r *stepRun) create(ctx context.Context, t *task) (ending, error) {
	res, err := r.attempt(ctx, t, sinks.Create, "", t.payload)
	if err == nil {
		return loaded(t, ledger.Created, res.ID, res.Status), nil
	}
	var failed *sinks.Error
	if !errors.As(err, &failed) {
		return r.unsent(t, err)
	}
	switch failed.Class {
	case sinks.Unknown:
		t.doubt = &doubt{
			due: time.Now().Add(r.quiet(t)), externalID: t.externalID,
			hash: t.hash, status: failed.Status, reason: failed.Message,
		}
		return r.settleDoubt(ctx, t)
	case sinks.Conflict:
		return r.conflict(ctx, t, failed)
	}
	return r.unsent(t, err)
}

// update sends a row's content to the object with that id. An update whose outcome is unknown is
// sent again: the same content twice is the same object.
func (r *stepRun) update(ctx context.Context, t *task, id string) (ending, error) {
	if r.opts.DryRun {
		return ending{outcome: ledger.Planned}, nil
	}
	payload, err := r.step.Spec.Fit(sinks.Update, t.payload)
	if err != nil {
		return faulty("", err), nil
	}
	for {
		res, err := r.attempt(ctx, t, sinks.Update, id, payload)
		if err == nil {
			return loaded(t, ledger.Updated, id, res.Status), nil
		}
		var failed *sinks.Error
		if !errors.As(err, &failed) {
			return r.unsent(t, err)
		}
		switch {
		case failed.Class == sinks.Conflict:
			return refused(failed), nil
		case failed.Class != sinks.Unknown:
			return r.unsent(t, err)
		case t.tries > r.plan.File.Run.Retries || !sleep(ctx, jitter(t.tries)):
			t.doubt = &doubt{status: failed.Status}
			return inDoubt(t, "the update may have happened: "+failed.Message+"; the next run sends it again"), nil
		}
	}
}

// errNotSent wraps the reason why a request never left.
type errNotSent struct{ err error }

func (e errNotSent) Error() string { return e.err.Error() }
func (e errNotSent) Unwrap() error { return e.err }

// attempt sends one request: admitted by the gate, with a durable begun, and with at most
// Options.Workers others at once.
func (r *stepRun) attempt(ctx context.Context, t *task, op sinks.Op, id string, payload map[string]any) (sinks.Result, error) {
	giveBack, err := r.deps.Sink.Admit(ctx)
	if err != nil {
		return sinks.Result{}, errNotSent{err}
	}
	intent := ledger.Intent{
		Step: r.step.Name(), Key: t.key, Object: r.step.Spec.Object, ExternalID: t.externalID,
		Hash: t.hash, KustomerID: id, Place: t.place(), Attempt: t.attempts + 1, RunID: r.opts.RunID, At: time.Now(),
	}
	if err := r.deps.Ledger.Begin(ctx, intent); err != nil {
		giveBack()
		return sinks.Result{}, errNotSent{err}
	}
	if !r.occupy(ctx) {
		giveBack()
		return sinks.Result{}, r.withdraw(ctx, t, context.Cause(ctx))
	}
	defer r.vacate()
	t.tries++
	t.attempts++
	res, err := r.deps.Sink.Do(r.send, sinks.Request{Spec: r.step.Spec, Op: op, ID: id, Payload: payload, Key: t.key})
	var failed *sinks.Error
	if !errors.As(err, &failed) {
		return res, err
	}
	switch failed.Class {
	case sinks.Fatal:
		r.halt(err) // before the place is free for another request
		return res, r.withdraw(ctx, t, err)
	case sinks.Unreached:
		return res, r.withdraw(ctx, t, err)
	}
	return res, err
}

// withdraw takes back the begun of a request that surely did not happen.
func (r *stepRun) withdraw(ctx context.Context, t *task, cause error) error {
	if err := r.deps.Ledger.Withdraw(context.WithoutCancel(ctx), r.step.Name(), t.key); err != nil {
		return errNotSent{err}
	}
	return errNotSent{cause}
}

// occupy takes one of the places for HTTP requests; false when ctx is done first.
func (r *stepRun) occupy(ctx context.Context) bool {
	select {
	case r.workers <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	if ctx.Err() != nil {
		r.vacate()
		return false
	}
	return true
}

func (r *stepRun) vacate() { <-r.workers }

// unsent ends a row whose request did not succeed and surely did not happen. A non-nil error ends
// the run.
func (r *stepRun) unsent(t *task, err error) (ending, error) {
	var claimed *ledger.ClaimedError
	var failed *sinks.Error
	switch {
	case errors.As(err, &claimed):
		return rejected(StageLedger, externalIDField, claimed.Error()).unrecorded(), nil
	case errors.As(err, &failed) && failed.Class == sinks.Refused:
		return refused(failed), nil
	}
	end := notAttempted(runEnded)
	if t.doubt != nil {
		end = inDoubt(t, t.doubt.reason)
	}
	if errors.As(err, &failed) && failed.Class == sinks.Unreached || errors.Is(err, context.Canceled) {
		return end, nil
	}
	return end, err
}

// loaded ends a row whose object Kustomer has.
func loaded(t *task, o ledger.Outcome, id string, status int) ending {
	return ending{outcome: o, id: id, status: status, hash: t.hash, record: true}
}

// refused ends a row that Kustomer does not take.
func refused(failed *sinks.Error) ending {
	end := rejected(StageSend, failed.Field, failed.Error())
	end.status = failed.Status
	return end
}

// conflict is a create that was refused, perhaps because the object exists.
func (r *stepRun) conflict(ctx context.Context, t *task, failed *sinks.Error) (ending, error) {
	found, end, err := r.match(ctx, t, r.step.Match)
	if end != nil || err != nil {
		return valueOr(end, refused(failed)), err
	}
	if found == nil {
		return refused(failed), nil
	}
	return r.exists(ctx, t, *found)
}

// lookFirst looks for the object before it is created. False: it is not there.
func (r *stepRun) lookFirst(ctx context.Context, t *task) (ending, bool, error) {
	by := r.step.Match
	if r.opts.Adopt {
		by = []string{externalIDField}
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

// exists is a row whose object Kustomer already has.
func (r *stepRun) exists(ctx context.Context, t *task, found sinks.Found) (ending, error) {
	if t.doubt != nil && found.ExternalID == t.doubt.externalID {
		return loaded(t, ledger.Created, found.ID, found.Status), nil
	}
	switch r.step.Config.IfExists {
	case config.Update:
		if r.step.Spec.Update != nil {
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
