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

var update = flag.Bool("update", false, "write what the faults are now into testdata/faults")

// TestFaults compares the faults of bad files, as they are shown, with what stands beside each.
func TestFaults(t *testing.T) {
	files, err := filepath.Glob("testdata/faults/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { testFaults(t, path) })
	}
}

func testFaults(t *testing.T, path string) {
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
		options = faultOptions()
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
				t.Errorf("faults (-want +got):\n%s", diff)
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

// faultOptions are those of testdata/faults/vars.txtar; the other files use no variables.
func faultOptions() Options {
	return Options{
		Vars: map[string]string{"GIVEN": "given", "UNUSED": ""},
		Env: environment(map[string]string{
			"NAME": "acme", "EVIL": "{{ .x }}", "COUNT": "8", "WORD": "lots", "BAD": "\xff", "KUSTOMER_API_KEY": "s3cr3t-live-key",
		}),
	}
}

// checkShown holds what is shown against the rules for every fault: a fix, no secret, no control
// character.
func checkShown(t *testing.T, shown string) {
	t.Helper()
	if strings.Count(shown, "pipeline.yaml:") != strings.Count(shown, "  fix: ") {
		t.Errorf("a fault without a fix:\n%s", shown)
	}
	for _, secret := range []string{"s3cr3t", "hunter22", "key-part-two", "eyJhbGci", "\x01"} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown:\n%s", secret, shown)
		}
	}
}
