package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/report"
)

// validateCommand is `kustsync validate`.
type validateCommand struct{ *app }

func newValidateCommand(a *app) *cobra.Command {
	c := &validateCommand{app: a}
	return &cobra.Command{
		Use:   "validate FILE...",
		Short: "Find every fault in pipeline files, their templates and their sources' headers",
		Long: `validate reads each file, opens its sources and checks every template against their headers.
It asks nobody over the network and needs no key. Exit code 0 without faults, 2 with some.`,
		Example: "  kustsync validate pipeline.yaml\n  kustsync validate pipelines/*.yaml --var ENV=prod --json",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
}

func (c *validateCommand) run(ctx context.Context, paths []string) error {
	var all config.Diagnostics
	bad := 0
	for _, path := range paths {
		diagnostics, err := c.check(ctx, path)
		if err != nil && len(diagnostics) == 0 {
			return err
		}
		if err != nil {
			bad++
		} else if !c.global.json {
			c.term.info(fmt.Sprintf("%s: no faults", path))
		}
		all = append(all, diagnostics...)
	}
	c.result.diagnostics = all
	c.result.summary = map[string]int{"files": len(paths), "bad_files": bad, "faults": len(all)}
	if bad > 0 {
		return all
	}
	if c.global.json {
		return nil
	}
	return report.Diagnostics(c.term.err, c.term.errStyle(), all)
}

// check returns the diagnostics of one file, warnings among them, and an error when the file cannot be run.
func (c *validateCommand) check(ctx context.Context, path string) (config.Diagnostics, error) {
	prog, err := c.open.program(ctx, path, nil)
	var diagnostics config.Diagnostics
	if errors.As(err, &diagnostics) {
		return diagnostics, err
	}
	if err != nil {
		return nil, err
	}
	return prog.Warnings, prog.Close()
}
