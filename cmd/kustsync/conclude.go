package main

import (
	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
)

// conclude prints the summary of a run, the reasons why rows are left, and what to do next. It returns the error
// that the verb ends with; runErr is what ended the run before its last row.
func (c *runCommand) conclude(prog *program.Program, sum pipeline.Summary, reasons *report.Reasons, runErr error) error {
	c.result.summary = sum
	err := runError(sum, runErr)
	if c.global.json {
		return err
	}
	if printErr := report.Summary(c.term.out, c.term.outStyle(), sum); printErr != nil && err == nil {
		return environment("", "printing the summary: %v", printErr)
	}
	c.term.reportDelivery(prog, sum)
	_ = reasons.Write(c.term.err, c.term.errStyle())
	for _, path := range sum.RejectedFiles {
		c.term.stderr("rejected rows: " + shortPath(path))
	}
	if advice := c.advise(prog.File.Path, sum); advice != "" && runErr == nil {
		c.term.next(advice)
	}
	return err
}

// runError is the error of a run: what ended it before its last row, or that rows are left.
func runError(sum pipeline.Summary, runErr error) error {
	if runErr != nil {
		return runErr
	}
	if sum.Of(ledger.Rejected)+sum.Of(ledger.InDoubt)+sum.Of(ledger.NotAttempted) > 0 {
		return errRowsLeft
	}
	return nil
}
