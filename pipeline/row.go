package pipeline

import (
	"cmp"
	"context"
	"errors"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/drive"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// row is one row on its way through a step.
type row struct {
	drive.Row
	driven bool // it was rendered, and the driver has it

	// In lanes.
	lanes   []lane
	few     [2]lane // room for lanes
	next    []*row  // rows that wait for this one
	behind  int     // rows that this one waits for
	blocked bool    // a row before it could not be settled
}

// newRow returns a row of the step that nothing is known of yet.
func (s *runningStep) newRow(v render.View) *row {
	r := &row{}
	r.View, r.Owner = v, r
	if s.mode.shows {
		r.Placeholders = render.Placeholders{}
	}
	return r
}

// readRows starts every row of the source, in order. A full window holds it back. A source that cannot be read
// further ends the step once the rows before are settled.
func (s *runningStep) readRows(ctx context.Context) error {
	number := 0
	for read, err := range s.step.Source.Rows(ctx) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			s.sourceErr = sourceStop(s.step.Source.Name, number, err)
			break
		}
		if number++; s.opts.Limit > 0 && number > s.opts.Limit {
			break
		}
		s.rows = number
		for v := range render.Views(s.step.Config.Each.Value, read, number) {
			if err := s.start(ctx, v); err != nil {
				return err
			}
		}
	}
	if n := s.waiting.len(); n > 0 {
		s.tellWaiting(s.step.Name(), n)
	}
	return context.Cause(ctx)
}

// start puts one row under way.
func (s *runningStep) start(ctx context.Context, v render.View) error {
	s.waiting.waitForRoom(ctx)
	s.drive.Batches.WaitForRoom(ctx)
	r := s.newRow(v)
	s.workers.rows.Add(1)
	end, err := s.identify(ctx, r)
	s.gone.saw(r.Key)
	if end != nil {
		s.end(r, end)
		return cmp.Or(err, s.overBudget())
	}
	if s.lanes.enter(ctx, r) {
		s.workers.ready <- r
	}
	return nil
}

// identify finds a row's key and its lanes. Not nil: the row ends here. An error ends the run.
func (s *runningStep) identify(ctx context.Context, r *row) (*drive.Ending, error) {
	skip, err := s.renderer.Name(&r.Row.Row)
	switch {
	case err != nil:
		return ended(faultyName(err)), nil
	case skip:
		return ended(decide.Settlement{Outcome: ledger.Skipped}), nil
	}
	r.Facts.OtherCounts = s.otherCounts(r.Key, &r.View)
	var few [4]render.LaneName
	names, err := s.renderer.Lanes(ctx, &r.Row.Row, few[:0])
	if r.Facts.OtherCounts { // it waits for no row, and no row for it
		if names = nil; canBeSent(err) {
			return nil, nil
		}
	}
	r.lanes = r.few[:0] // also of a row that ends here: rows behind it may have to
	for _, name := range names {
		r.lanes = append(r.lanes, s.lanes.of(name))
	}
	if unread, ok := errors.AsType[*render.UnreadError](err); ok {
		return s.drive.Unread(&r.Row, unread.Err)
	}
	if err != nil {
		return ended(faultyName(err)), nil
	}
	return nil, nil
}

// faultyName settles a row that is damaged, or whose when, key or ordering key is at fault.
func faultyName(err error) decide.Settlement {
	if damaged, ok := errors.AsType[*render.DamagedError](err); ok {
		return decide.Reject(decide.StageSource, "", damaged.Error())
	}
	if field, ok := errors.AsType[*render.FieldError](err); ok {
		return drive.Faulty(field.Field, field.Err)
	}
	return drive.Faulty("", err)
}

// wake makes a row ready again that a batch or a job had.
func (s *runningStep) wake(r *drive.Row) { s.workers.ready <- r.Owner.(*row) }

// work takes a row through the step, and then the rows that waited for it. An error ends the run; the rows behind
// it are not attempted.
func (s *runningStep) work(ctx context.Context, r *row) error {
	var stop error
	for ready := []*row{r}; len(ready) > 0; {
		r, ready = ready[0], ready[1:]
		progress := drive.Progress{End: drive.Ending{Settlement: decide.NotAttempted(decide.RunEnded)}}
		if stop == nil {
			progress, stop = s.process(ctx, r)
		}
		switch progress.State {
		case drive.Batched: // another worker may have it already
			continue
		case drive.Waiting:
			s.waiting.add(r)
			continue
		}
		end := &progress.End
		var broken error
		end.Settlement, broken = s.drive.Record(&r.Row, end.Settlement)
		stop = cmp.Or(stop, broken)
		ready = append(ready, s.end(r, end)...)
		stop = cmp.Or(stop, s.overBudget())
	}
	return stop
}

