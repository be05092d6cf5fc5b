package config

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"os"
)

var update = flag.Bool("update", false, "write the diagnostics of now into testdata/diagnostics")

// TestDiagnostics compares the diagnostics of the .yaml files in testdata/diagnostics, as users see them, with the .txt
// file beside each.
func TestDiagnostics(t *testing.T) {
	files, err := filepath.Glob("testdata/diagnostics/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { testDiagnostics(t, path) })
	}
}

func testDiagnostics(t *testing.T, path string) {
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range archive.Files {
		want[f.Name] = string(f.Data)
	}
	options := Options{}
	if strings.Contains(string(archive.Comment), "--var") {
		options = variableOptions()
	}
	now := txtar.Archive{Comment: archive.Comment}
	for _, f := range archive.Files {
		name, ok := strings.CutSuffix(f.Name, ".yaml")
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			_, got := read(t, string(f.Data), options)
			if got != "" {
				got += "\n"
			}
			if diff := cmp.Diff(want[name+".txt"], got); diff != "" && !*update {
				t.Errorf("diagnostics (-want +got); -update writes those of now:\n%s", diff)
			}
			checkShown(t, got)
			now.Files = append(now.Files, f, txtar.File{Name: name + ".txt", Data: []byte(got)})
		})
	}
	if *update {
		if err := os.WriteFile(path, txtar.Format(&now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// variableOptions are those of testdata/diagnostics/vars.txtar; the other files use no variables.
func variableOptions() Options {
	return Options{
		Vars: map[string]string{"GIVEN": "given", "UNUSED": ""},
		Env: environment(map[string]string{
			"NAME": "acme", "EVIL": "{{ .x }}", "COUNT": "8", "WORD": "lots", "BAD": "\xff", "KUSTOMER_API_KEY": "s3cr3t-live-key",
		}),
	}
}

// checkShown checks what holds for every diagnostic: it has a fix, and shows no secret and no control character.
func checkShown(t *testing.T, shown string) {
	t.Helper()
	if strings.Count(shown, "pipeline.yaml:") != strings.Count(shown, "  fix: ") {
		t.Errorf("a diagnostic without a fix: give it a hint:\n%s", shown)
	}
	for _, secret := range []string{"s3cr3t", "hunter22", "key-part-two", "eyJhbGci", "\x01"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown:\n%s", secret, shown)
		}
	}
}
