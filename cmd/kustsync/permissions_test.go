package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
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

// TestWhichMappingsDestroy: a mapping that deletes, merges or redacts with every row makes its step one that wants the flag; one
// that does with some rows is warned of; one that never does is neither.
func TestWhichMappingsDestroy(t *testing.T) {
	dir := t.TempDir()
	rows := filepath.Join(dir, "rows.csv")
	if err := os.WriteFile(rows, []byte("id,gone\n1,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ sink, mapping, want string }{
		{"update_company", `id: "{{ .id }}", name: "A {{ .id }}"`, ""},
		{"update_company", `id: "{{ .id }}", deleted: true`, "step"},
		{"update_company", `id: "{{ .id }}", deleted: "true"`, "step"},
		{"update_company", `id: "{{ .id }}", deleted: false`, ""},
		{"update_company", `id: "{{ .id }}", deleted: "false"`, ""},
		{"update_company", `id: "{{ .id }}", deleted: "{{ .gone }}"`, "row"},
		{"update_conversation", `id: "{{ .id }}", deleted: true`, "step"},
		{"update_note", `id: "{{ .id }}", body: "b", deleted: true`, "step"},
		{"request", `method: PUT, path: "/v1/companies/{{ .id }}", body: { name: "n", deleted: true }`, "step"},
		{"request", `method: PUT, path: "/v1/companies/{{ .id }}", body: { name: "{{ .id }}", deleted: 1 }`, "step"},
		{"request", `method: PUT, path: "/v1/companies/{{ .id }}", body: { list: [{ deleted: "{{ .gone }}" }] }`, "row"},
		{"request", `method: POST, path: "/v1/messages/{{ .id }}/redactions", body: { type: preview }`, "step"},
		{"request", `method: DELETE, path: "/v1/companies/{{ .id }}"`, "step"},
		{"request", `method: POST, path: "/v1/companies", body: { name: "{{ .id }}" }`, ""},
	} {
		path := filepath.Join(dir, "p.yaml")
		text := fmt.Sprintf("version: 1\nsteps:\n  a:\n    from: rows.csv\n    sink: %s\n    key: \"{{ .id }}\"\n    mapping: { %s }\n", c.sink, c.mapping)
		f, err := config.Parse(path, []byte(text), config.Options{Specs: catalog.Specs()})
		if err != nil {
			t.Fatalf("%s: %v", c.mapping, err)
		}
		prog, err := program.Bind(t.Context(), f, program.BindOptions{Specs: catalog.Specs()})
		if err != nil {
			t.Fatalf("%s: %v", c.mapping, err)
		}
		got := ""
		for _, w := range prog.Warnings {
			if strings.Contains(w.Message, "a row deletes") {
				got = "row"
			}
		}
		if prog.Steps[0].Spec.Destructive {
			got = "step"
		}
		if got != c.want {
			t.Errorf("%s with %s: %q, want %q", c.sink, c.mapping, got, c.want)
		}
		if err := prog.Close(); err != nil {
			t.Error(err)
		}
	}
}
