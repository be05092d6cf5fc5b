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
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/cmd/kustsync/reference"
	"github.com/kustsync/kustsync/mappings/functions"
	"github.com/kustsync/kustsync/sinks/kustomer/catalog"
)

// outputOf runs a command, which must end with exit code 0, and returns what it prints.
func outputOf(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if exit := newApp(strings.NewReader(""), &out, &out).main(args); exit != exitOK {
		t.Fatalf("%v: exit code %d:\n%s", args, exit, out.String())
	}
	return out.String()
}

// TestSinkPages checks that no line of a sink's page is wider than reference.PageWidth, and that each page tells the
// permissions and the kind of its sink.
func TestSinkPages(t *testing.T) {
	pages := map[string]string{"": outputOf(t, "sinks"), "actions": outputOf(t, "sinks", "--actions")}
	for _, s := range catalog.Specs() {
		pages[s.Name] = outputOf(t, "sinks", s.Name)
		for _, want := range append(reference.Permissions(&s), reference.Kind(&s)) {
			if !strings.Contains(pages[s.Name], want) {
				t.Errorf("%s does not say %q", s.Name, want)
			}
		}
		if !strings.Contains(pages[""], "\n"+s.Name+" ") {
			t.Errorf("the list lacks %s", s.Name)
		}
	}
	for name, page := range pages {
		for line := range strings.Lines(page) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > reference.PageWidth && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
		}
	}
}

var column = regexp.MustCompile(`\.([a-z_]+)\b`)

// pipelineOf writes a pipeline of steps, each a sink and the lines of its mapping, and the file that they
// read. It returns the pipeline's path.
func pipelineOf(t *testing.T, steps [][2]string) string {
	t.Helper()
	dir, b, columns := t.TempDir(), strings.Builder{}, []string{"key"}
	b.WriteString("version: 1\nsteps:\n")
	for i, step := range steps {
		fmt.Fprintf(&b, "  s%d:\n    from: rows.csv\n    sink: %s\n    key: '{{ .key }}'\n    mapping:\n", i, step[0])
		for line := range strings.SplitSeq(step[1], "\n") {
			b.WriteString("      " + line + "\n")
		}
		for _, m := range column.FindAllStringSubmatch(step[1], -1) {
			columns = append(columns, m[1])
		}
	}
	slices.Sort(columns)
	for name, text := range map[string]string{"pipeline.yaml": b.String(), "rows.csv": strings.Join(slices.Compact(columns), ",") + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "pipeline.yaml")
}

// TestSinkExamples validates the example of every sink as a step.
func TestSinkExamples(t *testing.T) {
	for _, s := range catalog.Specs() {
		t.Run(s.Name, func(t *testing.T) {
			outputOf(t, "validate", pipelineOf(t, [][2]string{{s.Name, s.Example}}))
		})
	}
}

// TestActions checks that the sinks, functions and finds of every action exist, and that every sink has an action, save
// those that Kustomer's workflows lack.
func TestActions(t *testing.T) {
	unnamed := sinkNames()
	var finds [][2]string
	seen := map[string]bool{}
	for _, a := range catalog.Actions() {
		name := a.Group + " " + a.Name
		if seen[name] || a.Name == "" || a.Note != "" && !strings.HasSuffix(a.Note, ".") {
			t.Errorf("the action %s is listed twice or has no name, or its note %q does not end with a full stop", name, a.Note)
		}
		seen[name] = true
		if a.Sink != "" && !slices.Contains(sinkNames(), a.Sink) {
			t.Errorf("%s: there is no sink %s", name, a.Sink)
		}
		for _, f := range a.Functions {
			if !slices.ContainsFunc(functions.All(), func(other functions.Function) bool { return other.Name == f }) {
				t.Errorf("%s: there is no function %s", name, f)
			}
		}
		if a.Find != "" {
			finds = append(finds, [2]string{"create_customer", "name: '" + a.Find + "'"})
		}
		unnamed = slices.DeleteFunc(unnamed, func(sink string) bool { return sink == a.Sink })
	}
	if len(seen) < 73 || len(finds) < 25 {
		t.Errorf("%d actions, %d of them with a find; want at least 73 and 25", len(seen), len(finds))
	}
	outputOf(t, "validate", pipelineOf(t, finds))
	more := []string{"delete_customer", "delete_conversation", "update_kobject"}
	if diff := cmp.Diff(more, unnamed); diff != "" {
		t.Errorf("sinks that no action is for (-want +got):\n%s", diff)
	}
}

// TestActionsPage keeps examples/ACTIONS.md equal to the table; -update writes it.
func TestActionsPage(t *testing.T) {
	path, want := filepath.Join(examplesDir, "ACTIONS.md"), actionsPage()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, string(read(t, path))); diff != "" {
		t.Errorf("run the test with -update (-want +got):\n%s", diff)
	}
}

// actionsPage is the table of actions as a document.
func actionsPage() string {
	var b strings.Builder
	b.WriteString("# Kustomer's workflow actions, in kustsync\n\n" +
		"What does the same as each action of Kustomer's workflows: a sink of a step, a `find` in a template, or functions of\n" +
		"templates. `.x` stands for the column that holds what is known. `kustsync sinks --actions` prints this table,\n" +
		"`kustsync sinks NAME` a sink, and `kustsync functions find` all that can be found.\n")
	group := ""
	for _, a := range catalog.Actions() {
		if a.Group != group {
			group = a.Group
			fmt.Fprintf(&b, "\n## %s\n\n| action | what does the same |\n|---|---|\n", group)
		}
		by := reference.Equivalent(a)
		if a.HasEndpoint() {
			by = "`" + by + "`"
		} else {
			by += "."
		}
		fmt.Fprintf(&b, "| %s | %s |\n", a.Name, strings.TrimSpace(by+" "+a.Note))
	}
	return b.String()
}

// TestActionsJSON checks that --json lists the same actions.
func TestActionsJSON(t *testing.T) {
	var answer struct {
		Summary struct{ Actions []reference.Action }
	}
	if err := json.Unmarshal([]byte(outputOf(t, "sinks", "--actions", "--json")), &answer); err != nil {
		t.Fatal(err)
	}
	if got := answer.Summary.Actions; len(got) != len(catalog.Actions()) || got[0].Possible || got[4].Sink != "send_message" {
		t.Errorf("got %+v", got[:min(5, len(got))])
	}
}
