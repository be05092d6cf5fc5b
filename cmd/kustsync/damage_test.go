package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedWorkbook: a workbook that is cut off is no fault of the pipeline file. It ends a run like
// any source that cannot be read, and is one more fault for the verbs that only look.
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
		var out, talk bytes.Buffer
		if got := newApp(strings.NewReader(""), &out, &talk).main(args); got != want {
			t.Errorf("%s: exit code %d, want %d\n%s", verb, got, want, talk.String())
		}
		if !strings.Contains(talk.String(), "book.xlsx") || !strings.Contains(talk.String(), "p.yaml:4:11") {
			t.Errorf("%s does not name the file:\n%s", verb, talk.String())
		}
	}
}
