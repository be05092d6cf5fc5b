package pipeline

import (
	"context"
	"errors"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// lookups is what templates of the step's rows may ask for besides the row.
func (s *runningStep) lookups() render.Lookups {
	l := render.Lookups{Parent: s.parent}
	if s.mode.asks {
		l.Ask = s.ask
	}
	if s.mode.survey {
		l.MayAppear = func() bool { return s.othersPlanned(s.step.Name()) }
	}
	return l
}

// parent finds the id of an object that an earlier step, or an earlier run, loaded.
func (s *runningStep) parent(ctx context.Context, at render.Ref, skipped bool) (render.Object, error) {
	var entry ledger.Entry
	var known bool
	if s.reader != nil {
		var err error
		if entry, known, err = s.reader.Get(context.WithoutCancel(ctx), at.Step, at.Key); err != nil {
			return render.Object{}, &render.UnreadError{Err: err}
		}
		if entry.Loaded() {
			return s.loadedParent(at, entry), nil
		}
	}
	if id, ok := s.shared.Unknown.ID(at); ok {
		return render.Object{ID: id}, nil
	}
	if s.mode.willLoad(s.run, at, skipped) {
		return render.Object{}, nil
	}
	return render.Object{}, s.missing(at, entry, known)
}

// loadedParent is an object that the ledger knows, and what this run or an earlier one was told of it: that it is gone, or
// that another object stands for it.
func (s *runningStep) loadedParent(at render.Ref, entry ledger.Entry) render.Object {
	object := render.Object{ID: entry.KustomerID, CreatedIn: entry.CreatedIn, Gone: s.shared.Parents.Gone(at)}
	if s.shared.Parents.IsOther(at) {
		object.CreatedIn = s.opts.RunID
	}
	switch {
	case object.Gone != nil:
	case entry.Role == ledger.Alias:
		object.Gone = &decide.Parent{Step: at.Step, Key: at.Key, ID: entry.KustomerID, Alias: true}
	case entry.Gone:
		gone := decide.Gone{ID: entry.KustomerID}
		if mark, err := s.reader.KeyMark(context.Background(), at.Step, at.Key); mark != "" || err != nil {
			gone.Survivor = "another one" // an object that was deleted has no mark
		}
		if parent, ok := s.program.Step(at.Step); ok {
			object.Gone = drive.GoneParent(parent, at, gone)
		}
	}
	return object
}

// missing says why an object has no id.
func (s *runningStep) missing(at render.Ref, entry ledger.Entry, known bool) error {
	e := &render.ParentError{Ref: at, Outcome: ledger.Rejected}
	unsettled, rejected := s.isUnsettled(at), s.isRejected(at)
	inDoubt := false
	if s.reader != nil {
		_, inDoubt = s.reader.Begun(at.Step, at.Key)
	}
	switch {
	case unsettled || inDoubt:
		e.Outcome, e.Reason = ledger.NotAttempted, "is not settled yet"
	case rejected || known && entry.RunID == s.opts.RunID:
		e.Reason = "was rejected"
	case s.opts.partial():
		e.Outcome, e.Reason = ledger.NotAttempted, "was not read by this run"
	case known:
		e.Reason = "was rejected"
	default:
		e.Reason = "was never loaded; is its row in the source, and its step before this one?"
	}
	return e
}

// ask asks the sink, with at most so many requests at once as there are places.
func (s *runningStep) ask(ctx context.Context, q sinks.Question) (sinks.Answer, error) {
	sink, ok := s.deps.Sink.(sinks.Finder)
	if !ok {
		return sinks.Answer{}, errors.New("nothing can be found here")
	}
	if !s.shared.Places.Acquire(ctx) {
		return sinks.Answer{}, context.Cause(ctx)
	}
	defer s.shared.Places.Release()
	a, err := sink.Ask(ctx, q)
	if failed, ok := errors.AsType[*sinks.Error](err); ok && failed.Class == sinks.Fatal {
		s.drive.Halt(err) // before the place is free for another request
	}
	return a, err
}
