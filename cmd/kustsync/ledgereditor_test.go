package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

// editCommands are the commands with which a person changes a ledger. FILE stands for a pipeline file, MAP for a file of keys.
var editCommands = map[string][]string{
	"resolve":       {"resolve", "FILE", "--step", "s0", "--key", "1", "--as", "forget"},
	"ledger mv":     {"ledger", "mv", "FILE", "--step", "s0", "s1"},
	"ledger rekey":  {"ledger", "rekey", "FILE", "--step", "s0", "--map", "MAP", "--yes"},
	"ledger forget": {"ledger", "forget", "FILE", "--step", "s0", "--key", "1", "--everywhere"},
}

// TestEditsAndRuns: a command that changes a ledger refuses to while a run holds the target, where there is no ledger, and
// prints one JSON object in any case. A plan that was kept no longer holds afterwards.
func TestEditsAndRuns(t *testing.T) {
	for name, args := range editCommands {
		t.Run(name, func(t *testing.T) {
			step := [2]string{"create_customer", "name: '{{ .name }}'"}
			file := pipelineOf(t, [][2]string{step, {"create_customer", "name: '{{ .name }}'\nexternalId: 'x-{{ .key }}'"}})
			dir := filepath.Dir(file)
			keys := filepath.Join(dir, "map.csv")
			for path, text := range map[string]string{filepath.Join(dir, "rows.csv"): "key,name\n1,Ann\n", keys: "old,new\n1,2\n"} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			edit := func(want int) {
				t.Helper()
				line := []string{"--json"}
				for _, arg := range args {
					line = append(line, strings.NewReplacer("FILE", file, "MAP", keys).Replace(arg))
				}
				var out, messages strings.Builder
				if exit := newApp(strings.NewReader(""), &out, &messages).main(line); exit != want {
					t.Errorf("exit code %d, want %d: %s%s", exit, want, &out, &messages)
				}
				checkEnvelope(t, name, want, out.String())
			}
			run := func(want int, args ...string) {
				t.Helper()
				var out strings.Builder
				if exit := newApp(strings.NewReader(""), &out, &out).main(args); exit != want {
					t.Errorf("%v: exit code %d, want %d: %s", args, exit, want, &out)
				}
			}
			edit(exitUsage) // no ledger
			run(exitOK, "run", "--sandbox", "--step", "s0", file)
			plan := filepath.Join(dir, "plan.json")
			run(exitChanges, "plan", "--sandbox", file, "--out", plan)
			lock, err := ledger.Lock(lockedDir(t, dir))
			if err != nil {
				t.Fatal(err)
			}
			edit(exitLocked)
			if err := lock.Unlock(); err != nil {
				t.Fatal(err)
			}
			edit(exitOK)
			run(exitUsage, "run", "--sandbox", file, "--plan", plan)
		})
	}
}

// lockedDir is the folder of the only target below a folder.
func lockedDir(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, ".kustsync", "*", "sandbox"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}
