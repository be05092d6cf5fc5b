package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// interruptible returns a context that the first SIGINT or SIGTERM ends in good order. A second
// signal ends the process at once: what was in flight is in doubt, and the next run looks it up. Some
// programs send a signal twice (timeout does), so it says why it ends.
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

// withCause names the signal in an error that only says that ctx has ended.
func withCause(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.Join(err, context.Cause(ctx))
	}
	return err
}

// newRunID names a run so that names sort by time: 20261120T065911Z-f3m9qz. Of the letters behind the
// second the first two are its milliseconds, the others chance.
func newRunID(now time.Time) string {
	const digits = "0123456789abcdefghijklmnopqrstuv"
	ms := now.Nanosecond() / int(time.Millisecond)
	return now.UTC().Format("20060102T150405Z") + "-" + string([]byte{digits[ms/32], digits[ms%32]}) + strings.ToLower(rand.Text()[:4])
}
