package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// interruptible returns a context that the first SIGINT, SIGTERM or SIGHUP cancels, so that the verb ends in good order. A
// second signal ends the process at once: requests in flight are then in doubt, and the next run looks them up.
// Some programs send a signal twice (timeout does), so the process says why it ends. A terminal that closes sends SIGHUP,
// often more than once: a second one ends nothing.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, stopSignals()...)
	go func() {
		select {
		case s := <-signals:
			cancel(signalError{s})
		case <-ctx.Done():
			return
		}
		s := <-signals
		for s == syscall.SIGHUP {
			s = <-signals
		}
		_ = writeLine(os.Stderr, "\nstopped at once by a second signal; run the same command again: it looks up what was in flight")
		os.Exit(signalError{s}.exit())
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// stopSignals are the signals that end a run in good order. SIGHUP, which says that the terminal is gone, is not among them
// where it was ignored when the process began, as under nohup, nor on Windows, which has none.
func stopSignals() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if runtime.GOOS != "windows" && !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// withCause adds the signal that cancelled ctx to an error that only says that ctx was cancelled.
func withCause(ctx context.Context, err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.Join(err, context.Cause(ctx))
	}
	return err
}
