package main

import (
	"io"
	"log/slog"

	"github.com/lmittmann/tint"

	"github.com/kustsync/kustsync/sinks/kustomer"
)

// logger returns the log of this call, on standard error. It never shows one of the secrets.
func (t *terminal) logger(secrets ...string) *slog.Logger {
	level, _ := t.flags.level() // globalFlags.check has refused what is no level
	var h slog.Handler
	if t.flags.logFormat == "json" {
		h = slog.NewJSONHandler(t.err, &slog.HandlerOptions{Level: level})
	} else {
		h = tint.NewTextHandler(t.err, &tint.Options{Level: level, NoColor: !t.errStyle().Colours()})
	}
	return slog.New(kustomer.Redact(h, secrets...))
}

// closeReader closes what was only read. Its result is printed already and stands, so an error is only logged.
func (t *terminal) closeReader(c io.Closer) {
	if err := c.Close(); err != nil {
		t.logger().Warn("closing the ledger", "error", err)
	}
}
