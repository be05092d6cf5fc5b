package drive

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
)

// send sends one request by itself, unless err says why it cannot be, and learns what became of it. An error ends
// the run.
func (d Load) send(ctx context.Context, r *Row, n decide.Send, err error) error {
	var res sinks.Result
	switch {
	case err != nil:
	case d.Delivers():
		res, err = d.sendDelivery(ctx, r, n)
	default:
		res, err = d.sendAlone(ctx, r, n)
	}
	return d.learnAnswer(r, res, err)
}

// sendAlone sends one request by itself: admitted by the gate, with a durable begun record, and with at most
// so many others at once as there are places. The begun record of a request that surely did not happen is taken back.
func (d Load) sendAlone(ctx context.Context, r *Row, n decide.Send) (sinks.Result, error) {
	d.Grow()
	if !d.Run.Begun.Acquire(ctx) {
		return sinks.Result{}, context.Cause(ctx)
	}
	defer d.Run.Begun.Release()
	release, err := d.Run.Sink.Admit(ctx)
	if err != nil {
		return sinks.Result{}, err
	}
	if err := d.note(ctx, r, d.intent(r, n.ID)); err != nil {
		release()
		return sinks.Result{}, err
	}
	if !d.Run.Places.Acquire(ctx) {
		release()
		return sinks.Result{}, d.withdraw(ctx, r, context.Cause(ctx))
	}
	defer d.Run.Places.Release()
	return d.do(ctx, r, d.requestFor(r, n))
}

// do sends a request that is begun. The caller has one of the places for requests.
func (d Load) do(ctx context.Context, r *Row, req sinks.Request) (sinks.Result, error) {
	r.Facts.Tries++
	r.Facts.Attempts++
	res, err := d.Run.Sink.Do(d.Sending, req)
	failed, ok := errors.AsType[*sinks.Error](err)
	if !ok || failed.Class == sinks.Unknown {
		return res, err
	}
	if failed.Class == sinks.Fatal {
		d.Halt(err) // before the place is free for another request
	}
	return res, d.withdraw(ctx, r, err)
}

// requestFor is what is asked of the sink. Where the encoder wrote the payload and the path takes nothing of it, its
// JSON is all that is needed.
func (d Load) requestFor(r *Row, n decide.Send) sinks.Request {
	req := sinks.Request{Spec: d.Spec, Op: n.Op, ID: n.ID, Key: r.Key, Payload: d.payloadOf(r, n.Op)}
	switch {
	case d.Changes():
		req.ID = "" // the payload has it
	case n.Op == sinks.Create:
		req.Body = r.Body
	}
	if req.Payload == nil {
		req.ExternalID = r.ExternalID
		if !d.Encoder.Pathless() {
			req.Payload = r.Payload()
		}
	}
	return req
}

// payloadOf is what a request carries; nil where the row's JSON is all that there is.
func (d Load) payloadOf(r *Row, op sinks.Op) map[string]any {
	if op == sinks.Update || d.Changes() {
		return r.update
	}
	return r.Fitted()
}

// intoBatch adds a request to a batch where it may share one. True: the row is Batched then, and no longer the caller's.
func (d Load) intoBatch(ctx context.Context, r *Row, n decide.Send) bool {
	if d.Batches == nil || r.Facts.Alone || d.Delivers() || !d.Batches.Takes(r.Bytes) {
		return false
	}
	payload, op := d.payloadOf(r, n.Op), d.BulkOp(n.Op)
	if !d.carries(r, payload, batch.Needs(d.Spec, op)) {
		return false
	}
	r.batched = &batched{Item: batch.Item{Op: op, ID: n.ID, Payload: payload, Body: r.Body, Bytes: r.Bytes, Owner: r}}
	d.Batches.Add(ctx, &r.batched.Item)
	return true
}

// FitsBatch reports whether a request of a row that was only rendered could share a batch of the step.
func (s *Step) FitsBatch(r *Row, op sinks.Op) bool {
	limits := s.Spec.Batch
	return r.Bytes+limits.ItemOverhead <= limits.MaxBytes && s.carries(r, r.Fitted(), batch.Needs(s.Spec, op))
}

// carries reports whether a payload has those fields. One of nil is what the encoder wrote of the row.
func (s *Step) carries(r *Row, payload map[string]any, fields []string) bool {
	if payload == nil {
		return r.Members.Has(s.Encoder.Members(slices.Values(fields)))
	}
	return !slices.ContainsFunc(fields, func(name string) bool { _, ok := payload[name]; return !ok })
}

// learnResult learns what became of the row's item in a batch, where it had one.
func (d Load) learnResult(r *Row) error {
	if r.batched == nil {
		return nil
	}
	f, attempts, result := &r.Facts, r.batched.Attempts, r.batched.result
	r.batched = nil
	f.Tries += attempts
	f.Attempts += attempts
	if result.Alone {
		f.LearnAttempt(decide.Attempt{Op: f.Attempt.Op, Answer: decide.GivenBack}, 0)
		return nil
	}
	f.InBatch, f.InJob, f.JobDone = true, result.InJob, result.JobDone
	f.Now = time.Now()
	return d.learnAnswer(r, result.Result, result.Err)
}

