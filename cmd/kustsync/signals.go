package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that the first SIGINT or SIGTERM cancels, so that the verb ends in good order. A
// second signal ends the process at once: requests in flight are then in doubt, and the next run looks them up.
// Some programs send a signal twice (timeout does), so the process says why it ends.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			cancel(signalError{s})
		case <-ctx.Done():
			return
		}
		s := <-signals
		_ = writeLine(os.Stderr, "\nstopped at once by a second signal; run the same command again: it looks up what was in flight")
		os.Exit(signalError{s}.exit())
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// withCause adds the signal that cancelled ctx to an error that only says that ctx was cancelled.
func withCause(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.Join(err, context.Cause(ctx))
	}
	return err
}
