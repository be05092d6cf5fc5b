package drive

import (
	"context"
	"errors"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/sinks"
)

// askJob asks the bulk job of an earlier run what became of the row. False: the row is Batched until the job is known.
func (d Load) askJob(ctx context.Context, r *Row) bool {
	if d.Jobs == nil {
		r.Facts.LearnJob(decide.Job{})
		return true
	}
	in := r.Facts.Begun
	result, known := d.Jobs.Ask(ctx, in.Job, in.Ref, r)
	if !known {
		return false
	}
	failed, _ := errors.AsType[*sinks.Error](result.Err)
	switch {
	case result.InJob:
		r.Facts.LearnJob(decide.Job{WorkedOff: result.JobDone})
	case result.Err != nil:
		r.Facts.LearnJob(decide.Job{Told: true, Failed: failed})
	default:
		r.Facts.LearnJob(decide.Job{Told: true, ID: result.Result.ID, Status: result.Result.Status})
	}
	return true
}
