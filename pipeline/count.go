package pipeline

import (
	"context"
	"errors"

	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/render"
)

var errOnce = errors.New("standard input is left for the run to read")

// CountRows reads every source and returns how many rows the steps of a run will see. A source
// that ends in an error counts up to there. Where a source can be read only once, it is left alone
// and the error says so.
func CountRows(ctx context.Context, p *program.Program, o Options) (int, error) {
	total := 0
	for _, step := range p.Steps {
		if o.Step != "" && step.Name() != o.Step {
			continue
		}
		rows, err := CountStep(ctx, step, o.Limit)
		if total += rows; err != nil {
			return total, err
		}
	}
	return total, nil
}

// CountStep reads the source of one step, at most limit rows of it, and returns how many rows the step
// will see; a limit of 0 is all.
func CountStep(ctx context.Context, step *program.Step, limit int) (int, error) {
	if step.Source.Once {
		return 0, errOnce
	}
	total, number := 0, 0
	for row, err := range step.Source.Rows(ctx) {
		if ctx.Err() != nil {
			return total, ctx.Err()
		}
		if err != nil {
			break
		}
		if number++; limit > 0 && number > limit {
			break
		}
		for range render.Views(step.Config.Each.Value, row, number) {
			total++
		}
	}
	return total, nil
}
