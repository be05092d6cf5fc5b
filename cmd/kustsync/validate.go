package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/report"
)

func (a *app) validateCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "validate FILE...",
		Short: "Find every fault in pipeline files, their templates and their sources' headers",
		Long: `validate reads each file, opens its sources and checks every template against their headers.
It asks nobody over the network and needs no key. Exit code 0 without faults, 2 with some.`,
		Example: "  kustsync validate pipeline.yaml\n  kustsync validate pipelines/*.yaml --var ENV=prod --json",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.validate(cmd.Context(), args) },
	}
}

// validate is `kustsync validate`.
func (a *app) validate(ctx context.Context, paths []string) error {
	var all config.Diagnostics
	bad := 0
	for _, path := range paths {
		faults, err := a.check(ctx, path)
		if err != nil && len(faults) == 0 {
			return err
		}
		if err != nil {
			bad++
		} else if !a.flags.json {
			a.chat(fmt.Sprintf("%s: no faults", path))
		}
		all = append(all, faults...)
	}
	a.faults = all
	a.summary = map[string]int{"files": len(paths), "bad_files": bad, "faults": len(all)}
	if bad > 0 {
		return all
	}
	if a.flags.json {
		return nil
	}
	return report.Faults(a.talk, a.style(a.talk), all)
}

// check returns the faults of one file, warnings among them, and an error when it cannot be run.
func (a *app) check(ctx context.Context, path string) (config.Diagnostics, error) {
	plan, err := a.bind(ctx, path, nil)
	var faults config.Diagnostics
	if errors.As(err, &faults) {
		return faults, err
	}
	if err != nil {
		return nil, err
	}
	return plan.Warnings, plan.Close()
}
