package drive

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// LimitError ends a run that has delivered as many messages of a step as it may.
type LimitError struct {
	Step string
	Max  int // the step's max_deliveries
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("step %q has more to deliver than its max_deliveries of %d; no more was sent", e.Step, e.Max)
}

// deliveries counts the messages that a step delivers in one run, and holds them at max_deliveries. What was
// begun counts, also when Kustomer refuses it: then fewer are delivered than may be.
type deliveries struct {
	mu       sync.Mutex
	idle     *sync.Cond
	max      int
	begun    int
	underWay int
}

func newDeliveries(most int) *deliveries {
	d := &deliveries{max: most}
	d.idle = sync.NewCond(&d.mu)
	return d
}

// take begins the delivery of a row, or goes on with it. False: the run may begin no other. It then has waited for
// those under way, which the end of the run would cut off.
func (d *deliveries) take(ctx context.Context, r *Row) bool {
	if r.delivering {
		return true
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !r.counted {
		if d.begun >= d.max {
			WaitCond(ctx, d.idle, func() bool { return d.underWay == 0 })
			return false
		}
		d.begun++
		r.counted = true
	}
	d.underWay++
	r.delivering = true
	return true
}

// release says that the row is not under way any more, if it was.
func (d *deliveries) release(r *Row) {
	if !r.delivering {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	r.delivering = false
	d.underWay--
	d.idle.Broadcast()
}

// WaitCond waits until over, or ctx is done. The caller holds the lock of the condition.
func WaitCond(ctx context.Context, change *sync.Cond, over func() bool) {
	stop := context.AfterFunc(ctx, func() {
		change.L.Lock()
		defer change.L.Unlock()
		change.Broadcast()
	})
	defer stop()
	for !over() && ctx.Err() == nil {
		change.Wait()
	}
}

// mayDeliver reports whether a row may be delivered, or its delivery go on. Not nil: the row ends, since the run has
// delivered as much as it may.
func (d Load) mayDeliver(ctx context.Context, r *Row) (*Ending, error) {
	if !d.Delivers() || d.deliveries.take(ctx, r) {
		return nil, nil
	}
	end := &Ending{Settlement: r.Facts.Pending(decide.RunEnded)}
	if ctx.Err() != nil {
		return end, nil
	}
	return end, &LimitError{d.Name(), d.deliveries.max}
}

// tellLeftover tells of a draft that nobody will send.
func (d Load) tellLeftover(r *Row, what string) {
	if what != "" {
		d.Info(fmt.Sprintf("%s of %q may be left over, unsent: delete it in Kustomer", what, r.Key))
	}
}

// sendDelivery sends one request of a delivery. The begun record comes last of all, when the request can leave at
// once: so a kill leaves no more rows in doubt than there are places.
func (d Load) sendDelivery(ctx context.Context, r *Row, n decide.Send) (sinks.Result, error) {
	in, req := d.intent(r, n.ID), d.draftRequest(r)
	if n.Op == sinks.Send {
		in.Ref = decide.SendRef
		req = sinks.Request{Spec: d.Spec, Op: sinks.Send, ID: n.ID, Key: r.Key,
			Payload: d.Spec.Delivery.SendPayload(r.Payload(), d.LeavesAt(r))}
	}
	release, err := d.Run.Sink.Admit(ctx)
	if err != nil {
		return sinks.Result{}, err
	}
	if !d.Run.Places.Acquire(ctx) {
		release()
		return sinks.Result{}, context.Cause(ctx)
	}
	defer d.Run.Places.Release()
	if err := d.note(ctx, r, in); err != nil {
		release()
		return sinks.Result{}, err
	}
	return d.do(ctx, r, req)
}

// draftRequest asks for the draft of a row, and says nothing of when it is to leave.
func (s *Step) draftRequest(r *Row) sinks.Request {
	return sinks.Request{Spec: s.Spec, Op: sinks.Create, Payload: s.Spec.Delivery.Draft(r.Payload()), Key: r.Key}
}

// keepDraft makes the id of a row's draft durable.
func (d Load) keepDraft(ctx context.Context, r *Row, id string) (*Ending, error) {
	if end, err := d.mayDeliver(ctx, r); end != nil {
		return end, err
	}
	if err := d.note(context.WithoutCancel(ctx), r, d.intent(r, id)); err != nil {
		return nil, d.learnAnswer(r, sinks.Result{}, err)
	}
	r.Facts.LearnDraftKept(id)
	return nil, nil
}

// findDrafts lists the drafts that an earlier request for the row may have made. Those that the ledger knows as
// another row's are none of them. An error ends the run.
func (d Load) findDrafts(ctx context.Context, r *Row) error {
	all, err := d.unsentDrafts(ctx, r)
	if err != nil {
		r.Facts.LearnLookupFailed(err)
		return fatal(err)
	}
	others := map[string]bool{}
	for _, in := range d.Run.Reader.Doubts() {
		others[in.KustomerID] = true
	}
	var own []string
	for _, id := range all {
		if !others[id] {
			own = append(own, id)
		}
	}
	r.Facts.LearnDrafts(own)
	return nil
}

// unsentDrafts asks the sink for drafts that are like the row's.
func (d Load) unsentDrafts(ctx context.Context, r *Row) ([]string, error) {
	outbox, ok := d.Run.Sink.(sinks.Outbox)
	if !ok {
		return nil, &sinks.Error{Class: sinks.Refused, Message: "its drafts cannot be listed"}
	}
	if !d.Run.Places.Acquire(ctx) {
		return nil, context.Cause(ctx)
	}
	defer d.Run.Places.Release()
	return outbox.Unsent(ctx, d.draftRequest(r))
}

// notAllowed rejects a row that must not be sent: to somebody outside recipient_allow, or at a time that has
// passed, which is that of an old message by mistake. Nil: it may be.
func (s *Step) notAllowed(r *Row) *decide.Settlement {
	delivery := s.Spec.Delivery
	if s.Run.Ledger == nil && render.HasLater(r.Payload()) {
		return nil // a run finds it out
	}
	if end := outsideAllowed(delivery, s.Config.RecipientAllow, r.Payload()); end != nil {
		return end
	}
	at, ok := r.Payload()[delivery.TimeField].(string)
	if !ok {
		return nil
	}
	when, err := time.Parse(time.RFC3339, at)
	if err != nil || when.Before(s.Run.Start.Truncate(time.Millisecond)) {
		return new(decide.Reject(decide.StageMap, delivery.TimeField,
			"the time to send it has passed, and it is not sent late; leave "+delivery.TimeField+" out to send it at once"))
	}
	return nil
}

// outsideAllowed rejects a payload that would reach somebody whom no pattern names.
func outsideAllowed(d *sinks.Delivery, patterns []config.String, payload map[string]any) *decide.Settlement {
	if len(patterns) == 0 {
		return nil
	}
	if len(d.Addresses(payload)) == 0 {
		return new(decide.Reject(decide.StageMap, "to",
			"recipient_allow cannot be checked: the message names its customer only, and no address; it is not sent"))
	}
	field, address, found := d.NotAllowed(payload, func(address string) bool {
		return slices.ContainsFunc(patterns, func(p config.String) bool { return sinks.MatchAddress(p.Value, address) })
	})
	if !found {
		return nil
	}
	end := decide.Reject(decide.StageMap, field, "a recipient is outside recipient_allow; correct the row, or add a pattern for it")
	end.Value = address
	return &end
}

// LeavesAt is when a message is to leave, as ISO 8601: when its row says, or now.
func (s *Step) LeavesAt(r *Row) string {
	if at, ok := r.Payload()[s.Spec.Delivery.TimeField].(string); ok {
		return at
	}
	return time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
}
