package main

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/pipeline/report"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// variables are the values of --var.
func (a *app) variables() (map[string]string, error) {
	vars := map[string]string{}
	for _, v := range a.flags.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, usage("write it as --var NAME=value", "--var %s: there is no NAME=value in it", name)
		}
		vars[name] = value
	}
	return vars, nil
}

// load reads a pipeline file.
func (a *app) load(path string) (*config.File, error) {
	vars, err := a.variables()
	if err != nil {
		return nil, err
	}
	f, err := config.Load(path, config.Options{
		Specs: catalog.Specs(), Vars: vars, Env: os.LookupEnv,
	})
	return f, a.keepFaults(err)
}

// bind reads a pipeline file and binds it to its sources. The caller closes the plan.
func (a *app) bind(ctx context.Context, path string, overrides []string) (*program.Program, error) {
	others, err := parseSources(overrides)
	if err != nil {
		return nil, err
	}
	f, err := a.load(path)
	if f == nil {
		return nil, err
	}
	plan, bindErr := program.Bind(ctx, f, program.BindOptions{Specs: catalog.Specs(), Forms: catalog.Forms(), Sources: others, Stdin: a.in})
	err = mergeFaults(err, bindErr)
	if err != nil {
		if plan != nil {
			err = errors.Join(err, plan.Close())
		}
		return nil, a.keepFaults(err)
	}
	a.faults = plan.Warnings
	return plan, nil
}

// mergeFaults puts the faults of the file and those of binding it into one list, sorted by place. Binding
// a file with faults is left without what they speak of: what it says of that place, or of none, only
// follows from them.
func mergeFaults(file, bound error) error {
	var first, second config.Diagnostics
	if !errors.As(file, &first) {
		if file != nil {
			return file
		}
		return bound
	}
	if !errors.As(bound, &second) {
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

// plainFaults takes a damaged source for one more fault of the file: only a run ends otherwise with it.
func plainFaults(err error) error {
	var damaged *program.DamagedError
	if errors.As(err, &damaged) {
		return damaged.Diagnostics
	}
	return err
}

// keepFaults remembers the faults of a pipeline file for --json.
func (a *app) keepFaults(err error) error {
	var faults config.Diagnostics
	if errors.As(err, &faults) {
		a.faults = faults
	}
	return err
}

// warn prints what a pipeline file should have and can do without.
func (a *app) warn(plan *program.Program) { a.warnOf(plan.Warnings) }

func (a *app) warnOf(warnings []config.Diagnostic) {
	a.mustTell(report.Faults(a.talk, a.style(a.talk), warnings))
}

// withoutLeave are the warnings that a run repeats: what needs leave it refuses, or was told to do.
func withoutLeave(warnings []config.Diagnostic) []config.Diagnostic {
	return slices.DeleteFunc(slices.Clone(warnings), func(f config.Diagnostic) bool { return f.Leave })
}

// absoluteSources writes --source flags so that they hold in any folder.
func absoluteSources(flags []string) []string {
	var all []string
	for _, f := range flags {
		name, path, _ := strings.Cut(f, "=")
		if absolute, err := filepath.Abs(path); err == nil && path != "-" {
			path = absolute
		}
		all = append(all, name+"="+path)
	}
	return all
}

// parseSources reads --source NAME=PATH.
func parseSources(flags []string) (map[string]string, error) {
	paths := map[string]string{}
	for _, f := range flags {
		name, path, ok := strings.Cut(f, "=")
		if !ok || name == "" || path == "" {
			return nil, usage("write it as --source NAME=PATH", "--source %q: there is no NAME=PATH in it", f)
		}
		if path != "-" {
			absolute, err := filepath.Abs(path)
			if err != nil {
				return nil, usage("", "--source %s: %v", name, err)
			}
			path = absolute
		}
		paths[name] = path
	}
	return paths, nil
}