// process takes a row as far as it can go now. An error ends the run.
func (s *runningStep) process(ctx context.Context, r *row) (drive.Progress, error) {
	if r.driven {
		return s.driver.Drive(ctx, &r.Row)
	}
	end, err := s.prepare(ctx, r)
	if end != nil {
		return drive.Progress{End: *end}, err
	}
	return s.driver.Drive(ctx, &r.Row)
}

// prepare renders a row and collects what is known of it. Not nil: the row ends here. An error ends the run.
func (s *runningStep) prepare(ctx context.Context, r *row) (*drive.Ending, error) {
	switch {
	case ctx.Err() != nil:
		return ended(decide.NotAttempted(decide.RunEnded)), nil
	case r.blocked:
		return ended(decide.NotAttempted("a row before it, with the same key or ordering key, could not be settled")), nil
	}
	if err := s.fill(ctx, r); err != nil {
		if end, err := s.unrendered(ctx, r, err); end != nil {
			return end, err
		}
	}
	r.driven = true
	s.drive.Begin(&r.Row)
	return nil, nil
}

// unrendered ends a row that could not be rendered, unless the ledger knows what it was. An error ends the run.
func (s *runningStep) unrendered(ctx context.Context, r *row, err error) (*drive.Ending, error) {
	if unread, ok := errors.AsType[*render.UnreadError](err); ok {
		return s.drive.Unread(&r.Row, unread.Err)
	}
	if unanswered, ok := errors.AsType[*render.UnansweredError](err); ok {
		return s.unanswered(ctx, r, unanswered.Err)
	}
	switch known, unread := s.restore(ctx, r, err); {
	case unread != nil:
		return s.drive.Unread(&r.Row, unread)
	case known:
		return nil, nil
	}
	return ended(s.drive.KeepOut(&r.Row, drive.Faulty("", err))), nil
}

// unanswered ends a row that a find left without an answer; the next run asks again. An error ends the run.
func (s *runningStep) unanswered(ctx context.Context, r *row, err error) (*drive.Ending, error) {
	failed, ok := errors.AsType[*sinks.Error](err)
	switch {
	case ok && failed.Class == sinks.Fatal:
		return ended(r.Facts.Pending(decide.RunEnded)), err
	case !ok || ctx.Err() != nil:
		return ended(r.Facts.Pending(decide.RunEnded)), nil
	}
	return ended(r.Facts.Pending("what it needs could not be found out: " + failed.Message)), nil
}

// restore gives a row the content that the ledger knows of it, where its step deletes or merges what templates
// find: what is not found any more is no fault of a row that was carried out, or may have been. It reports false
// where the ledger knows nothing of the row.
func (s *runningStep) restore(ctx context.Context, r *row, fault error) (bool, error) {
	value, ok := errors.AsType[*mappings.ValueError](fault)
	if s.reader == nil || !s.step.Spec.Destructive || !ok || !value.Absent || s.drive.Index.Get(r.Key).Has(index.Owned) {
		return false, nil
	}
	if intent, ok := s.reader.Begun(s.step.Name(), r.Key); ok {
		r.SetPayload(map[string]any{s.step.Spec.Target: intent.KustomerID}, intent.Hash)
		return true, nil
	}
	entry, ok, err := s.reader.Get(ctx, s.step.Name(), r.Key)
	if !ok || err != nil || !entry.Loaded() {
		return false, err
	}
	r.SetPayload(map[string]any{s.step.Spec.Target: entry.KustomerID}, entry.Hash)
	return true, nil
}

// end ends a row's time in the step, and returns the rows that waited for it.
func (s *runningStep) end(r *row, end *drive.Ending) []*row {
	defer s.workers.rows.Done()
	s.drive.Ended(&r.Row, &end.Settlement)
	s.tally.add(s, r, end)
	return s.lanes.leave(r, end.Settled())
}

// ended is the ending of a row that was not sent.
func ended(s decide.Settlement) *drive.Ending { return &drive.Ending{Settlement: s} }
