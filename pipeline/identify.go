//go:build oldengine

package pipeline

import (
	"context"
	"errors"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/render"
)

// identify finds a row's key and its lanes. Not nil: the row ends here. An error ends the run.
func (r *stepRun) identify(ctx context.Context, t *task) (*ending, error) {
	if end := r.nameRow(t); end != nil {
		return end, nil
	}
	return r.findLanes(ctx, t)
}

// nameRow finds a row's key, unless the row is damaged or skipped. Not nil: the row ends here.
func (r *stepRun) nameRow(t *task) *ending {
	skip, err := r.renderer.Name(&t.Row)
	var damaged *render.DamagedError
	switch {
	case errors.As(err, &damaged):
		return new(rejected(StageSource, "", damaged.Error()))
	case err != nil:
		return new(faulty(err))
	case skip:
		return &ending{outcome: ledger.Skipped}
	}
	return nil
}

// findLanes finds out behind which rows a row has to wait.
func (r *stepRun) findLanes(ctx context.Context, t *task) (*ending, error) {
	var room [4]render.LaneName
	names, err := r.renderer.Lanes(ctx, &t.Row, room[:0])
	t.lanes = t.few[:0]
	for _, name := range names {
		t.lanes = append(t.lanes, r.lanes.of(name))
	}
	var unread *render.UnreadError
	switch {
	case errors.As(err, &unread):
		end, err := r.unread(t, unread.Err)
		return &end, err
	case err != nil:
		return new(faulty(err)), nil
	}
	return nil, nil
}
