package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
	"github.com/kustsync/kustsync/sinks"
)

// A lost ledger would make every row look new. So before a step first sends anything, some keys spread over its
// source are looked up: Kustomer has none of them, or the ledger was lost.

// samples is how many keys of a step are looked up.
const samples = 20

// checkedMark is the ledger's flag for a step that needs no such look any more.
func checkedMark(step *program.Step) string { return "checked:" + step.Name() }

// checkLedger looks for objects in Kustomer that a lost ledger would know.
func (r *run) checkLedger(ctx context.Context) error {
	if r.opts.DryRun || r.opts.Adopt {
		return nil
	}
	for _, step := range r.wanted() {
		if err := r.checkStep(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

// checkStep looks up a sample of a step's keys, save where no object can be made twice: Kustomer
// refuses the second, or the step itself looks every object up first.
func (r *run) checkStep(ctx context.Context, step *program.Step) error {
	if step.Spec.UniqueByDocuments() || step.Source.Once || step.Config.LookFirst || !step.ByExternalID || r.reader.Marked(checkedMark(step)) {
		return nil
	}
	if step.ExternalID != nil && len(step.ExternalID.Refs())+len(step.ExternalID.Finds()) > 0 {
		return nil // it is not known before the parents are there, or Kustomer was asked
	}
	s := sample{runningStep: r.stepOver(step, index.New()), stride: 1}
	whole, err := s.gather(ctx)
	if err != nil {
		return err
	}
	looked, err := s.lookUp(ctx)
	if n := looked + s.known; err != nil || n == 0 || n < samples && !whole {
		return err // that proves little: the next run looks again
	}
	return r.deps.Ledger.Mark(ctx, checkedMark(step))
}

// sample is keys of a step, evenly spread over its source.
type sample struct {
	*runningStep
	picked []sampled
	stride int // one row in so many is picked
	seen   int
	known  int // rows that the ledger knows, among those that were to be picked
}

// sampled is a key that the ledger has never heard of.
type sampled struct{ key, externalID string }

// gather reads the source once, and reports whether it was read to its end. An error in the middle is
// for the step itself to tell, with what was loaded up to there.
func (s *sample) gather(ctx context.Context) (whole bool, err error) {
	number := 0
	for row, err := range s.step.Source.Rows(ctx) {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if number++; err != nil || s.opts.Limit > 0 && number > s.opts.Limit {
			s.picked = spread(s.picked, samples)
			return false, nil
		}
		for v := range render.Views(s.step.Config.Each.Value, row, number) {
			if err := s.add(ctx, v); err != nil {
				return false, err
			}
		}
	}
	s.picked = spread(s.picked, samples)
	return true, nil
}

// add picks a row, if it is its turn and the ledger does not know its key.
func (s *sample) add(ctx context.Context, v render.View) error {
	if s.seen++; s.seen%s.stride != 0 {
		return nil
	}
	r := &render.Row{View: v}
	if skip, err := s.renderer.Name(r); skip || err != nil {
		return nil
	}
	id, ok := s.renderer.EarlyExternalID(r)
	if !ok {
		return nil
	}
	known, err := s.knows(ctx, r.Key, id)
	switch {
	case err != nil:
		return fmt.Errorf("reading the ledger: %w", err)
	case known:
		s.known++
		return nil
	}
	if s.picked = append(s.picked, sampled{r.Key, id}); len(s.picked) == 2*samples {
		s.picked, s.stride = everyOther(s.picked), s.stride*2
	}
	return nil
}

// knows reports whether the ledger knows a key, or who has its external id.
func (s *sample) knows(ctx context.Context, key, externalID string) (bool, error) {
	if _, begun := s.reader.Begun(s.step.Name(), key); begun {
		return true, nil
	}
	if _, known, err := s.reader.Get(ctx, s.step.Name(), key); known || err != nil {
		return known, err
	}
	_, _, owned, err := s.reader.Owner(ctx, s.step.Spec.Object, externalID)
	return owned, err
}

// lookUp looks the picked keys up and returns how many Kustomer surely does not have.
func (s *sample) lookUp(ctx context.Context) (missing int, err error) {
	var odd error // a key that cannot be looked up, and so cannot be there
	for _, id := range s.picked {
		found, ok, err := s.deps.Sink.Find(ctx, sinks.Query{Spec: s.step.Spec, By: s.step.Spec.ExternalID, Value: id.externalID})
		var failed *sinks.Error
		switch {
		case ok:
			return 0, s.lostLedger(id, "as "+found.ID)
		case err == nil:
			missing++
		case !errors.As(err, &failed) || !failed.Class.IsRefusal():
			return 0, err
		case failed.Class == sinks.Deleted, failed.Class == sinks.Ambiguous:
			return 0, s.lostLedger(id, "or had it ("+failed.Message+")")
		default:
			odd = err
		}
	}
	if missing == 0 {
		return 0, odd
	}
	return missing, nil
}

func (s *sample) lostLedger(id sampled, where string) error {
	return &StopError{
		Reason: StopLostLedger,
		Err: fmt.Errorf("step %q has never loaded key %q, yet Kustomer has it %s: the ledger was lost, or somebody else loads these rows",
			s.step.Name(), id.key, where),
		Hint: "nothing was sent; use --adopt to look every key up first and take over what is there",
	}
}

// spread picks n of all, evenly, the last among them.
func spread(all []sampled, n int) []sampled {
	if len(all) <= n {
		return all
	}
	picked := make([]sampled, n)
	for i := range picked {
		picked[i] = all[(i+1)*len(all)/n-1]
	}
	return picked
}

func everyOther(all []sampled) []sampled {
	half := all[:0]
	for i, s := range all {
		if i%2 == 1 {
			half = append(half, s)
		}
	}
	return half
}
