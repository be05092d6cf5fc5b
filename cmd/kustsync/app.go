package main

import (
	"io"

	"github.com/kustsync/kustsync/pipeline/config"
)

// app is one call of kustsync. The struct of each verb embeds it.
type app struct {
	global globalFlags
	term   terminal
	open   opener
	result result
}

// result is what --json prints of a call.
type result struct {
	summary     any // of the verb; nil prints {}
	diagnostics []config.Diagnostic
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	a := &app{}
	a.term = terminal{out: stdout, err: stderr, flags: &a.global}
	a.open = opener{stdin: stdin, flags: &a.global, term: &a.term, result: &a.result}
	return a
}
