package pace

import (
	"context"
	"time"

	"github.com/kustsync/kustsync/sinks"
)

// Places bounds how many goroutines do something at once, by its capacity.
type Places chan struct{}

// Take takes one of the places. It reports false when ctx ends before one is free.
func (p Places) Take(ctx context.Context) bool {
	select {
	case p <- struct{}{}: // without waiting, this costs a fraction of the choice below
		return true
	default:
	}
	select {
	case p <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// Leave gives a place back.
func (p Places) Leave() { <-p }

// Sleep waits for d, unless ctx ends first: then the error is that of Stopped.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return Stopped(ctx)
	}
}

// Stopped is the error, of class Unreached, of a request that ctx ended before it left.
func Stopped(ctx context.Context) *sinks.Error {
	return &sinks.Error{Class: sinks.Unreached, Message: "stopped before the request was sent", Err: context.Cause(ctx)}
}
