package main

import (
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// permissions are what a run does only when a flag allows it.
type permissions struct{ destructive, delivery bool }

// permissionTable lists them: the flag, what it allows, whether it was given, and which sinks need it.
var permissionTable = [...]struct {
	flag  string
	does  string
	given func(permissions) bool
	needs func(*sinks.Spec) bool
}{
	{"--allow-destructive", "cannot be undone", func(p permissions) bool { return p.destructive }, func(s *sinks.Spec) bool { return s.Destructive }},
	{"--allow-delivery", "can make a message leave for a customer", func(p permissions) bool { return p.delivery }, func(s *sinks.Spec) bool { return s.Delivers }},
}

// flags are the flags that were given, to be typed again.
func (p permissions) flags() (flags []string) {
	for _, row := range permissionTable {
		if row.given(p) {
			flags = append(flags, row.flag)
		}
	}
	return flags
}

// check refuses, before the first row, a run whose steps do what no flag allows. step "" is all steps.
func (p permissions) check(prog *program.Program, step string) error {
	for _, row := range permissionTable {
		if steps := stepsThat(prog, step, row.needs); len(steps) > 0 && !row.given(p) {
			return usage("look at what it would do with --dry-run, then add "+row.flag,
				"what this pipeline does %s: %s", row.does, strings.Join(steps, ", "))
		}
	}
	return nil
}

// neededPermissions are the flags that a run of a step needs; step "" is all steps.
func neededPermissions(prog *program.Program, step string) (flags []string) {
	for _, row := range permissionTable {
		if len(stepsThat(prog, step, row.needs)) > 0 {
			flags = append(flags, row.flag)
		}
	}
	return flags
}

// stepsThat names the steps, and their sinks, that need a permission; step "" is all steps.
func stepsThat(prog *program.Program, step string, needs func(*sinks.Spec) bool) (steps []string) {
	for _, s := range prog.Steps {
		if (step == "" || step == s.Name()) && needs(s.Spec) {
			steps = append(steps, fmt.Sprintf("%s (%s)", s.Name(), s.Spec.Name))
		}
	}
	return steps
}
