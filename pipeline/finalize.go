package pipeline

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"

	"github.com/kustsync/kustsync/pipeline/fields"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sources"
)

// openFinals reads what earlier runs have finalized.
func (r *run) openFinals(ctx context.Context) error {
	for _, step := range r.program.Steps {
		if step.Finalizer == nil {
			continue
		}
		idx, err := r.loadIndex(ctx, step.Finalizer)
		if err != nil {
			return err
		}
		r.shared.Finals[step.Name()] = idx
	}
	return nil
}

// finalize runs the finalizers of the steps that have something to write again.
func (r *run) finalize(ctx context.Context) error {
	for _, step := range r.program.Steps {
		if step.Finalizer == nil || r.opts.DryRun || r.opts.Step != "" {
			continue
		}
		idx, err := r.loadIndex(ctx, step.Finalizer)
		if err != nil {
			return err
		}
		rows := &finalRows{run: r, step: step, done: idx}
		switch found, err := rows.any(ctx); {
		case err != nil:
			return err
		case !found:
			continue
		}
		finalizer := *step.Finalizer
		finalizer.Source = &program.Source{Name: step.Name() + "-finalize", Source: rows}
		if err := r.runStep(ctx, &finalizer); err != nil {
			return err
		}
		r.tellFinal(step, &finalizer)
	}
	return nil
}

// tellFinal says how much was written again.
func (r *run) tellFinal(step, finalizer *program.Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := r.summary.step(finalizer.Name())
	n, plural := counts.Of(ledger.Updated)+counts.Of(ledger.Existed), "s"
	if n == 1 {
		plural = ""
	}
	r.observer.Note(step.Name(), fmt.Sprintf("finalized %d %s%s as %s", n, step.Spec.Object, plural, step.Spec.Final.Value))
}

// finalRows is the source of a finalizer: what its step has loaded with the final value, and the finalizer has not
// written since.
type finalRows struct {
	*run
	step *program.Step
	done *index.Index
}

// Columns implements sources.Source.
func (f *finalRows) Columns() []string { return []string{program.FinalizerKey, program.FinalizerID} }

// Rows implements sources.Source.
func (f *finalRows) Rows(ctx context.Context) iter.Seq2[sources.Row, error] {
	return func(yield func(sources.Row, error) bool) {
		number := 0
		for o, err := range f.reader.Objects(ctx, f.step.Name()) {
			if err != nil {
				yield(sources.Row{}, err)
				return
			}
			if !fields.Set(o.Fields).Has(f.step.FinalMark) || f.isDone(o) {
				continue
			}
			number++
			row := sources.Row{
				Pos:    sources.Pos{File: "the ledger", Line: number},
				Values: sources.Object{program.FinalizerKey: o.Key, program.FinalizerID: o.KustomerID},
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// isDone reports whether the finalizer has written an object.
func (f *finalRows) isDone(o ledger.Object) bool {
	known := f.done.Get(o.Key)
	if !known.Has(index.Loaded) {
		return false
	}
	if _, begun := f.reader.Begun(program.FinalizerName(f.step.Name()), o.Key); begun {
		return false
	}
	body, err := sinks.Canonical(map[string]any{f.step.Finalizer.Spec.Target: o.KustomerID, f.step.Spec.Final.Field: f.step.Spec.Final.Value})
	return err == nil && known.Payload == index.Short(sha256.Sum256(body))
}

// any reports whether there is a row.
func (f *finalRows) any(ctx context.Context) (bool, error) {
	for _, err := range f.Rows(ctx) {
		return err == nil, err
	}
	return false, nil
}
