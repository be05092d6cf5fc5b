//go:build oldengine

package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
)

// Fingerprint reads the pipeline file, its sources and its tables, and renders every row that a run with
// Options.Step and Options.Limit reads. It asks neither Kustomer nor the ledger: an id that Kustomer gives,
// and what find answers, are the same whatever they are; so are now and run_id. Standard input that can be
// read only once has no fingerprint.
func Fingerprint(ctx context.Context, p *program.Program, o Options) (program.Fingerprint, error) {
	e := newEngine(p, Deps{Observer: Observers{}}, Options{RunID: render.ConstantRunID, Start: render.ConstantNow(), DryRun: true, Step: o.Step, Limit: o.Limit})
	e.preview = true
	f, err := p.Fingerprint(ctx, e.wanted())
	if err != nil {
		return f, err
	}
	all := sha256.New()
	for _, step := range e.wanted() {
		r := &stepRun{engine: e, step: step, index: index.New(), lanes: newLanes(), send: ctx}
		r.renderer = r.newRenderer()
		rows, err := r.digestRows(ctx, all)
		if err != nil {
			return f, err
		}
		f.Rows += rows
	}
	f.Mapping = hex.EncodeToString(all.Sum(nil))
	return f, nil
}

// digestRows adds what becomes of the step's rows to a sum, in their order.
func (r *stepRun) digestRows(ctx context.Context, to hash.Hash) (rows int, err error) {
	number := 0
	for row, err := range r.step.Source.Rows(ctx) {
		if err != nil {
			return rows, fmt.Errorf("reading source %q ended behind row %d: %w", r.step.Source.Name, number, err)
		}
		if number++; r.opts.Limit > 0 && number > r.opts.Limit {
			break
		}
		for v := range render.Views(r.step.Config.Each.Value, row, number) {
			t := &task{Row: render.Row{View: v}}
			end := r.previewEnd(ctx, t)
			r.takeBack(t, end)
			fmt.Fprintf(to, "%q %q %s %x %q %q\n", r.step.Name(), t.Key, end.outcome, t.Hash, end.field, end.message) //nolint:errcheck // a hash takes everything
			rows++
		}
	}
	return rows, ctx.Err()
}
