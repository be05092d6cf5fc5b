package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/functions"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
	"github.com/kustsync/kustsync/sources"
)

// documents are the pages whose commands, links and names tests compare with the program.
func documents(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(examplesDir, "*", "README.md"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	return append(paths, filepath.Join(examplesDir, "ACTIONS.md"), "../../README.md", "../../CONTRIBUTING.md", "../../CHANGELOG.md")
}

// maxWalk is how many files one row may go through, from its source to the ledger.
const maxWalk = 15

// TestContributingNamesFiles checks that every file and folder that CONTRIBUTING.md names in backticks exists, and that
// the way of one row is a list of at most maxWalk files.
func TestContributingNamesFiles(t *testing.T) {
	text, err := os.ReadFile("../../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("`((?:cmd|pipeline|sinks|sources|mappings|examples|testdata)/[^` <>]*)`").FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(m[1]))); err != nil {
			t.Errorf("CONTRIBUTING.md names %s, which does not exist: correct CONTRIBUTING.md", m[1])
		}
	}
	_, way, found := strings.Cut(string(text), "## The way of one row")
	way, _, _ = strings.Cut(way, "\n## ")
	files := regexp.MustCompile("(?m)^\\d+\\. `[^`]+[.]go`").FindAllString(way, -1)
	if !found || len(files) < 10 || len(files) > maxWalk {
		t.Errorf("CONTRIBUTING.md lists %d files as the way of one row, want at least 10 and at most %d", len(files), maxWalk)
	}
}

// block is a fenced block of a document.
type block struct {
	line           int // of its first line of text
	language, text string
}

func blocks(t *testing.T, path string) (all []block) {
	t.Helper()
	var open *block
	for i, line := range strings.Split(string(read(t, path)), "\n") {
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && open == nil:
			open = &block{line: i + 2, language: language}
		case fence:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block is never closed", path, open.line)
	}
	return all
}

// TestREADMEConsole runs the commands of the README and compares what they print.
func TestREADMEConsole(t *testing.T) {
	path := absolute(t, "../../README.md")
	newConsoleRunner(t, exampleNames(t)...).runDocument(t, path)
}

// TestREADMECommands checks that the first two commands are those that CI and newcomers rely on.
func TestREADMECommands(t *testing.T) {
	var commands []string
	for _, b := range blocks(t, "../../README.md") {
		for line := range strings.Lines(b.text) {
			command, typed := strings.CutPrefix(strings.TrimSpace(line), "$ ")
			if typed && b.language == "console" || b.language == "sh" {
				commands = append(commands, command)
			}
		}
	}
	commands = slices.Compact(commands)
	want := []string{"go run ./cmd/kustsync run --sandbox examples/quickstart/pipeline.yaml", "go test ./..."}
	if diff := cmp.Diff(want, commands[:min(2, len(commands))]); diff != "" {
		t.Errorf("the first commands (-want +got):\n%s", diff)
	}
}

// TestREADMEPipelines parses every whole pipeline of the README.
func TestREADMEPipelines(t *testing.T) {
	whole := 0
	for _, b := range blocks(t, "../../README.md") {
		if b.language != "yaml" || strings.HasPrefix(b.text, "# row:") {
			continue
		}
		whole++
		place := fmt.Sprintf("README.md:%d", b.line)
		if _, err := config.Parse(place, []byte(b.text), config.Options{Specs: catalog.Specs()}); err != nil {
			t.Errorf("%s: %v", place, err)
		}
	}
	if whole < 2 {
		t.Errorf("README.md has %d whole pipelines, want the smallest and a longer one", whole)
	}
}

// TestREADMETemplates renders the templates of the README for the row above them, and compares the
// values with those behind them.
func TestREADMETemplates(t *testing.T) {
	for _, b := range blocks(t, "../../README.md") {
		row, lines, _ := strings.Cut(b.text, "\n")
		row, ok := strings.CutPrefix(row, "# row: ")
		if !ok {
			continue
		}
		var values sources.Object
		if err := json.Unmarshal([]byte(row), &values); err != nil {
			t.Fatalf("README.md:%d: %v", b.line, err)
		}
		in := mappings.Input{Row: values}
		for line := range strings.Lines(lines) {
			template, want, _ := strings.Cut(line, "  # ")
			checkTemplate(t, template, strings.TrimSpace(want), &in)
		}
		return
	}
	t.Error("README.md has no block of templates")
}

func checkTemplate(t *testing.T, line, want string, in *mappings.Input) {
	t.Helper()
	var field map[string]string
	if err := yaml.Unmarshal([]byte(line), &field); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	node := mappings.Node{Kind: mappings.Map}
	for name, text := range field {
		node.Fields = append(node.Fields, mappings.Field{Name: name, Value: mappings.Node{Text: mappings.Text{Value: text}}})
	}
	tables := map[string]mappings.Table{"statuses": {"solved": "done", "*": "open"}}
	m, diagnostics := mappings.Compile(node, mappings.Options{Functions: functions.Table(), Tables: tables})
	if len(diagnostics) > 0 {
		t.Fatalf("%s: %v", line, diagnostics)
	}
	payload, err := m.Apply(in)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	for _, got := range payload {
		if text, err := json.Marshal(got); err != nil || string(text) != want {
			t.Errorf("%s gives %s, want %s: %v", line, text, want, err)
		}
	}
}

// TestREADMETables checks the tables that repeat what the program has in tables of its own.
func TestREADMETables(t *testing.T) {
	text := string(read(t, "../../README.md"))
	for _, e := range exitCodes {
		row := fmt.Sprintf("| %d | %s |", e.code, e.meaning)
		if e.code != exitInterrupted && !strings.Contains(strings.ReplaceAll(text, "`", ""), row) {
			t.Errorf("README.md lacks the exit code %s", row)
		}
	}
	for _, o := range ledger.Outcomes {
		if !strings.Contains(text, fmt.Sprintf("| `%s` |", o)) {
			t.Errorf("README.md lacks the outcome %s", o)
		}
	}
	for _, s := range catalog.Specs() {
		if !strings.Contains(text, fmt.Sprintf("| `%s` |", s.Name)) {
			t.Errorf("README.md lacks the sink %s", s.Name)
		}
	}
	for _, name := range exampleNames(t) {
		if !strings.Contains(text, "(examples/"+name+")") {
			t.Errorf("README.md lacks the example %s", name)
		}
	}
}

var (
	commandText = regexp.MustCompile("kustsync ([a-z]+)((?: [^`\n|]+)?)")
	inlineCode  = regexp.MustCompile("`([^`\n]+)`")
	flagName    = regexp.MustCompile(`(?:^|\s)--([a-z-]+)`)
	link        = regexp.MustCompile(`\]\(([^)#]+)\)`)
)

// TestDocumentedCommands checks that every verb and flag that a document names exists.
func TestDocumentedCommands(t *testing.T) {
	root := newRootCommand(newApp(nil, nil, nil))
	for _, path := range documents(t) {
		for _, text := range codeOf(t, path) {
			for _, m := range commandText.FindAllStringSubmatch(text, -1) {
				checkCommand(t, path, root, m[1], m[2])
			}
			for _, m := range flagName.FindAllStringSubmatch(text, -1) {
				if strings.HasPrefix(text, "--") && !anyHasFlag(root, m[1]) {
					t.Errorf("%s: no command has the flag --%s", path, m[1])
				}
			}
		}
	}
}

// codeOf is the code of a document: the lines of its console and sh blocks, and its inline code.
func codeOf(t *testing.T, path string) (code []string) {
	t.Helper()
	for _, b := range blocks(t, path) {
		for line := range strings.Lines(b.text) {
			if b.language == "sh" || b.language == "console" && strings.HasPrefix(line, "$ ") {
				code = append(code, line)
			}
		}
	}
	for _, m := range inlineCode.FindAllStringSubmatch(string(read(t, path)), -1) {
		code = append(code, m[1])
	}
	return code
}

func checkCommand(t *testing.T, path string, root *cobra.Command, verb, rest string) {
	t.Helper()
	i := slices.IndexFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == verb })
	if i < 0 {
		t.Errorf("%s: there is no command kustsync %s", path, verb)
		return
	}
	rest, _, _ = strings.Cut(rest, "#")
	command := root.Commands()[i]
	for _, below := range command.Commands() { // ledger mv
		if words := strings.Fields(rest); len(words) > 0 && words[0] == below.Name() {
			command = below
		}
	}
	for _, m := range flagName.FindAllStringSubmatch(rest, -1) {
		if !hasFlag(command, m[1]) {
			t.Errorf("%s: kustsync %s has no flag --%s", path, verb, m[1])
		}
	}
}

