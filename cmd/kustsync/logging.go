package main

import (
	"log/slog"

	"github.com/lmittmann/tint"

	"github.com/kustsync/kustsync/sinks/kustomer"
)

// checkGlobals refuses global flags that make no sense.
func (a *app) checkGlobals() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.flags.logLevel)); err != nil {
		return usage("use debug, info, warn or error", "--log-level: unknown level %q", a.flags.logLevel)
	}
	if a.flags.logFormat != "text" && a.flags.logFormat != "json" {
		return usage("use text or json", "--log-format: unknown format %q", a.flags.logFormat)
	}
	_, err := a.variables()
	return err
}

// logger returns the log, which never shows one of the secrets.
func (a *app) logger(secrets ...string) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(a.flags.logLevel)) // checkGlobals has read it
	var h slog.Handler
	if a.flags.logFormat == "json" {
		h = slog.NewJSONHandler(a.talk, &slog.HandlerOptions{Level: level})
	} else {
		h = tint.NewTextHandler(a.talk, &tint.Options{Level: level, NoColor: !a.style(a.talk).Colours()})
	}
	return slog.New(kustomer.Redact(h, secrets...))
}
