package main

import (
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// permits are what a run does only when it is told that it may.
var permits = [...]struct {
	flag  string
	does  string
	given func(runFlags) bool
	needs func(*sinks.Spec) bool
}{
	{"--allow-destructive", "cannot be undone", func(f runFlags) bool { return f.allowDestructive }, func(s *sinks.Spec) bool { return s.Destructive }},
	{"--allow-delivery", "can make a message leave for a customer", func(f runFlags) bool { return f.allowDelivery }, func(s *sinks.Spec) bool { return s.Delivers }},
}

// permitFlags are those of the run's flags that allow something.
func (f runFlags) permitFlags() (flags []string) {
	for _, p := range permits {
		if p.given(f) {
			flags = append(flags, p.flag)
		}
	}
	return flags
}

// neededPermits are the flags that a run of these steps needs.
func (f runFlags) neededPermits(plan *program.Program) (flags []string) {
	for _, p := range permits {
		if len(f.stepsThat(plan, p.needs)) > 0 {
			flags = append(flags, p.flag)
		}
	}
	return flags
}

// stepsThat names those of the run's steps whose sinks need something.
func (f runFlags) stepsThat(plan *program.Program, needs func(*sinks.Spec) bool) (steps []string) {
	for _, step := range plan.Steps {
		if (f.step == "" || f.step == step.Name()) && needs(step.Spec) {
			steps = append(steps, fmt.Sprintf("%s (%s)", step.Name(), step.Spec.Name))
		}
	}
	return steps
}

// allowed refuses a run whose steps do what its flags do not allow, before the first row.
func (f runFlags) allowed(plan *program.Program) error {
	for _, p := range permits {
		if steps := f.stepsThat(plan, p.needs); len(steps) > 0 && !p.given(f) {
			return usage("look at what it would do with --dry-run, then add "+p.flag,
				"what this pipeline does %s: %s", p.does, strings.Join(steps, ", "))
		}
	}
	return nil
}
