//go:build oldengine

package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// request is what is to be sent for a row.
type request struct {
	op      sinks.Op
	id      string         // of the object to change
	payload map[string]any // nil: that of the row
	// then goes on with the row by what became of the request.
	then func(ctx context.Context, t *task, res sinks.Result, err error) (ending, error)
}

// create sends a row's object to be created.
func (r *stepRun) create(ctx context.Context, t *task) (ending, error) {
	return r.attempt(ctx, t, request{op: sinks.Create, payload: t.Fitted(), then: r.created})
}

// created goes on with a row whose object was sent to be created.
func (r *stepRun) created(ctx context.Context, t *task, res sinks.Result, err error) (ending, error) {
	if err == nil {
		return r.made(t, res), nil
	}
	var failed *sinks.Error
	if !errors.As(err, &failed) {
		return r.unsent(ctx, t, err)
	}
	switch {
	case failed.Class == sinks.Unknown:
		t.doubt = r.lost(t, failed)
		return r.settleDoubt(ctx, t)
	case failed.Class == sinks.Duplicate:
		return r.conflict(ctx, t, failed)
	case failed.Class.IsRefusal():
		return r.refusedCreate(t, failed), nil
	}
	return r.unsent(ctx, t, err)
}

// update sends a row's content to the object with that id.
func (r *stepRun) update(ctx context.Context, t *task, id string) (ending, error) {
	payload, err := r.step.Spec.Fit(sinks.Update, t.Payload())
	if err != nil {
		return r.keep(t, faulty(err)), nil
	}
	return r.revise(ctx, t, sinks.Update, id, payload)
}

// refusedUpdate ends a row whose update was refused. Where an earlier update of it may have
// happened, that one stays begun: what the object holds is known once an update is taken.
func (r *stepRun) refusedUpdate(t *task, failed *sinks.Error) ending {
	if t.open > 0 {
		return refused(failed).unrecorded()
	}
	return refused(failed)
}

// lost is the doubt about a create whose answer was lost.
func (r *stepRun) lost(t *task, failed *sinks.Error) *doubt {
	d := &doubt{
		due: time.Now().Add(r.quiet(t)), externalID: t.ExternalID,
		hash: t.Hash, status: failed.Status, reason: failed.Message,
	}
	if t.doubt != nil && t.doubt.hash != t.Hash {
		d.hash = ledger.Hash{} // of two contents: either may have come first
	}
	return d
}

// attempt sends one request, in a batch where it may travel in one. The row is away then, and no longer the
// caller's.
func (r *stepRun) attempt(ctx context.Context, t *task, q request) (ending, error) {
	t.rode, t.inJob, t.worked = false, false, false
	if len(t.Undoes) > 0 {
		if err := r.undo(t); err != nil {
			return q.then(ctx, t, sinks.Result{}, err)
		}
	}
	if r.batches.takes(t, q) {
		r.batches.board(ctx, t, q)
		return ending{away: true}, nil
	}
	res, err := r.sendAlone(ctx, t, q)
	return q.then(ctx, t, res, err)
}

// arrive goes on with a row that rode in a batch.
func (r *stepRun) arrive(ctx context.Context, w *ride, a arrival) (ending, error) {
	if a.void {
		r.relieve()
		a.err = r.withdraw(ctx, w.t, a.err)
	}
	if w.t.rode = !a.single || a.err != nil; !w.t.rode {
		a.res, a.err = r.sendAlone(ctx, w.t, w.request)
	}
	return w.then(ctx, w.t, a.res, a.err)
}

