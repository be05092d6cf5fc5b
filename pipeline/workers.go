package pipeline

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
)

// windowBeyondWorkers is how many rows are under way besides those that wait for an HTTP answer: they wait for the
// commit of their begun record or of their outcome, so that no request does. After a kill each of them costs a look-up
// at most; behind a limit on requests few are begun ahead, since the gate admits them first (performance.md, 1).
const windowBeyondWorkers = 224

// readAhead is how many rows wait to be taken up, so that a worker that ends one finds the next at once.
const readAhead = 64

// workers take up the rows of a step. They last as long as the step does, since a new goroutine for each row would
// have to grow its stack again.
type workers struct {
	ready chan *row      // rows that may go on now
	rows  sync.WaitGroup // rows that were started and have not ended
	max   int64
	count atomic.Int64 // it never falls
	start func(*workers)
}

func newWorkers(requests int, start func(*workers)) *workers {
	return &workers{ready: make(chan *row, readAhead), max: int64(requests + windowBeyondWorkers), start: start}
}

// grow starts one more worker, up to the window, in the place of the one that calls it and is about to wait. Where no
// row waits few workers serve them all: many that take turns find their stacks cold. Rows in batches take no place
// in the window.
func (w *workers) grow() {
	if w.count.Load() >= w.max {
		return
	}
	if w.count.Add(1) > w.max {
		w.count.Add(-1)
		return
	}
	w.start(w)
}

// serve takes up one row after the other. An error ends the step.
func (s *runningStep) serve(ctx context.Context, w *workers) error {
	var first error
	for r := range w.ready {
		if err := s.work(ctx, r); err != nil {
			s.halt(err)
			first = cmp.Or(first, err)
		}
	}
	return first
}
