package main

import (
	"context"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
)

// render is run --dry-run: it renders every row, against the ledger if there is one, and sends nothing.
func (c *runCommand) render(ctx context.Context, prog *program.Program) error {
	deps := pipeline.Deps{Log: c.term.logger()}
	t, err := c.open.likelyTarget(prog.File, c.sandbox)
	if err != nil {
		return err
	}
	reader, err := openReader(t, t.binding(prog.File.Name, ""))
	if err != nil {
		return err
	}
	if reader != nil {
		defer c.term.closeReader(reader)
		deps.Reader = reader
	}
	reasons := report.NewReasons(c.global.showValues)
	progress := c.term.progress()
	deps.Observer = pipeline.Observers{progress, reasons}
	sum, err := pipeline.Run(ctx, prog, deps, c.options(prog))
	progress.Stop()
	sum.Target = t.name
	if err == nil {
		defer c.open.printEstimate(prog, sum.Loads, sum.Finds)
	}
	return c.conclude(prog, sum, reasons, err)
}
