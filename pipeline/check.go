package pipeline

import (
	"context"
	"fmt"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
)

// A ledger that is lost, old or partial makes rows look new that Kustomer has. So every run looks up a sample of the
// keys that are new to its ledger, before a step sends anything. Steps of which the ledger knows nothing are looked at
// before the first step, the others before themselves; so are steps whose parents this run has found in Kustomer.

// checkNewSteps looks up a sample of each step of which the ledger knows nothing.
func (r *run) checkNewSteps(ctx context.Context) error {
	for _, step := range r.wanted() {
		if !r.mayDouble(step) {
			continue
		}
		known, err := r.knowsStep(ctx, step)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		s := r.stepOver(step, index.New()).newSample(true)
		if err := s.gather(ctx); err != nil {
			return err
		}
		if err := s.lookUp(ctx); err != nil {
			return err
		}
		r.sampled[step.Name()] = true
	}
	return nil
}

// check looks up a sample of a step that is about to start, unless that was done before the first step and none of its
// parents was found since.
func (s *runningStep) check(ctx context.Context) error {
	if err := s.announceLookUps(ctx); err != nil {
		return err
	}
	if !s.looksUp() {
		return s.checkBlind(ctx)
	}
	if !s.mayDouble(s.step) || s.run.sampled[s.step.Name()] && !s.shared.Founds.AnyOf(s.step.Refs) {
		return nil
	}
	sample := s.newSample(false)
	if err := sample.gather(ctx); err != nil {
		return err
	}
	return sample.lookUp(ctx)
}

// checkBlind stops a step that cannot look its objects up where its parents were found in Kustomer: its rows may have
// been loaded with them.
func (s *runningStep) checkBlind(ctx context.Context) error {
	if s.opts.DryRun || s.opts.Adopt || !s.shared.Founds.AnyOf(s.step.Refs) {
		return nil
	}
	sample := s.newSample(false)
	if err := sample.gather(ctx); err != nil || len(sample.children.picked) == 0 {
		return err
	}
	result := GuardResult{
		Guard: GuardNoLookup, Step: s.step.Name(), Is: len(sample.children.picked), Accepted: s.opts.Accept.Has(GuardNoLookup, s.step.Name()),
		found: fmt.Sprintf("step %q has never loaded key %q, but Kustomer already had the object that it belongs to, and whether it has this one cannot be looked up: the ledger is lost or old, or somebody else loads these rows",
			s.step.Name(), sample.children.picked[0].key),
		hint: fmt.Sprintf("step %q sent nothing; look in Kustomer, then use --accept no_lookup:%s to send its rows", s.step.Name(), s.step.Name()),
	}
	s.guarded(result)
	return stopAtGuards([]GuardResult{result})
}

// looksUp reports whether objects of the step can be found by their external id.
func (s *runningStep) looksUp() bool { return s.step.ByExternalID }

// mayDouble reports whether objects of a step may be made twice by a ledger that does not know them: not where Kustomer
// refuses the second, where the step or the run looks every object up first, or where nothing is sent.
func (r *run) mayDouble(step *program.Step) bool {
	if r.opts.DryRun || r.opts.Adopt || step.Spec.UniqueByDocuments() || step.Source.Once || step.Config.LookFirst || !step.ByExternalID {
		return false
	}
	// An external id made of what Kustomer is asked for is not known before.
	return step.ExternalID == nil || len(step.ExternalID.Refs())+len(step.ExternalID.Finds()) == 0
}

// knowsStep reports whether the ledger has an entry of a step.
func (r *run) knowsStep(ctx context.Context, step *program.Step) (bool, error) {
	for _, err := range r.reader.Known(ctx, step.Name()) {
		if err != nil {
			return false, fmt.Errorf("reading the ledger's entries of step %q: %w", step.Name(), err)
		}
		return true, nil
	}
	return false, nil
}

// countChanges renders the rows of a step and counts those that the ledger has loaded, and of them those with other content.
func countChanges(ctx context.Context, s *runningStep) (known, changed int, err error) {
	number := 0
	for read, err := range s.step.Source.Rows(ctx) {
		if err != nil {
			return known, changed, sourceStop(s.step.Source.Name, number, err)
		}
		number++
		for v := range render.Views(s.step.Config.Each.Value, read, number) {
			r := s.newRow(v)
			if skip, err := s.renderer.Name(&r.Row.Row); skip || err != nil {
				continue // the pass that loads the rows tells
			}
			entry, ok, err := s.reader.Get(ctx, s.step.Name(), r.Key)
			if err != nil {
				return known, changed, err
			}
			if !ok || !entry.Loaded() || s.fill(ctx, r) != nil {
				continue
			}
			if known++; entry.HashUnknown() || entry.Hash != r.Hash {
				changed++
			}
		}
	}
	return known, changed, ctx.Err()
}
