//go:build oldengine

package pipeline

import (
	"context"
	"slices"
	"sync"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// A survey is a dry run that asks Kustomer, by GET alone, what each row would change. It goes the way of a
// run up to the point where that would send; what it finds out instead is here.

// surveyFresh judges a row whose object no run has loaded: is it in Kustomer all the same? Where an object
// that it refers to has still to be made it cannot be, and nobody is asked.
func (r *stepRun) surveyFresh(ctx context.Context, t *task) (ending, error) {
	end, err := r.planned(ctx, t)
	if err != nil || end.outcome != ledger.Planned {
		return end, err
	}
	switch {
	case r.step.Changes():
		return r.change(ctx, t)
	case r.step.Spec.Kind == sinks.Acts:
		end.action = ActSend
		return end, nil
	}
	looks := r.lookUps(t)
	if len(t.Placeholders) > 0 {
		end.asks = r.asksFirst(looks)
		return end, nil
	}
	found, bad, err := r.match(ctx, t, r.step.Match)
	switch {
	case bad != nil || err != nil:
		return valueOr(bad, end), err
	case found == nil:
		end.asks = r.asksFirst(looks)
		return end, nil
	}
	end, err = r.exists(ctx, t, *found)
	if end.outcome != ledger.Rejected {
		r.seen.put(render.Ref{Step: r.step.Name(), Key: t.Key}, found.ID)
	}
	end.unknown = true
	end.asks += looks
	if !r.looksFirst() && !end.sends && end.outcome != ledger.Planned {
		end.sends = true // the create that Kustomer refuses
	} else if !r.looksFirst() {
		end.asks++
	}
	return end, err
}

// looksFirst reports whether a run looks for objects before it creates them.
func (r *stepRun) looksFirst() bool { return r.step.Config.LookFirst || r.opts.Adopt }

// asksFirst is how many look-ups a run makes before it creates an object.
func (r *stepRun) asksFirst(looks int) int {
	if r.looksFirst() {
		return looks
	}
	return 0
}

// lookUps is how many look-ups it takes to find a row's object.
func (r *stepRun) lookUps(t *task) int {
	n := 0
	for _, by := range r.step.Match {
		if lookup, ok := r.step.Spec.Lookup(by); ok {
			n += len(lookup.Values(t.Payload()))
		}
	}
	return n
}

// surveyPart judges a row of whose content a part is to be sent to the object with that id.
func (r *stepRun) surveyPart(ctx context.Context, t *task, id string, p part) (ending, error) {
	body := p.payload
	if r.step.Changes() {
		route, _ := r.step.Spec.Route(sinks.Create, p.payload)
		if len(t.Placeholders) > 0 || !route.SetsFields() {
			return ending{outcome: ledger.Planned, action: ActSend, asks: r.readsBefore(p)}, nil
		}
		var err error
		if _, body, err = route.Fill(p.payload, ""); err != nil {
			return r.keep(t, faulty(err)), nil
		}
	}
	end, err := r.planned(ctx, t)
	if err != nil || end.outcome != ledger.Planned {
		return end, err
	}
	have, err := r.readObject(ctx, id)
	if err != nil {
		return r.unseen(t, err)
	}
	if p.looks(r.step) {
		end.asks++
		p.payload = body
		p.leaveFull(r.step, have)
		body = p.payload
	}
	changes, err := r.step.Spec.Differences(body, have)
	if err != nil {
		return r.keep(t, faulty(err)), nil
	}
	if r.reads(body) {
		end.asks++
	}
	end.id, end.action, end.changes = id, ActUpdate, changes
	if len(changes) == 0 {
		end.outcome, end.action, end.sends = ledger.Unchanged, ActUnchanged, p.news > 0
		end.message = "Kustomer has this content already, which the ledger does not know"
	}
	return end, nil
}

// surveyDoubt judges a row that an earlier run began and did not settle.
func (r *stepRun) surveyDoubt(ctx context.Context, t *task) (ending, error) {
	end, err := r.planned(ctx, t)
	if err == nil && end.outcome == ledger.Planned {
		end.action, end.message = ActInDoubt, "an earlier run ended before Kustomer's answer was recorded; the next run settles it first"
		if r.step.Once() {
			end.message = r.unseeable() + "; look in Kustomer, then use kustsync resolve"
		}
	}
	return end, err
}

// reads reports whether a run reads an object before it updates it: for the list that it adds to, or for
// what it must keep.
func (r *stepRun) reads(payload map[string]any) bool {
	lacks := func(name string) bool { _, mapped := payload[name]; return !mapped }
	return r.step.Spec.Append != nil || slices.ContainsFunc(r.step.Spec.Keep, lacks)
}

// readObject reads an object, with at most Options.Workers requests at once.
func (r *stepRun) readObject(ctx context.Context, id string) (map[string]any, error) {
	reader, ok := r.deps.Sink.(sinks.Reader)
	if !ok {
		return nil, &sinks.Error{Class: sinks.Fatal, Message: "this sink cannot show what an object holds"}
	}
	if !r.occupy(ctx) {
		return nil, context.Cause(ctx)
	}
	defer r.vacate()
	return reader.Read(ctx, r.step.Spec, id)
}

// mayComeTrue reports whether what a find misses in a survey could be there in the run, since steps before
// this one are to create objects.
func (r *stepRun) mayComeTrue() bool {
	if !r.opts.Survey {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, step := range r.summary.Steps {
		if step.Name != r.step.Name() && step.Of(ledger.Planned) > 0 {
			return true
		}
	}
	return false
}

// seen holds the ids of objects that a survey found in Kustomer and the ledger does not know, for the rows
// that refer to them.
type seen struct {
	parents map[string]bool // steps that others refer to

	mu  sync.Mutex
	ids map[render.Ref]string
}

func newSeen(p *program.Program) *seen {
	s := &seen{parents: map[string]bool{}, ids: map[render.Ref]string{}}
	for _, step := range p.Steps {
		for _, name := range step.Refs {
			s.parents[name] = true
		}
	}
	return s
}

func (s *seen) put(at render.Ref, id string) {
	if !s.parents[at.Step] {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[at] = id
}

// seenAs returns the id of an object that a survey found.
func (e *engine) seenAs(at render.Ref) (string, bool) {
	if e.seen == nil {
		return "", false
	}
	e.seen.mu.Lock()
	defer e.seen.mu.Unlock()
	id, ok := e.seen.ids[at]
	return id, ok
}
