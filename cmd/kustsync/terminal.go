package main

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/report"
)

// terminal is where a verb prints: its result on standard output, everything else on standard error. What cannot
// be printed on standard error is dropped: there is nobody left to tell.
type terminal struct {
	out, err io.Writer
	flags    *globalFlags
}

// style colours text that goes to w, if w is a terminal and colours are not switched off.
func (t *terminal) style(w io.Writer) report.Style {
	_, noColor := os.LookupEnv("NO_COLOR")
	return report.NewStyle(isTerminal(w) && !t.flags.noColor && !noColor)
}

// outStyle colours text that goes to standard output.
func (t *terminal) outStyle() report.Style { return t.style(t.out) }

// errStyle colours text that goes to standard error.
func (t *terminal) errStyle() report.Style { return t.style(t.err) }

// isTerminal reports whether w is a terminal that a person reads.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// print prints a line of the result.
func (t *terminal) print(line string) error { return writeLine(t.out, line) }

// stderr prints a line beside the result, also with --quiet.
func (t *terminal) stderr(line string) { _ = writeLine(t.err, line) }

// info prints a line beside the result that --quiet leaves out.
func (t *terminal) info(line string) {
	if !t.flags.quiet {
		t.stderr(line)
	}
}

// warn prints a warning.
func (t *terminal) warn(text string) { t.stderr(t.errStyle().Yellow("warning: ") + text) }

// next prints what to do next.
func (t *terminal) next(text string) { t.stderr(t.errStyle().Green("next: ") + text) }

// diagnostics prints what is wrong with a pipeline file, each with its place.
func (t *terminal) diagnostics(list []config.Diagnostic) {
	_ = report.Diagnostics(t.err, t.errStyle(), list)
}

// progress starts to show how far the run is.
func (t *terminal) progress() *report.Progress {
	if t.flags.quiet || t.flags.json {
		return report.NoProgress()
	}
	return report.NewProgress(t.err, isTerminal(t.err))
}

// isWatched reports whether a person watches the progress.
func (t *terminal) isWatched() bool { return isTerminal(t.err) && !t.flags.quiet && !t.flags.json }

func writeLine(w io.Writer, text string) error {
	_, err := io.WriteString(w, text+"\n")
	return err
}
