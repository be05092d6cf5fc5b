package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
)

// With on_duplicate: last, one pass before the step renders every row and notes for each key the last row that can be
// sent. That row decides; the others are unchanged, whatever becomes of it (decisions.md 1.9).

// findLast makes that pass, over the rows that the step reads, where the step is one with on_duplicate: last. Which row is
// the last is not known where the source cannot be read to its end: then the error is a *StopError.
func (s *runningStep) findLast(ctx context.Context) error {
	if s.step.Config.OnDuplicate != config.Last {
		return nil
	}
	last, number := index.NewLast(), 0
	for read, err := range s.step.Source.Rows(ctx) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return s.unknownLast(number, err)
		}
		if number++; s.opts.Limit > 0 && number > s.opts.Limit {
			break
		}
		for v := range render.Views(s.step.Config.Each.Value, read, number) {
			if err := s.noteLast(ctx, last, v); err != nil {
				return err
			}
		}
	}
	s.last = last
	return nil
}

// noteLast notes a row where it can be sent: it renders, fits, and its parents are known. A row whose parent is not
// settled yet can be sent too, by the next run: an earlier row of its key would be out of date. What templates find
// counts as found, so that nobody is asked twice. An error ends the run.
func (s *runningStep) noteLast(ctx context.Context, last *index.Last, v render.View) error {
	r := &render.Row{View: v}
	if skip, err := s.renderer.Name(r); skip || err != nil {
		return nil // the step itself says why
	}
	var few [4]render.LaneName
	_, err := s.renderer.Lanes(ctx, r, few[:0])
	if err == nil {
		err = s.renderer.FillUnasked(ctx, r)
	}
	if unread, ok := errors.AsType[*render.UnreadError](err); ok {
		return unread
	}
	if canBeSent(err) {
		last.Note(r.Key, numberOf(&v))
	}
	return nil
}

// canBeSent reports whether a row that was rendered with this error can be sent, by this run or the next.
func canBeSent(err error) bool {
	parent, ok := errors.AsType[*render.ParentError](err)
	return err == nil || ok && parent.Outcome == ledger.NotAttempted
}

// numberOf tells the rows of a step apart, its elements too, of which a row that fits in memory has less than 2^24.
func numberOf(v *render.View) uint64 { return uint64(v.Number)<<24 | uint64(v.Element) }

// otherCounts reports whether another row of the key decides what is loaded for it.
func (s *runningStep) otherCounts(key string, v *render.View) bool {
	if s.last == nil {
		return false
	}
	row, ok := s.last.Of(key)
	return ok && row != numberOf(v)
}

// fill renders a row's payload. Of a row that does not decide its key only whether it can be sent is found out, without
// a question to anybody.
func (s *runningStep) fill(ctx context.Context, r *row) error {
	if !r.Facts.OtherCounts {
		return s.renderer.Fill(ctx, &r.Row.Row)
	}
	err := s.renderer.FillUnasked(ctx, &r.Row.Row)
	if canBeSent(err) {
		return nil
	}
	return err
}

// unknownLast ends a run whose source cannot be read to its end; rows is how many rows were read before.
func (s *runningStep) unknownLast(rows int, err error) *StopError {
	return &StopError{Reason: StopSource, Err: fmt.Errorf("reading source %q ended behind row %d: %w", s.step.Source.Name, rows, err),
		Hint: fmt.Sprintf("step %q sent nothing, since on_duplicate: last needs the last row of each key; mend the file and run the same command again",
			s.step.Name())}
}
