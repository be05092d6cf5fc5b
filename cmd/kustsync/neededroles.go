package main

import (
	"slices"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// historical are the fields that Kustomer sets itself unless the key is an admin's (kustomer-api.md 1.3).
var historical = [...]string{"createdAt", "createdBy", "modifiedAt", "modifiedBy"}

// neededRoles returns the sinks of a program with only those roles that its steps use, and a made-up sink with the
// roles of each form that its templates find.
func neededRoles(prog *program.Program) []sinks.Spec {
	var specs []sinks.Spec
	for _, step := range prog.Steps {
		spec := *step.Spec
		spec.Roles = nil
		for _, role := range step.Spec.Roles {
			if uses(step, role.For) {
				spec.Roles = append(spec.Roles, role)
			}
		}
		specs = append(specs, spec)
		for _, form := range prog.Forms(step) {
			specs = append(specs, sinks.Spec{Name: form.Name(), Roles: []sinks.Role{{For: "read", AnyOf: form.Roles}}})
		}
	}
	return specs
}

// uses reports whether a step does what a role is for.
func uses(step *program.Step, what string) bool {
	switch what {
	case "update":
		return step.Spec.Kind == sinks.Changes || step.Config.IfExists == config.Update || step.Config.Finalize
	case "read merges":
		return step.Config.IfDeleted == config.Recreate || step.Config.IfMerged == config.UseMerged
	case "look up":
		return step.Spec.Kind != sinks.Changes || len(step.Spec.Preserve) > 0
	case "historical timestamps":
		fields := step.Mapping.Fields()
		return slices.ContainsFunc(historical[:], func(name string) bool { return slices.Contains(fields, name) })
	}
	return true
}
