package pipeline

import (
	"context"
	"errors"
)

var errOnce = errors.New("standard input is left for the run to read")

// CountRows reads every source and returns how many rows the steps of a run will see. A source
// that ends in an error counts up to there. Where a source can be read only once, it is left alone
// and the error says so.
func CountRows(ctx context.Context, p *Plan, o Options) (int, error) {
	total := 0
	for _, step := range p.Steps {
		if o.Step != "" && step.Name() != o.Step {
			continue
		}
		if step.Source.Once {
			return 0, errOnce
		}
		number := 0
		for row, err := range step.Source.Rows(ctx) {
			if ctx.Err() != nil {
				return total, ctx.Err()
			}
			if err != nil {
				break
			}
			if number++; o.Limit > 0 && number > o.Limit {
				break
			}
			for range viewsOf(step.Config.Each.Value, row, number) {
				total++
			}
		}
	}
	return total, nil
}
