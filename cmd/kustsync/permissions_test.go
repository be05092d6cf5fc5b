package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

func TestPermissions(t *testing.T) {
	step := func(name string, spec sinks.Spec) *program.Step {
		return &program.Step{Config: &config.Step{Name: name}, Spec: &spec}
	}
	prog := &program.Program{Steps: []*program.Step{
		step("people", sinks.Spec{Name: "create_customer"}),
		step("old", sinks.Spec{Name: "delete_customer", Destructive: true}),
		step("mail", sinks.Spec{Name: "postpone_draft", Delivers: true}),
	}}
	for _, tt := range []struct {
		step  string
		flags []string
		want  string
	}{
		{"", nil, "what this pipeline does cannot be undone: old (delete_customer)"},
		{"", []string{"allow-destructive"}, "can make a message leave for a customer: mail (postpone_draft)"},
		{"", []string{"allow-destructive", "allow-delivery"}, ""},
		{"people", nil, ""},
		{"old", []string{"allow-delivery"}, "cannot be undone"},
	} {
		p := permissions{destructive: slices.Contains(tt.flags, "allow-destructive"), delivery: slices.Contains(tt.flags, "allow-delivery")}
		err := p.check(prog, tt.step)
		if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || explain(err).exit != 2) {
			t.Errorf("step %q, flags %v: %v", tt.step, tt.flags, err)
		}
	}
}
