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

// A message that is delivered takes two requests: one makes a draft, which reaches nobody, the other lets it
// go. What the ledger knows of a key decides how the next run goes on after a crash at any point, so that a
// key is never sent twice:
//
//	begun, no id          the draft may be there    after the quiet time its customer's drafts are listed: the one
//	                                                that is alike is taken; none: it is made anew; several, or no
//	                                                list: a person decides
//	begun, a draft's id   it is there, unsent       it is let go, if the row still says the same; else a new one is
//	the same, Ref "send"  it may have left          never sent again: a person says what became of it
//	created               it has left               unchanged, whatever the row says now
//
// Of a second draft that may be left over, unsent, the user is told. A send that surely did not happen is
// withdrawn, which leads back to the second line; one that Kustomer refuses rejects the row.

// sendRef is the Intent.Ref of a request that lets a draft go.
const sendRef = "send"

// deliver is a row whose message no run has delivered.
func (r *stepRun) deliver(ctx context.Context, t *task) (ending, error) {
	if end := r.mayDeliver(t); end != nil {
		return *end, nil
	}
	switch {
	case r.opts.DryRun:
		return ending{outcome: ledger.Planned, action: ActSend, asks: 1}, nil // the draft comes before it
	case r.opts.Adopt:
		return r.unadoptable(), nil
	}
	return r.withinLimit(ctx, t, r.makeDraft)
}

// makeDraft makes the draft of a row, and lets it go.
func (r *stepRun) makeDraft(ctx context.Context, t *task) (ending, error) {
	res, err := r.sendOnce(ctx, t, r.intent(t, ""), r.draftRequest(t))
	if err == nil {
		return r.keepDraft(ctx, t, res.ID)
	}
	var failed *sinks.Error
	switch {
	case !errors.As(err, &failed):
	case failed.Class == sinks.Unknown:
		t.doubt = &doubt{due: time.Now().Add(r.plan.File.Run.InDoubtWait), hash: t.Hash, status: failed.Status, reason: failed.Message}
		return r.settleDelivery(ctx, t)
	case failed.Class.IsRefusal(), failed.Class == sinks.Duplicate:
		return refused(failed), nil
	}
	return r.unsent(ctx, t, err)
}

// draftRequest asks for the draft of a row, and says nothing of when it is to leave.
func (r *stepRun) draftRequest(t *task) sinks.Request {
	return sinks.Request{Spec: r.step.Spec, Op: sinks.Create, Payload: r.step.Spec.Delivery.Draft(t.Payload()), Key: t.Key}
}

// keepDraft makes the id of a draft durable, and lets the draft go.
func (r *stepRun) keepDraft(ctx context.Context, t *task, id string) (ending, error) {
	if err := r.note(context.WithoutCancel(ctx), t, r.intent(t, id)); err != nil {
		return r.unsent(ctx, t, err)
	}
	return r.letGo(ctx, t, id)
}

// letGo sends a draft. A stop that comes before the request leaves it unsent.
func (r *stepRun) letGo(ctx context.Context, t *task, id string) (ending, error) {
	t.doubt = &doubt{reason: "its draft " + id + " is made and has not left; the next run sends it"}
	in := r.intent(t, id)
	in.Ref = sendRef
	req := sinks.Request{Spec: r.step.Spec, Op: sinks.Send, ID: id, Key: t.Key,
		Payload: r.step.Spec.Delivery.Order(t.Payload(), r.leaves(t))}
	res, err := r.sendOnce(ctx, t, in, req)
	if err == nil {
		return loaded(t, ledger.Created, id, res.Status), nil
	}
	var failed *sinks.Error
	switch {
	case !errors.As(err, &failed):
	case failed.Class == sinks.Unknown:
		t.doubt.status = failed.Status
		return mayHaveLeft(t, id, failed.Message), nil
	case failed.Class.IsRefusal(), failed.Class == sinks.Duplicate:
		end := refused(failed)
		end.message += "; nothing was delivered, and the draft " + id + " is left unsent: delete it in Kustomer"
		return end, nil
	}
	return r.unsent(ctx, t, err)
}

// mayHaveLeft leaves a row to a person, for good.
func mayHaveLeft(t *task, id, why string) ending {
	return inDoubt(t, fmt.Sprintf("the message may have left, and is not sent again: %s; look at the customer's timeline: if it is there, "+
		"use kustsync resolve with --as created:%s; if the draft is still there, delete it and use --as absent", why, id))
}

