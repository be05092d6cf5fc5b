//go:build oldengine

package pipeline

import (
	"context"
	"errors"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// newRenderer returns what renders the rows of the step. In a dry run nobody is asked, in a survey the sink is.
func (r *stepRun) newRenderer() *render.Renderer {
	l := render.Lookups{Parent: r.parentID}
	if !r.opts.DryRun || r.opts.Survey {
		l.Ask = r.ask
	}
	if r.opts.Survey {
		l.MayAppear = r.mayComeTrue
	}
	return r.rendering.Step(r.step, l)
}

// parentID finds the id of an object that an earlier step, or an earlier run, loaded. It reads the ledger even after a
// stop, for the rows that are finished then.
func (r *stepRun) parentID(_ context.Context, at render.Ref, skipped bool) (string, error) {
	if r.preview && skipped {
		return "", &render.ParentError{Ref: at}
	}
	var entry ledger.Entry
	var known bool
	if r.read != nil {
		var err error
		if entry, known, err = r.read.Get(r.send, at.Step, at.Key); err != nil {
			return "", &render.UnreadError{Err: err}
		}
		if entry.Loaded() {
			return entry.KustomerID, nil
		}
	}
	if id, ok := r.seenAs(at); ok {
		return id, nil
	}
	if r.opts.DryRun && r.plannedIn(at) && !r.isUnsettled(at) {
		return "", nil
	}
	return "", r.missing(at, entry, known)
}

// missing says why an object has no id.
func (r *stepRun) missing(at render.Ref, entry ledger.Entry, known bool) error {
	e := &render.ParentError{Ref: at, Outcome: ledger.Rejected}
	r.mu.Lock()
	unsettled, rejected := r.unsettled.Has(at), r.rejects.Has(at)
	r.mu.Unlock()
	inDoubt := false
	if r.read != nil {
		_, inDoubt = r.read.Begun(at.Step, at.Key)
	}
	switch {
	case unsettled || inDoubt:
		e.Outcome, e.Reason = ledger.NotAttempted, "is not settled yet"
	case rejected || known && entry.RunID == r.opts.RunID:
		e.Reason = "was rejected"
	case r.partial():
		e.Outcome, e.Reason = ledger.NotAttempted, "was not read by this run"
	case known:
		e.Reason = "was rejected"
	default:
		e.Reason = "was never loaded; is its row in the source, and its step before this one?"
	}
	return e
}

// isUnsettled reports whether this run came to the object's row and could not settle it.
func (e *engine) isUnsettled(at render.Ref) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.unsettled.Has(at)
}

// plannedIn reports whether this dry run would load the object.
func (e *engine) plannedIn(at render.Ref) bool {
	idx := e.indexes[at.Step]
	return e.preview || idx != nil && idx.Get(at.Key).Has(index.Owned)
}

// ask asks the sink, with at most Options.Workers requests at once.
func (r *stepRun) ask(ctx context.Context, q sinks.Question) (sinks.Answer, error) {
	sink, ok := r.deps.Sink.(sinks.Finder)
	if !ok {
		return sinks.Answer{}, errors.New("nothing can be found here")
	}
	if !r.occupy(ctx) {
		return sinks.Answer{}, context.Cause(ctx)
	}
	defer r.vacate()
	a, err := sink.Ask(ctx, q)
	var failed *sinks.Error
	if errors.As(err, &failed) && failed.Class == sinks.Fatal {
		r.halt(err) // before the place is free for another request
	}
	return a, err
}

// unanswered ends a row that a find left without an answer; the next run asks again. An error ends the run.
func (r *stepRun) unanswered(ctx context.Context, t *task, err error) (ending, error) {
	var failed *sinks.Error
	if !errors.As(err, &failed) {
		return r.pending(t, runEnded), nil
	}
	if failed.Class == sinks.Fatal {
		return r.pending(t, runEnded), err
	}
	if ctx.Err() != nil {
		return r.pending(t, runEnded), nil
	}
	return r.pending(t, "what it needs could not be found out: "+failed.Message), nil
}
