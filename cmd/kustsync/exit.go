package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks"
)

// The exit codes (contract.md, section 4).
const (
	exitOK          = 0
	exitRows        = 1
	exitUsage       = 2
	exitErrors      = 3
	exitEnvironment = 4
	exitLocked      = 5
	exitChanges     = 10
	exitInterrupted = 128 + int(syscall.SIGINT)
	exitTerminated  = 128 + int(syscall.SIGTERM)
	exitHungUp      = 128 + int(syscall.SIGHUP)
)

// exitCodes says what each code means, for the help.
var exitCodes = [...]struct {
	code    int
	meaning string
}{
	{exitOK, "every row is settled"},
	{exitRows, "finished; some rows are rejected or in doubt"},
	{exitUsage, "bad pipeline file, flag or template: nothing was sent; a lost or old ledger: nothing of that step"},
	{exitErrors, "stopped by max_errors, max_deliveries or a guard that --accept lets pass"},
	{exitEnvironment, "key refused, Kustomer unreachable, no disk, a source that cannot be read"},
	{exitLocked, "another run holds the lock"},
	{exitChanges, "plan: there is something to do (0: nothing; 1: nothing but rows that would be rejected)"},
	{exitInterrupted, "interrupted; requests in flight were finished and recorded (129 for SIGHUP, 143 for SIGTERM)"},
}

func exitHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, c := range exitCodes {
		fmt.Fprintf(&b, "  %3d  %s\n", c.code, c.meaning)
	}
	return strings.TrimRight(b.String(), "\n")
}

// usageError is a command line that kustsync does not understand or cannot carry out.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(hint, format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...), hint: hint}
}

// badCommandLine turns an error of cobra about a command line into a usageError; cobra's suggestion becomes the hint.
func badCommandLine(err error) error {
	message, near, ok := strings.Cut(err.Error(), "\n\nDid you mean this?\n\t")
	if !ok {
		return &usageError{err: err}
	}
	near, _, _ = strings.Cut(near, "\n")
	return usage(fmt.Sprintf("did you mean %q?", near), "%s", message)
}

// environmentError is a failure outside of kustsync and its pipeline file: the disk, the network, the API key.
type environmentError struct {
	err  error
	hint string
}

func (e *environmentError) Error() string { return e.err.Error() }
func (e *environmentError) Unwrap() error { return e.err }

func environment(hint, format string, args ...any) error {
	return &environmentError{err: fmt.Errorf(format, args...), hint: hint}
}

// errRowsLeft ends with exit code 1; the verb has already printed why.
var errRowsLeft = errors.New("some rows are rejected, in doubt or not attempted")

// errChanges ends with exit code 10: the plan, which is already printed, has something to do.
var errChanges = errors.New("there is something to do")

// objectsLeftError says that a probe could not delete some of its objects.
type objectsLeftError struct{ n int }

func (e *objectsLeftError) Error() string {
	return fmt.Sprintf("%s of the probe could not be deleted", report.Plural(e.n, "object"))
}

// signalError is the cause of a context that a signal cancelled.
type signalError struct{ signal os.Signal }

func (e signalError) Error() string { return "received " + e.signal.String() }

// exit is the exit code after the signal.
func (e signalError) exit() int {
	switch e.signal {
	case syscall.SIGTERM:
		return exitTerminated
	case syscall.SIGHUP:
		return exitHungUp
	}
	return exitInterrupted
}

// problem is an error as users see it, and the exit code that it leads to.
type problem struct {
	exit    int
	code    string // the error's name for programs; it never changes
	message string
	place   string
	hint    string
}