// sendOnce sends one request of a delivery. The begun comes last of all, when the request can leave at once: so a
// kill leaves no more rows in doubt than there are workers.
func (r *stepRun) sendOnce(ctx context.Context, t *task, in ledger.Intent, req sinks.Request) (sinks.Result, error) {
	giveBack, err := r.deps.Sink.Admit(ctx)
	if err != nil {
		return sinks.Result{}, err
	}
	if !r.occupy(ctx) {
		giveBack()
		return sinks.Result{}, context.Cause(ctx)
	}
	defer r.vacate()
	if err := r.note(ctx, t, in); err != nil {
		giveBack()
		return sinks.Result{}, err
	}
	t.tries++
	t.attempts++
	res, err := r.deps.Sink.Do(r.send, req)
	return res, r.unlessLost(ctx, t, err)
}

// takeUpDelivery goes on with a row where an earlier run stopped.
func (r *stepRun) takeUpDelivery(ctx context.Context, t *task, intent ledger.Intent) (ending, error) {
	t.open, t.attempts = 1, intent.Attempt
	t.doubt = &doubt{
		due: r.opts.Locked.Add(r.plan.File.Run.InDoubtWait), hash: intent.Hash,
		reason: "an earlier run ended before Kustomer's answer was recorded",
	}
	if intent.Ref == sendRef {
		return mayHaveLeft(t, intent.KustomerID, t.doubt.reason), nil
	}
	if end := r.mayDeliver(t); end != nil {
		return r.keep(t, *end), nil
	}
	switch {
	case r.opts.DryRun:
		return ending{outcome: ledger.Planned, action: ActInDoubt, asks: 1}, nil // the draft comes before it
	case intent.KustomerID == "":
		return r.settleDelivery(ctx, t)
	case intent.Hash != t.Hash:
		r.sayLeft(t, "the draft "+intent.KustomerID)
		return r.withinLimit(ctx, t, r.makeDraft)
	}
	return r.withinLimit(ctx, t, func(ctx context.Context, t *task) (ending, error) {
		return r.letGo(ctx, t, intent.KustomerID)
	})
}

// settleDelivery finds out what became of a draft whose making is in doubt, once its quiet time is over.
func (r *stepRun) settleDelivery(ctx context.Context, t *task) (ending, error) {
	switch {
	case ctx.Err() != nil:
		return inDoubt(t, t.doubt.reason), nil
	case time.Now().Before(t.doubt.due):
		return ending{parked: true}, nil
	case t.tries > r.plan.File.Run.Retries:
		return inDoubt(t, fmt.Sprintf("%s, %d times over; the next run looks again", t.doubt.reason, t.tries)), nil
	}
	drafts, err := r.unsentDrafts(ctx, t)
	switch {
	case err != nil:
		return r.unseen(t, err)
	case len(drafts) > 1:
		return inDoubt(t, fmt.Sprintf("nothing was delivered, and %d drafts with the same text lie with the customer, %s among them; "+
			"delete them in Kustomer, then use kustsync resolve with --as absent", len(drafts), drafts[0])), nil
	case len(drafts) == 1:
		return r.withinLimit(ctx, t, func(ctx context.Context, t *task) (ending, error) {
			return r.keepDraft(ctx, t, drafts[0])
		})
	}
	r.sayLeft(t, "a draft")
	return r.withinLimit(ctx, t, r.makeDraft)
}

// unsentDrafts are the drafts that an earlier request for the row may have made. Those that the ledger knows as
// another row's are none of them.
func (r *stepRun) unsentDrafts(ctx context.Context, t *task) ([]string, error) {
	outbox, ok := r.deps.Sink.(sinks.Outbox)
	if !ok {
		return nil, &sinks.Error{Class: sinks.Refused, Message: "its drafts cannot be listed"}
	}
	if !r.occupy(ctx) {
		return nil, context.Cause(ctx)
	}
	defer r.vacate()
	all, err := outbox.Unsent(ctx, r.draftRequest(t))
	if err != nil {
		return nil, err
	}
	others := map[string]bool{}
	for _, in := range r.read.Doubts() {
		others[in.KustomerID] = true
	}
	var own []string
	for _, id := range all {
		if !others[id] {
			own = append(own, id)
		}
	}
	return own, nil
}

// sayLeft tells of a draft that nobody will send.
func (r *stepRun) sayLeft(t *task, what string) {
	r.say(fmt.Sprintf("%s of %q may be left over, unsent: delete it in Kustomer", what, t.Key))
}