// learnAnswer learns what became of the row's last request. An error ends the run.
func (d Load) learnAnswer(r *Row, res sinks.Result, err error) error {
	f := &r.Facts
	a := decide.Attempt{Op: f.Attempt.Op, ID: res.ID, Status: res.Status, Same: res.Unchanged}
	var stop error
	if a.Answer, a.Error, stop = answerOf(err); a.Answer == decide.Claimed {
		stop = d.learnClaimed(r, &a, err)
	}
	if a.Error != nil {
		a.Status = a.Error.Status
	}
	if a.Answer == decide.Applied && d.Spec.Kind == sinks.Acts {
		route, ok := d.Spec.Route(sinks.Create, r.Payload())
		a.Changed = ok && !route.Adds()
	}
	f.Now = time.Now()
	f.LearnAttempt(a, backoff(f.Tries))
	if a.Answer == decide.Lost && f.Doubt.ID != "" && !d.Delivers() {
		d.Run.Late.Note(f.Doubt.ID, d.objectOf(r), f.Now.Add(d.arrivesWithin(f)))
	}
	return stop
}

// learnClaimed says whose external id a row wanted. One of another step with the same key is the same object. An error
// ends the run.
func (d Load) learnClaimed(r *Row, a *decide.Attempt, err error) error {
	claimed, _ := errors.AsType[*ledger.ClaimedError](err)
	if a.Message = err.Error(); claimed.Key != r.Key || claimed.Step == d.Name() {
		return nil
	}
	entry, _, err := d.Run.Reader.Get(context.Background(), claimed.Step, claimed.Key)
	if err != nil {
		return fmt.Errorf("reading the ledger: %w", err)
	}
	a.Answer, a.ID = decide.Shared, entry.KustomerID
	a.Message = fmt.Sprintf("step %s has the same key and has not settled it yet; the next run goes on", claimed.Step)
	return nil
}

// answerOf says in the words of package decide what became of a request, and returns an error that ends the run.
func answerOf(err error) (answer decide.Answer, failed *sinks.Error, stop error) {
	if err == nil {
		return decide.Applied, nil, nil
	}
	if claimed, ok := errors.AsType[*ledger.ClaimedError](err); ok {
		_ = claimed
		return decide.Claimed, nil, nil
	}
	failed, ok := errors.AsType[*sinks.Error](err)
	if !ok {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			err = nil
		}
		return decide.NotSent, nil, err
	}
	switch {
	case failed.Class == sinks.Unknown:
		return decide.Lost, failed, nil
	case failed.Class == sinks.Duplicate:
		return decide.Duplicate, failed, nil
	case failed.Class == sinks.Missing, failed.Class == sinks.Deleted:
		return decide.Missing, failed, nil
	case failed.Class.IsRefusal():
		return decide.Refused, failed, nil
	case failed.Class == sinks.Unreached:
		return decide.Unreached, failed, nil
	}
	return decide.NotSent, failed, err
}

// arrivesWithin is how long after its answer was lost a change may still be carried out.
func (s *Step) arrivesWithin(f *decide.Facts) time.Duration {
	if f.InBatch {
		return s.Run.Rules.BulkInDoubtWait
	}
	return s.Run.Rules.InDoubtWait
}

// note makes durable that a request is about to be sent.
func (s *Step) note(ctx context.Context, r *Row, in ledger.Intent) error {
	err := s.Run.Ledger.Begin(ctx, in)
	if err == nil {
		r.Facts.Open++
	}
	return err
}

// intent says what is about to be sent for a row; id is that of the object to change, or of the draft to send.
func (s *Step) intent(r *Row, id string) ledger.Intent {
	return ledger.Intent{
		Step: s.Name(), Key: r.Key, Object: s.Spec.Object, ExternalID: r.ExternalID,
		Hash: r.Hash, KustomerID: id, Place: r.Place(), Attempt: r.Facts.Attempts + 1, RunID: s.Run.ID, At: time.Now(),
	}
}

// withdraw takes back the begun record of a request that surely did not happen, and returns why it did not.
func (s *Step) withdraw(ctx context.Context, r *Row, why error) error {
	if err := s.Run.Ledger.Withdraw(context.WithoutCancel(ctx), s.Name(), r.Key); err != nil {
		return err
	}
	r.Facts.Open--
	return why
}

// Waits between attempts: full jitter, doubling from half a second to twenty (reliability.md 2.6).
const (
	firstBackoff = 500 * time.Millisecond
	lastBackoff  = 20 * time.Second
)

// backoff is how long to wait after the n-th attempt.
func backoff(n int) time.Duration {
	limit := min(firstBackoff<<min(max(n-1, 0), 10), lastBackoff)
	return rand.N(limit)
}
