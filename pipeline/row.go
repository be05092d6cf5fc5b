//go:build oldengine

package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// process takes a row to its ending. A non-nil error ends the run.
func (r *stepRun) process(ctx context.Context, t *task) (ending, error) {
	switch then := t.then; {
	case then != nil:
		t.then = nil
		return then(ctx)
	case t.doubt != nil:
		return r.settleDoubt(ctx, t)
	}
	if ctx.Err() != nil {
		return notAttempted(runEnded), nil
	}
	if t.blocked {
		return notAttempted("a row before it, with the same key or ordering key, could not be settled"), nil
	}
	if end, err := r.render(ctx, t); end != nil || err != nil {
		return valueOr(end, notAttempted(runEnded)), err
	}
	return r.decide(ctx, t)
}

// render applies the mapping to the row and fits the payload to the sink. Not nil: the row ends here.
func (r *stepRun) render(ctx context.Context, t *task) (*ending, error) {
	err := r.renderer.Fill(ctx, &t.Row)
	if err == nil {
		return nil, nil
	}
	var unread *render.UnreadError
	if errors.As(err, &unread) {
		end, err := r.unread(t, unread.Err)
		return &end, err
	}
	var unanswered *render.UnansweredError
	if errors.As(err, &unanswered) {
		end, err := r.unanswered(ctx, t, unanswered.Err)
		return &end, err
	}
	switch known, unread := r.recall(ctx, t, err); {
	case unread != nil:
		end, err := r.unread(t, unread)
		return &end, err
	case known:
		return nil, nil
	}
	end := r.keep(t, faulty(err))
	return &end, nil
}

// faulty ends a row whose templates or values are at fault; errors of ref say themselves what
// becomes of the row.
func faulty(err error) ending {
	field := ""
	if named, ok := errors.AsType[*render.FieldError](err); ok {
		field, err = named.Field, named.Err
	}
	var parent *render.ParentError
	if errors.As(err, &parent) {
		end := ending{outcome: parent.Outcome, stage: StageParent, message: parent.Error()}
		end.record = parent.Outcome == ledger.Rejected
		return end
	}
	end := rejected(StageMap, field, err.Error())
	var fit *sinks.FitError
	var template *mappings.Error
	var value *mappings.ValueError
	var refused *sinks.Error
	switch {
	case errors.As(err, &fit):
		end.field, end.value = fit.Field, fit.Value
	case errors.As(err, &template):
		if template.Field != "" {
			end.field = template.Field
		}
		end.message = fmt.Sprintf("%v (%v)", template, template.Pos)
	}
	if errors.As(err, &value) {
		end.value = value.Value
	}
	if errors.As(err, &refused) { // of a find
		end.status = refused.Status
	}
	return end
}

// keep keeps a rejection out of the ledger where it would hide what the ledger knows of the key: a
// request that may have happened, or what became of another row.
func (r *stepRun) keep(t *task, end ending) ending {
	_, begun := r.begun(t.Key)
	if begun || !t.owns && r.index.Get(t.Key).Has(index.Owned) {
		return end.unrecorded()
	}
	return end
}

// begun returns the request that was begun for a key and is not settled.
func (r *stepRun) begun(key string) (ledger.Intent, bool) {
	if r.read == nil {
		return ledger.Intent{}, false
	}
	return r.read.Begun(r.step.Name(), key)
}

// decide finds out what the row needs, and does it.
func (r *stepRun) decide(ctx context.Context, t *task) (ending, error) {
	known := r.index.Claim(t.Key, t.Hash, t.Place())
	if known.Has(index.Owned) {
		return r.secondRow(t, known), nil
	}
	t.owns = true
	if intent, ok := r.begun(t.Key); ok {
		return r.takeUp(ctx, t, intent)
	}
	if known.Has(index.Loaded) && known.Payload == index.Short(t.Hash) && (known.Has(index.HasFields) || !r.step.IsFinal(t.Content())) {
		return ending{outcome: ledger.Unchanged}, nil
	}
	if known.Has(index.HasEntry) && r.read != nil {
		entry, ok, err := r.read.Get(ctx, r.step.Name(), t.Key)
		if err != nil {
			return r.unread(t, err)
		}
		t.attempts = entry.Attempts
		if ok && entry.Loaded() {
			return r.again(ctx, t, entry)
		}
	}
	return r.fresh(ctx, t)
}

