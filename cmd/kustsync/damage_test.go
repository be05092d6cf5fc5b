package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedWorkbook checks that a truncated workbook ends a run with the exit code of a source that cannot be read,
// while verbs that send nothing report it as a diagnostic of the pipeline file.
func TestDamagedWorkbook(t *testing.T) {
	whole, err := os.ReadFile("../../examples/quickstart/conversations.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const pipeline = "version: 1\nsteps:\n  customer:\n    from: book.xlsx\n    sink: create_customer\n    key: '{{ .Ticket }}'\n    mapping: { name: '{{ .Subject }}' }\n"
	for name, text := range map[string][]byte{"p.yaml": []byte(pipeline), "book.xlsx": whole[:len(whole)*2/3]} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for verb, want := range map[string]int{"run": exitEnvironment, "validate": exitUsage, "preview": exitUsage} {
		args := []string{verb, filepath.Join(dir, "p.yaml")}
		if verb == "run" {
			args = append(args, "--sandbox")
		}
		var stdout, stderr bytes.Buffer
		if got := newApp(strings.NewReader(""), &stdout, &stderr).main(args); got != want {
			t.Errorf("%s: exit code %d, want %d\n%s", verb, got, want, stderr.String())
		}
		if !strings.Contains(stderr.String(), "book.xlsx") || !strings.Contains(stderr.String(), "p.yaml:4:11") {
			t.Errorf("%s does not name the workbook and its place in the pipeline file:\n%s", verb, stderr.String())
		}
	}
}
