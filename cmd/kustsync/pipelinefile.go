package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// opener opens what verbs work with: pipeline files, targets, ledgers and sessions. Diagnostics of a file go to
// result, for --json.
type opener struct {
	stdin  io.Reader
	flags  *globalFlags
	term   *terminal
	result *result
}

// file reads a pipeline file. It returns a file also with config.Diagnostics, as far as it could be read.
func (o *opener) file(path string) (*config.File, error) {
	vars, err := o.flags.variables()
	if err != nil {
		return nil, err
	}
	f, err := config.Load(path, config.Options{
		Specs: catalog.Specs(), Vars: vars, Env: os.LookupEnv,
	})
	return f, o.keepDiagnostics(err)
}

// program reads a pipeline file and binds it to its sources, some of which --source flags may replace. The caller
// closes the program.
func (o *opener) program(ctx context.Context, path string, sourceFlags []string) (*program.Program, error) {
	replaced, err := parseSources(sourceFlags)
	if err != nil {
		return nil, err
	}
	f, err := o.file(path)
	if f == nil {
		return nil, err
	}
	prog, bindErr := program.Bind(ctx, f, program.BindOptions{Specs: catalog.Specs(), Forms: catalog.Forms(), Sources: replaced, Stdin: o.stdin})
	err = mergeDiagnostics(err, bindErr)
	if err != nil {
		if prog != nil {
			err = errors.Join(err, prog.Close())
		}
		return nil, o.keepDiagnostics(err)
	}
	o.result.diagnostics = prog.Warnings
	return prog, nil
}

// keepDiagnostics remembers the diagnostics of a pipeline file for --json. It returns the error that it is given.
func (o *opener) keepDiagnostics(err error) error {
	var diagnostics config.Diagnostics
	if errors.As(err, &diagnostics) {
		o.result.diagnostics = diagnostics
	}
	return err
}

// mergeDiagnostics puts the diagnostics of reading a file and those of binding it into one list, sorted by place.
// Where reading found an error, binding has nothing to work with: its diagnostics of the same place, and those
// without a place, only follow from that error and are left out.
func mergeDiagnostics(reading, binding error) error {
	var first, second config.Diagnostics
	if !errors.As(reading, &first) {
		if reading != nil {
			return reading
		}
		return binding
	}
	if !errors.As(binding, &second) {
		return first
	}
	known := map[config.Pos]bool{{}: true}
	for _, f := range first {
		known[f.Pos] = known[f.Pos] || !f.Warning
	}
	all := slices.Clone(first)
	for _, f := range second {
		if !known[f.Pos] {
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b config.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return all
}

// damageAsDiagnostic turns a damaged source into a diagnostic of the pipeline file: exit code 2, where a run ends
// with 4.
func damageAsDiagnostic(err error) error {
	var damaged *program.DamagedError
	if errors.As(err, &damaged) {
		return damaged.Diagnostics
	}
	return err
}

// withoutPermissions leaves out the warnings that a step needs a permission: a run was given it, or is refused.
func withoutPermissions(warnings []config.Diagnostic) []config.Diagnostic {
	return slices.DeleteFunc(slices.Clone(warnings), func(f config.Diagnostic) bool { return f.Leave })
}