// explain is the only place that turns errors into exit codes.
func explain(err error) problem {
	var (
		damaged *program.DamagedError
		file    config.Diagnostics
		flag    *usageError
		env     *environmentError
		stop    *pipeline.StopError
		refused *ledger.RefusedError
		broken  *ledger.BrokenError
		locked  *ledger.LockedError
		sink    *sinks.Error
		sig     signalError
		left    *objectsLeftError
	)
	switch {
	case err == nil:
		return problem{exit: exitOK}
	case errors.Is(err, errRowsLeft):
		return problem{exit: exitRows, code: "rows_left", message: err.Error()}
	case errors.As(err, &left):
		return problem{exit: exitRows, code: "objects_left", message: left.Error(), hint: "delete them in Kustomer; their ids are listed"}
	case errors.Is(err, errChanges):
		return problem{exit: exitChanges}
	case errors.As(err, &damaged):
		p := explainDiagnostics(damaged.Diagnostics)
		p.exit, p.code = exitEnvironment, "source_unreadable"
		return p
	case errors.As(err, &file):
		return explainDiagnostics(file)
	case errors.As(err, &flag):
		return problem{exit: exitUsage, code: "bad_usage", message: flag.Error(), hint: orHelp(flag.hint)}
	case errors.As(err, &locked):
		return problem{exit: exitLocked, code: "locked", message: fmt.Sprintf("another run holds %s: %s", locked.Path, locked.Owner),
			hint: "wait for it to end, or stop it"}
	case errors.As(err, &stop) && stop.Reason == pipeline.StopInterrupted:
		p := problem{exit: exitInterrupted, code: "interrupted", message: stop.Err.Error(), hint: stop.Hint}
		if errors.As(err, &sig) {
			p.exit = sig.exit()
		}
		return p
	case errors.As(err, &stop):
		exit := stopCodes[stop.Reason]
		p := problem{exit: exit.code, code: exit.name, message: stop.Err.Error(), hint: stop.Hint}
		if errors.As(err, &sink) {
			p.message, p.hint = sink.Message, sink.Hint
		}
		return p
	case errors.As(err, &refused):
		return problem{exit: exitEnvironment, code: "ledger_refused",
			message: fmt.Sprintf("the ledger %s cannot be used: %s", refused.Path, refused.Reason), hint: refused.Hint}
	case errors.As(err, &broken):
		return problem{exit: exitEnvironment, code: "ledger_broken", message: broken.Error()}
	case errors.As(err, &sig): // before the first row, also when a request failed because of the signal
		return problem{exit: sig.exit(), code: "interrupted", message: sig.Error(), hint: "run the same command again"}
	case errors.As(err, &sink):
		return problem{exit: exitEnvironment, code: "kustomer", message: sink.Message, hint: sink.Hint}
	case errors.As(err, &env):
		return problem{exit: exitEnvironment, code: "environment", message: env.Error(), hint: env.hint}
	case errors.Is(err, fs.ErrNotExist):
		return problem{exit: exitUsage, code: "bad_file", message: err.Error(), hint: "check the path"}
	}
	return problem{exit: exitEnvironment, code: "environment", message: err.Error()}
}

// stopCodes are the exit codes of the reasons that end a run, and their names for programs.
var stopCodes = map[pipeline.StopReason]struct {
	code int
	name string
}{
	pipeline.StopErrors:     {exitErrors, "too_many_errors"},
	pipeline.StopSink:       {exitEnvironment, "kustomer"},
	pipeline.StopLedger:     {exitEnvironment, "ledger_broken"},
	pipeline.StopSource:     {exitEnvironment, "source_unreadable"},
	pipeline.StopLostLedger: {exitUsage, "lost_ledger"},
	pipeline.StopGuard:      {exitErrors, "guard"},
	pipeline.StopDeliveries: {exitErrors, "max_deliveries"},
}

// explainDiagnostics explains a pipeline file that cannot be run by its first diagnostic that is no warning.
func explainDiagnostics(all config.Diagnostics) problem {
	all = slices.DeleteFunc(slices.Clone(all), func(f config.Diagnostic) bool { return f.Warning })
	p := problem{exit: exitUsage, code: "bad_file", message: "the pipeline file cannot be run"}
	if len(all) > 0 {
		p.place, p.message, p.hint = all[0].Pos.String(), all[0].Message, all[0].Hint
	}
	if len(all) > 1 {
		p.message += fmt.Sprintf(" (and %s)", report.Plural(len(all)-1, "more fault"))
	}
	return p
}

// orHelp is a hint, or where help is found when there is none.
func orHelp(hint string) string {
	if hint == "" {
		return "kustsync --help shows the commands, kustsync COMMAND --help their flags"
	}
	return hint
}
