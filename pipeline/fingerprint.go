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
	r := newRun(p, Deps{Observer: Observers{}}, Options{RunID: render.ConstantRunID, Start: render.ConstantNow(), DryRun: true, Step: o.Step, Limit: o.Limit})
	r.mode = previewMode()
	f, err := p.Fingerprint(ctx, r.wanted())
	if err != nil {
		return f, err
	}
	all := sha256.New()
	for _, step := range r.wanted() {
		rows, err := r.stepOver(step, index.New()).digestRows(ctx, all)
		if err != nil {
			return f, err
		}
		f.Rows += rows
	}
	f.Mapping = hex.EncodeToString(all.Sum(nil))
	return f, nil
}

// digestRows adds what becomes of the step's rows to a sum, in their order.
func (s *runningStep) digestRows(ctx context.Context, to hash.Hash) (rows int, err error) {
	number := 0
	for read, err := range s.step.Source.Rows(ctx) {
		if err != nil {
			return rows, fmt.Errorf("reading source %q ended behind row %d: %w", s.step.Source.Name, number, err)
		}
		if number++; s.opts.Limit > 0 && number > s.opts.Limit {
			break
		}
		for v := range render.Views(s.step.Config.Each.Value, read, number) {
			r := s.newRow(v)
			end := s.previewEnd(ctx, r)
			s.drive.Ended(&r.Row, &end.Settlement)
			fmt.Fprintf(to, "%q %q %s %x %q %q\n", s.step.Name(), r.Key, end.Outcome, r.Hash, end.Field, end.Message) //nolint:errcheck // a hash takes everything
			rows++
		}
	}
	return rows, ctx.Err()
}
