package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// update rewrites the documents: go test ./cmd/kustsync -run 'TestExamples|TestREADME' -update
var update = flag.Bool("update", false, "write what commands print into the documents, and what came out into want/")

// consoleRunner runs the console blocks of a document in a copy of the repository's examples: a line that
// begins with "$ " is a command, the lines below it are what it prints, to either stream. A line
// "..." stands for lines that are left out.
type consoleRunner struct {
	root     string // of the copy, and the working directory
	start    time.Time
	ids      map[string]string
	exit     int        // of the last command
	commands [][]string // the arguments of each kustsync
	runs     []string   // the folder of each run
}

// newConsoleRunner copies the examples into a folder of their own and goes there.
func newConsoleRunner(t *testing.T, examples ...string) *consoleRunner {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range examples {
		copyExample(t, filepath.Join(examplesDir, name), filepath.Join(root, "examples", name))
	}
	for _, name := range []string{"KUSTOMER_ORG", "KUSTOMER_BASE_URL", "KUSTOMER_API_KEY"} {
		t.Setenv(name, "") // so that it is put back
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(root)
	return &consoleRunner{root: root, start: time.Now().Truncate(time.Second), ids: map[string]string{}}
}

// copyExample copies a folder without what runs have left in it.
func copyExample(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(to, ".kustsync")); err != nil {
		t.Fatal(err)
	}
}

// runDocument runs every command of a document and compares what it prints with what the document says.
// path is absolute; with -update the document is rewritten.
func (p *consoleRunner) runDocument(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	var out []string
	for at := 0; at < len(lines); {
		out = append(out, lines[at])
		at++
		if lines[at-1] != "```console" {
			continue
		}
		for at < len(lines) && lines[at] != "```" {
			command, ok := strings.CutPrefix(lines[at], "$ ")
			if !ok {
				t.Fatalf("%s:%d: a console block begins with a command, $ ...", path, at+1)
			}
			place := fmt.Sprintf("%s:%d", path, at+1)
			out = append(out, lines[at])
			at++
			from := at
			for at < len(lines) && lines[at] != "```" && !strings.HasPrefix(lines[at], "$ ") {
				at++
			}
			out = append(out, p.compare(t, place, command, lines[from:at])...)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.Join(out, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// compare runs one command and returns the lines that the document should have below it.
func (p *consoleRunner) compare(t *testing.T, place, command string, want []string) []string {
	t.Helper()
	text, err := p.command(command)
	if err != nil {
		t.Fatalf("%s: %s: %v", place, command, err)
	}
	var got []string
	if text = strings.TrimSuffix(p.normalize(text), "\n"); text != "" {
		got = strings.Split(text, "\n")
	}
	if matches(got, want) {
		return want
	}
	if !*update {
		t.Errorf("%s: $ %s\nprints (-document +program; go test -update rewrites it):\n%s", place, command, cmp.Diff(want, got))
	}
	return got
}

// matches reports whether lines are as wanted; a wanted "..." is any number of lines.
func matches(got, want []string) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] != "..." {
		return len(got) > 0 && got[0] == want[0] && matches(got[1:], want[1:])
	}
	for skip := range len(got) + 1 {
		if matches(got[skip:], want[1:]) {
			return true
		}
	}
	return false
}

// command runs a command of a document: kustsync, or one of the few things of the shell that the
// documents need.
func (p *consoleRunner) command(line string) (string, error) {
	words := strings.Fields(strings.NewReplacer("go run ./cmd/kustsync ", "kustsync ").Replace(line))
	switch {
	case len(words) > 1 && words[0] == "kustsync":
		return p.kustsync(words[1:])
	case line == "echo $?":
		code := p.exit
		p.exit = 0
		return strconv.Itoa(code), nil
	case len(words) == 2 && words[0] == "cat":
		names, err := filepath.Glob(words[1])
		if err != nil {
			return "", err
		}
		if len(names) != 1 {
			return "", fmt.Errorf("%s is %d files, want one", words[1], len(names))
		}
		text, err := os.ReadFile(names[0])
		return string(text), err
	}
	return "", fmt.Errorf("documents run only kustsync, cat and echo $? in console blocks; use a sh block for others")
}

func (p *consoleRunner) kustsync(args []string) (string, error) {
	if p.exit != 0 {
		return "", fmt.Errorf("the command before it gave exit code %d, and the document does not say so with echo $?", p.exit)
	}
	var out bytes.Buffer
	p.exit = newApp(strings.NewReader(""), &out, &out).main(args)
	p.commands = append(p.commands, args)
	folders, err := filepath.Glob(filepath.Join(p.root, "examples", "*", ".kustsync", "*", "*", "runs", "*", "summary.json")) // a plan leaves none
	for _, folder := range folders {
		if folder = filepath.Dir(folder); !slices.Contains(p.runs, folder) {
			p.runs = append(p.runs, folder)
		}
	}
	return out.String(), err
}

// What differs from run to run, and what documents have in its place.
var (
	runID      = regexp.MustCompile(`\b\d{8}T\d{6}Z-[0-9a-z]{6}\b`)
	kustomerID = regexp.MustCompile(`\b[0-9a-f]{24}\b`)
	took       = regexp.MustCompile(`\bin \d+(\.\d+)?s\b`)
	timestamp  = regexp.MustCompile(`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?`)
)

const (
	documentRoot  = "/home/you/kustsync"
	documentRunID = "20260201T090000Z-k7dm2p"
	documentNow   = "2026-02-01T09:00:00.000Z"
)

// normalize replaces what differs from run to run by the examples that documents have.
func (p *consoleRunner) normalize(text string) string {
	text = strings.ReplaceAll(text, p.root, documentRoot)
	text = runID.ReplaceAllString(text, documentRunID)
	text = took.ReplaceAllString(text, "in 0.2s")
	text = timestamp.ReplaceAllStringFunc(text, func(s string) string {
		if p.isNow(s) {
			return documentNow[:min(len(s), len(documentNow))]
		}
		return s
	})
	return kustomerID.ReplaceAllStringFunc(text, func(id string) string {
		if p.ids[id] == "" {
			p.ids[id] = fmt.Sprintf("65a0c0ffee%014x", len(p.ids)+1)
		}
		return p.ids[id]
	})
}

// isNow reports whether a timestamp was taken while the commands ran.
func (p *consoleRunner) isNow(text string) bool {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		at, err = time.ParseInLocation(time.DateTime, text, time.Local)
	}
	return err == nil && !at.Before(p.start) && !at.After(time.Now())
}
