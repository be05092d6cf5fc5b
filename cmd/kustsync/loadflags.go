package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/program"
)

// loadFlags are the flags that run and plan share: the target, which rows, and how fast.
type loadFlags struct {
	sandbox bool
	like    string // only run has it
	seed    string
	limit   int
	step    string
	workers int
	budget  string
	sources []string
	accept  []string               // guards
	given   func(flag string) bool // reports whether the command line has the flag
}

// register adds the flags to the command of a verb, except those whose help differs from verb to verb.
func (f *loadFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	f.given = fl.Changed
	fl.StringVar(&f.seed, "seed", "", "with --sandbox: a `FILE` of objects that it has from the start (default sandbox: { seed: FILE } of the pipeline)")
	fl.IntVar(&f.limit, "limit", 0, "read only the first `N` rows of each source")
	fl.IntVar(&f.workers, "workers", 0, "HTTP requests at once, 1 to 256 (default from the file)")
	fl.StringVar(&f.budget, "budget", "", "share of the org's requests per minute, such as 50% (default from the file)")
	fl.StringArrayVar(&f.accept, "accept", nil, "let the guard `GUARD[:NAME]` pass in this run, for one step or source or for all; repeatable: "+guardHelp())
	fl.StringArrayVar(&f.sources, "source", nil, "`NAME=PATH`: read that file for that source; may be repeated")
}

// guardHelp names the guards and says when they stop a run.
func guardHelp() string {
	when := map[string]string{
		pipeline.GuardMinRows:   "a source has too few rows",
		pipeline.GuardMaxDrop:   "it has far fewer rows than in its last run",
		pipeline.GuardMaxChange: "too many of its rows changed",
		pipeline.GuardMaxAge:    "its file is too old",
		pipeline.GuardComplete:  "its file ends within a line",
		pipeline.GuardNewKeys:   "a changed template or a renamed step gives all rows new keys",
		pipeline.GuardNoLookup:  "parents were found in Kustomer, and the step's own objects cannot be looked up",
	}
	var guards []string
	for _, name := range pipeline.Guards() {
		guards = append(guards, name+" ("+when[name]+")")
	}
	return strings.Join(guards, ", ")
}

// apply checks the flags and puts them in the place of what the pipeline file says.
func (f *loadFlags) apply(prog *program.Program) error {
	if f.seed != "" && !f.sandbox {
		return usage("add --sandbox; Kustomer itself has its own objects", "--seed is for the sandbox")
	}
	if f.given("workers") && f.workers < 1 || f.workers > 256 {
		return usage("choose 1 to 256", "--workers %d is out of range", f.workers)
	}
	if f.workers > 0 {
		prog.File.Run.Workers = f.workers
	}
	if f.given("limit") && f.limit < 1 {
		return usage("choose 1 or more; leave it out for all rows", "--limit %d is out of range", f.limit)
	}
	if err := checkStep(prog, f.step); err != nil {
		return err
	}
	if err := f.checkAccepted(prog); err != nil {
		return err
	}
	if f.budget == "" {
		return nil
	}
	share, err := config.ParseBudget(f.budget)
	if err != nil {
		return usage(err.Error(), "--budget %q is no share of the rate limit", f.budget)
	}
	prog.File.Kustomer.Budget = share
	return nil
}

// checkAccepted reports a guard, or a step, that --accept names and that there is not.
func (f *loadFlags) checkAccepted(prog *program.Program) error {
	for _, accepted := range f.accept {
		guard, name, named := strings.Cut(accepted, ":")
		if !slices.Contains(pipeline.Guards(), guard) {
			return usage("the guards are "+strings.Join(pipeline.Guards(), ", "), "--accept %s: there is no such guard", accepted)
		}
		if slices.Contains(pipeline.SourceGuards(), guard) {
			if named && !hasSource(prog, name) {
				return usage("name a source of the pipeline file", "--accept %s: there is no source %q", accepted, name)
			}
			continue
		}
		if _, ok := prog.Step(name); named && !ok {
			return usage("name a step of the pipeline file", "--accept %s: there is no step %q", accepted, name)
		}
	}
	return nil
}

// hasSource reports whether a step reads a source of that name.
func hasSource(prog *program.Program, name string) bool {
	return slices.ContainsFunc(prog.Steps, func(s *program.Step) bool { return s.Source.Name == name })
}

// checkStep refuses a --step that the pipeline does not have; "" is all steps.
func checkStep(prog *program.Program, step string) error {
	if _, ok := prog.Step(step); step == "" || ok {
		return nil
	}
	var names []string
	for _, s := range prog.Steps {
		names = append(names, s.Name())
	}
	return usage(nearestStep(step, names), "--step: there is no step %q", step)
}

// nearestStep is the hint for a step that is not there.
func nearestStep(step string, names []string) string {
	if near, ok := config.Nearest(step, names); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "the steps are " + strings.Join(names, ", ")
}

// options are the options of a run that begins now. path is the pipeline file's.
func (f *loadFlags) options(g *globalFlags, path string) pipeline.Options {
	now := time.Now()
	return pipeline.Options{
		RunID: newRunID(now), Start: now, Locked: now, Limit: f.limit, Step: f.step, Accept: f.accept,
		Command: func(verb string, flags ...string) string {
			if f.sandbox {
				flags = append(flags, "--sandbox")
			}
			return g.commandLine(verb, path, flags)
		},
	}
}

// ledgerFlags are the flags that name the target to commands that work with its ledger.
func (f *loadFlags) ledgerFlags() []string {
	if f.sandbox {
		return []string{"--sandbox"}
	}
	return nil
}

// targetFlags are the flags that say where a run loads, to be typed again.
func (f *loadFlags) targetFlags() []string {
	switch {
	case f.sandbox && f.like != "":
		return []string{"--sandbox", "--like", f.like}
	case f.sandbox:
		return []string{"--sandbox"}
	}
	return nil
}

// rowFlags are the flags that say which rows are read, to be typed again.
func (f *loadFlags) rowFlags() []string {
	var flags []string
	if f.step != "" {
		flags = append(flags, "--step", f.step)
	}
	if f.limit > 0 {
		flags = append(flags, "--limit", strconv.Itoa(f.limit))
	}
	return append(flags, f.sourceFlags(nil)...)
}

// sourceFlags are the --source flags, to be typed again. A source that has a file of rejected rows, which are to be
// corrected, is read from that file.
func (f *loadFlags) sourceFlags(rejected []string) (flags []string) {
	corrected := map[string]bool{}
	var last []string
	for _, path := range rejected {
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		corrected[name] = true
		last = append(last, "--source", name+"="+shortPath(path))
	}
	for _, source := range f.sources {
		if name, _, _ := strings.Cut(source, "="); !corrected[name] {
			flags = append(flags, "--source", source)
		}
	}
	return append(flags, last...)
}