// unread ends a row of which the ledger could not be asked. The run ends with it, unless it was ending
// anyway.
func (r *stepRun) unread(t *task, err error) (ending, error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return r.pending(t, runEnded), nil
	}
	return r.pending(t, "the ledger could not be read"), fmt.Errorf("reading the ledger: %w", err)
}

// secondRow is a row whose key another row of this run speaks for.
func (r *stepRun) secondRow(t *task, known index.Mark) ending {
	first := r.index.Owner(known)
	if known.Payload == index.Short(t.Hash) || r.step.Config.OnDuplicate == config.First {
		return ending{outcome: ledger.Unchanged}
	}
	return rejected(StageLedger, "key", fmt.Sprintf(
		"the row at %s:%d has the same key and other content; correct one of the two, or set on_duplicate: first",
		first.Source, first.Line)).unrecorded()
}

// again is a row whose object was loaded before, perhaps with another content.
func (r *stepRun) again(ctx context.Context, t *task, entry ledger.Entry) (ending, error) {
	if entry.Hash == t.Hash && entry.Outcome == ledger.Rejected {
		end := loaded(t, ledger.Unchanged, entry.KustomerID, 0) // its rejection is over
		end.recordAs = ledger.Existed
		return end, nil
	}
	if entry.Hash == t.Hash {
		return r.asBefore(t, entry), nil
	}
	if !r.step.Updates() {
		return ending{outcome: ledger.Unchanged, changed: !render.HasLater(t.Payload())}, nil
	}
	if err := r.rememberFields(ctx, t, entry); err != nil {
		return r.unread(t, err)
	}
	return r.renew(ctx, t, entry.KustomerID)
}

// asBefore ends a row whose object has its content. Where the step finalizes what it made, the ledger learns
// its fields, which an earlier run had no reason to keep.
func (r *stepRun) asBefore(t *task, entry ledger.Entry) ending {
	if !r.step.IsFinal(t.Content()) || entry.Outcome == ledger.Existed {
		return ending{outcome: ledger.Unchanged}
	}
	end := loaded(t, ledger.Unchanged, entry.KustomerID, entry.HTTPStatus)
	end.recordAs, end.same = entry.Outcome, true
	return end
}

// rememberFields keeps what the ledger knows of an object that is to be brought up to date. It knows nothing
// of one that the row did not name before.
func (r *stepRun) rememberFields(ctx context.Context, t *task, entry ledger.Entry) error {
	if r.step.Changes() && r.step.TargetOf(t.Payload()) != entry.KustomerID {
		return nil
	}
	fields, err := r.read.Fields(ctx, r.step.Name(), t.Key)
	t.before = &before{entry.Outcome, fields}
	return err
}

// fresh is a row whose object no run has loaded.
func (r *stepRun) fresh(ctx context.Context, t *task) (ending, error) {
	if r.step.Delivers() {
		return r.deliver(ctx, t)
	}
	if r.opts.Survey {
		return r.surveyFresh(ctx, t)
	}
	switch {
	case r.step.Changes():
		return r.change(ctx, t)
	case r.opts.DryRun:
		return r.planned(ctx, t)
	case r.opts.Adopt && r.step.Once() && len(r.step.Match) == 0:
		return r.unadoptable(), nil
	}
	if r.step.Config.LookFirst || r.opts.Adopt {
		end, found, err := r.lookFirst(ctx, t)
		if found || err != nil {
			return end, err
		}
	}
	return r.create(ctx, t)
}
