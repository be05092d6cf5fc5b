//go:build oldengine

package pipeline

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// deliveries counts the messages that a step delivers in one run, and holds them at max_deliveries. What was
// begun counts, also when Kustomer refuses it: then fewer are delivered than may be.
type deliveries struct {
	mu     sync.Mutex
	idle   *sync.Cond
	most   int
	begun  int
	flying int
}

func newDeliveries(most int) *deliveries {
	d := &deliveries{most: most}
	d.idle = sync.NewCond(&d.mu)
	return d
}

// take begins a delivery, or goes on with that of a row which began before. False: the run may begin no
// other. It then has waited for those under way, which the end of the run would cut off.
func (d *deliveries) take(ctx context.Context, t *task) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !t.counted {
		if d.begun >= d.most {
			waitCond(ctx, d.idle, func() bool { return d.flying == 0 })
			return false
		}
		d.begun++
		t.counted = true
	}
	d.flying++
	return true
}

func (d *deliveries) done() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flying--
	d.idle.Broadcast()
}

// withinLimit delivers a row, unless the run has delivered as much as it may: that ends the run.
func (r *stepRun) withinLimit(ctx context.Context, t *task, deliver func(context.Context, *task) (ending, error)) (ending, error) {
	if r.deliveries.take(ctx, t) {
		defer r.deliveries.done()
		return deliver(ctx, t)
	}
	if ctx.Err() != nil {
		return r.pending(t, runEnded), nil
	}
	return r.pending(t, runEnded), &StopError{
		Reason: StopDeliveries,
		Err:    fmt.Errorf("step %q has more to deliver than its max_deliveries of %d; no more was sent", r.step.Name(), r.deliveries.most),
		Hint:   "look at what was delivered; to go on, run the same command again, or raise max_deliveries",
	}
}

// mayDeliver rejects a row that must not be sent: to somebody outside recipient_allow, or at a time that has
// passed, which is that of an old message by mistake. Nil: it may be.
func (r *stepRun) mayDeliver(t *task) *ending {
	delivery := r.step.Spec.Delivery
	if r.opts.DryRun && render.HasLater(t.Payload()) {
		return nil // a run finds it out
	}
	if end := allowed(delivery, r.step.Config.RecipientAllow, t.Payload()); end != nil {
		return end
	}
	at, ok := t.Payload()[delivery.When].(string)
	if !ok {
		return nil
	}
	when, err := time.Parse(time.RFC3339, at)
	if err != nil || when.Before(r.opts.Start.Truncate(time.Millisecond)) {
		return new(rejected(StageMap, delivery.When, "the time to send it has passed, and it is not sent late; leave "+delivery.When+" out to send it at once"))
	}
	return nil
}

// allowed rejects a payload that would reach somebody whom no pattern names.
func allowed(d *sinks.Delivery, patterns []config.String, payload map[string]any) *ending {
	if len(patterns) == 0 {
		return nil
	}
	if len(d.Addresses(payload)) == 0 {
		return new(rejected(StageMap, "to", "recipient_allow cannot be checked: the message names its customer only, and no address; it is not sent"))
	}
	field, address, found := d.Outside(payload, func(address string) bool {
		return slices.ContainsFunc(patterns, func(p config.String) bool { return sinks.MatchAddress(p.Value, address) })
	})
	if !found {
		return nil
	}
	end := rejected(StageMap, field, "a recipient is outside recipient_allow; correct the row, or add a pattern for it")
	end.value = address
	return &end
}

// leaves is when a message is to leave: when its row says, or now.
func (r *stepRun) leaves(t *task) string {
	if at, ok := t.Payload()[r.step.Spec.Delivery.When].(string); ok {
		return at
	}
	return time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
}

// countPeople counts those whom a row is delivered to, with the lock held.
func (r *stepRun) countPeople(t *task) {
	name := r.step.Name()
	if _, ok := r.people[name]; !ok {
		r.people[name] = index.NewSet[string]()
	}
	for _, person := range r.step.Spec.Delivery.People(t.Payload()) {
		r.people[name].Add(person)
	}
	r.summary.step(name).Recipients = r.people[name].Len()
}