func hasFlag(c *cobra.Command, name string) bool {
	return name == "help" || c.Flags().Lookup(name) != nil || c.Root().PersistentFlags().Lookup(name) != nil
}

func anyHasFlag(root *cobra.Command, name string) bool {
	return slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return hasFlag(c, name) || anyHasFlag(c, name) })
}

// TestDocumentLinks checks that every file of the repository that a document links to exists.
func TestDocumentLinks(t *testing.T) {
	for _, path := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(string(read(t, path)), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1])); err != nil {
				t.Errorf("%s: the link %s names no file", path, m[1])
			}
		}
	}
}

// TestAnswersAreTested checks that each answer of the README's "What happens when" names the tests behind
// it, and that they are in the tree: tests by their name, scenarios of the fault suite by their id.
func TestAnswersAreTested(t *testing.T) {
	tests := testsOfTree(t)
	_, section, _ := strings.Cut(string(read(t, "../../README.md")), "\n## What happens when")
	section, _, _ = strings.Cut(section, "\n## ")
	answers := strings.Split(section, "\n- **...")[1:]
	if len(answers) < 15 {
		t.Fatalf("README.md has %d answers below \"What happens when\", want at least 15", len(answers))
	}
	for _, answer := range answers {
		question, _, _ := strings.Cut(answer, "**")
		names := testName.FindAllString(answer, -1)
		if len(names) == 0 {
			t.Errorf("README.md names no test for the answer to%s", question)
		}
		for _, name := range names {
			if !tests[name] {
				t.Errorf("there is no test %s, which the answer to%s names", name, question)
			}
		}
	}
}

var (
	testName   = regexp.MustCompile(`\b(?:Test[A-Z]\w+|[BFRST][0-9]{1,2})\b`)
	testInTree = regexp.MustCompile(`(?m)^func (Test\w+)\(|\bid: "([BFRST][0-9]+)"`)
)

// testsOfTree are the names of all Go tests, and the ids of all scenarios of the fault suite.
func testsOfTree(t *testing.T) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	err := filepath.WalkDir("../..", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, m := range testInTree.FindAllStringSubmatch(string(read(t, path)), -1) {
			tests[m[1]+m[2]] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}

// TestMakeTargets checks that the targets that CONTRIBUTING.md names are in the Makefile.
func TestMakeTargets(t *testing.T) {
	makefile := read(t, "../../Makefile")
	for _, path := range documents(t) {
		for _, text := range codeOf(t, path) {
			target, ok := strings.CutPrefix(text, "make ")
			if ok && !bytes.Contains(makefile, []byte("\n"+strings.TrimSpace(target)+":")) {
				t.Errorf("%s: the Makefile has no target %s", path, target)
			}
		}
	}
}