// sendAlone sends one request by itself: admitted by the gate, with a durable begun, and with at most
// Options.Workers others at once. The begun of a request that surely did not happen is taken back.
func (r *stepRun) sendAlone(ctx context.Context, t *task, q request) (sinks.Result, error) {
	r.relieve()
	giveBack, err := r.deps.Sink.Admit(ctx)
	if err != nil {
		return sinks.Result{}, err
	}
	if err := r.begin(ctx, t, q.id); err != nil {
		giveBack()
		return sinks.Result{}, err
	}
	if !r.occupy(ctx) {
		giveBack()
		return sinks.Result{}, r.withdraw(ctx, t, context.Cause(ctx))
	}
	defer r.vacate()
	t.tries++
	t.attempts++
	res, err := r.deps.Sink.Do(r.send, r.requestFor(t, q))
	return res, r.unlessLost(ctx, t, err)
}

// requestFor is what is asked of the sink. Where a stencil wrote the payload and the path takes nothing of it, its
// JSON is all that is needed.
func (r *stepRun) requestFor(t *task, q request) sinks.Request {
	req := sinks.Request{Spec: r.step.Spec, Op: q.op, ID: q.id, Payload: q.payload, Key: t.Key}
	switch {
	case r.step.Changes():
		req.ID = "" // the payload has it
	case q.op == sinks.Create:
		req.Body = t.Body
	}
	if q.payload == nil {
		req.ExternalID = t.ExternalID
		if !r.step.Encoder.Pathless() {
			req.Payload = t.Payload()
		}
	}
	return req
}

// unlessLost takes back the begun of a request that surely did not happen, and returns what became of it. The
// caller still has its place among the requests.
func (r *stepRun) unlessLost(ctx context.Context, t *task, err error) error {
	failed, ok := errors.AsType[*sinks.Error](err)
	if !ok || failed.Class == sinks.Unknown {
		return err
	}
	if failed.Class == sinks.Fatal {
		r.halt(err) // before the place is free for another request
	}
	return r.withdraw(ctx, t, err)
}

// begin records that a request for a row is about to be sent.
func (r *stepRun) begin(ctx context.Context, t *task, id string) error {
	return r.note(ctx, t, r.intent(t, id))
}

// note makes an intent durable.
func (r *stepRun) note(ctx context.Context, t *task, in ledger.Intent) error {
	err := r.deps.Ledger.Begin(ctx, in)
	if err == nil {
		t.open++
	}
	return err
}

// intent says what is about to be sent for a row.
func (r *stepRun) intent(t *task, id string) ledger.Intent {
	return ledger.Intent{
		Step: r.step.Name(), Key: t.Key, Object: r.step.Spec.Object, ExternalID: t.ExternalID,
		Hash: t.Hash, KustomerID: id, Place: t.Place(), Attempt: t.attempts + 1, RunID: r.opts.RunID, At: time.Now(),
	}
}

// withdraw takes back the begun of a request that surely did not happen, and returns why.
func (r *stepRun) withdraw(ctx context.Context, t *task, why error) error {
	if err := r.deps.Ledger.Withdraw(context.WithoutCancel(ctx), r.step.Name(), t.Key); err != nil {
		return err
	}
	t.open--
	return why
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
func (r *stepRun) unsent(ctx context.Context, t *task, err error) (ending, error) {
	var claimed *ledger.ClaimedError
	var failed *sinks.Error
	message := runEnded
	unreached := errors.As(err, &failed) && failed.Class == sinks.Unreached
	switch {
	case errors.As(err, &claimed):
		return r.keep(t, rejected(StageLedger, r.step.Spec.ExternalID, claimed.Error())), nil
	case t.doubt != nil:
		message = t.doubt.reason
	case unreached && ctx.Err() == nil:
		message = "it could not be sent: " + failed.Message
	}
	if unreached || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return r.pending(t, message), err
}

// loaded ends a row whose object Kustomer has.
func loaded(t *task, o ledger.Outcome, id string, status int) ending {
	return ending{outcome: o, id: id, status: status, hash: t.Hash, record: true}
}

// refused ends a row that Kustomer does not take.
func refused(failed *sinks.Error) ending {
	end := rejected(StageSend, failed.Field, failed.Error())
	end.status = failed.Status
	return end
}
