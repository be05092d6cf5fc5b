package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox"
)

const examplesDir = "../../examples"

// TestExamples runs the commands of each example's README, and compares what they print with the README, and the
// objects of the built-in Kustomer and the files of the runs with the example's want folder. At
// the end the last run is repeated: it finds every row unchanged and writes nothing.
func TestExamples(t *testing.T) {
	for _, name := range exampleNames(t) {
		t.Run(name, func(t *testing.T) {
			folder := absolute(t, filepath.Join(examplesDir, name))
			checkExampleFiles(t, folder)
			p := newConsoleRunner(t, name)
			p.runDocument(t, filepath.Join(folder, "README.md"))
			if p.exit != 0 {
				t.Errorf("the last command of README.md gave exit code %d, and README.md does not say so with echo $?", p.exit)
			}
			checkVerbs(t, p)
			state := filepath.Join(p.root, "examples", name, ".kustsync", name, "sandbox")
			compareFile(t, filepath.Join(folder, "want", "objects.ndjson"), p.objects(t, state))
			compareFile(t, filepath.Join(folder, "want", "runs.ndjson"), p.summaries(t))
			p.compareRejects(t, filepath.Join(folder, "want", "rejected"))
			p.repeat(t, state, 1+exampleFinds[name])
		})
	}
}

// exampleFinds counts what the mapping of an example finds: three agents, one by one, and the list of teams.
var exampleFinds = map[string]int{"helpdesk-migration": 4}

func exampleNames(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(examplesDir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// checkExampleFiles checks that an example has the files that every example must have.
func checkExampleFiles(t *testing.T, folder string) {
	t.Helper()
	for _, name := range []string{"README.md", "pipeline.yaml", "want/objects.ndjson", "want/runs.ndjson"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil && !*update {
			t.Errorf("the example lacks %s: %v", name, err)
		}
	}
	if err := os.MkdirAll(filepath.Join(folder, "want"), 0o755); err != nil {
		t.Fatal(err)
	}
}

// checkVerbs checks that the README runs validate and preview besides run.
func checkVerbs(t *testing.T, p *consoleRunner) {
	t.Helper()
	for _, verb := range []string{"validate", "preview", "run"} {
		if !slices.ContainsFunc(p.commands, func(args []string) bool { return args[0] == verb }) {
			t.Errorf("README.md does not run kustsync %s", verb)
		}
	}
}

// objects is what the sandbox holds, one object a line by type and externalId: ids as the names of
// the objects, the time of the run as <now>.
func (p *consoleRunner) objects(t *testing.T, state string) []byte {
	t.Helper()
	objects := readObjects(t, filepath.Join(state, "data"))
	names := map[string]any{}
	for _, o := range objects {
		names[o["id"].(string)] = "<" + o["type"].(string) + " " + o["externalId"].(string) + ">"
	}
	slices.SortStableFunc(objects, func(a, b map[string]any) int {
		return cmp.Or(cmp.Compare(a["type"].(string), b["type"].(string)), compareNatural(a["externalId"].(string), b["externalId"].(string)))
	})
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for _, o := range objects {
		delete(o, "id")
		p.withoutServerFields(o["attributes"].(map[string]any))
		if err := enc.Encode(p.named(o, names)); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// withoutServerFields leaves out what Kustomer adds by itself, which can depend on the order of arrival.
func (p *consoleRunner) withoutServerFields(attributes map[string]any) {
	delete(attributes, "directionType")
	delete(attributes, "updatedAt")
	if created, ok := attributes["createdAt"].(string); ok && p.isNow(created) {
		delete(attributes, "createdAt")
	}
}

// named replaces ids by names, and times of the run by <now>.
func (p *consoleRunner) named(v any, names map[string]any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = p.named(member, names)
		}
	case []any:
		for i, item := range v {
			v[i] = p.named(item, names)
		}
	case string:
		if name, ok := names[v]; ok {
			return name
		}
		if p.isNow(v) {
			return "<now>"
		}
	}
	return v
}

// compareNatural compares texts so that m-2 comes before m-10.
func compareNatural(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

// readObjects reads the objects from the data that the sandbox of the runs has stored.
func readObjects(t *testing.T, dir string) []map[string]any {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	answer := httptest.NewRecorder()
	box.ServeHTTP(answer, httptest.NewRequest("GET", "/_sandbox/objects", nil))
	var objects []map[string]any
	dec := json.NewDecoder(answer.Body)
	dec.UseNumber()
	for dec.More() {
		var o map[string]any
		if err := dec.Decode(&o); err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	return objects
}

// summaries is what summary.json says of each run, one a line, without what differs from run to run.
func (p *consoleRunner) summaries(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	for _, folder := range p.runs {
		var sum map[string]any
		if err := json.Unmarshal(read(t, filepath.Join(folder, "summary.json")), &sum); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"run_id", "duration_ms", "http_429", "pipeline", "target", "dry_run", "rejected_files"} {
			delete(sum, name)
		}
		if err := enc.Encode(withoutZeros(sum)); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// withoutZeros leaves out the counters that are 0.
func withoutZeros(counters map[string]any) map[string]any {
	for name, v := range counters {
		switch v := v.(type) {
		case float64:
			if v == 0 {
				delete(counters, name)
			}
		case map[string]any:
			withoutZeros(v)
		}
	}
	return counters
}

// compareRejects compares the rejects of all runs with the files of want/rejected.
func (p *consoleRunner) compareRejects(t *testing.T, want string) {
	t.Helper()
	got := map[string][]byte{}
	for _, folder := range p.runs {
		for _, path := range p.glob(t, filepath.Join(folder, "rejected", "*")) {
			got[filepath.Base(path)] = append(got[filepath.Base(path)], p.normalize(string(read(t, path)))...)
		}
	}
	for name, text := range got {
		if err := os.MkdirAll(want, 0o755); err != nil {
			t.Fatal(err)
		}
		compareFile(t, filepath.Join(want, name), text)
	}
	for _, path := range p.glob(t, filepath.Join(want, "*")) {
		if got[filepath.Base(path)] == nil {
			t.Errorf("no run wrote the rejected rows of %s: write them, or remove the file", path)
		}
	}
}

// repeat runs the last `kustsync run` again.
func (p *consoleRunner) repeat(t *testing.T, state string, requests int) {
	t.Helper()
	journal := filepath.Join(state, "data", "sandbox.ndjson")
	before := read(t, journal)
	var last []string
	for _, args := range p.commands {
		if args[0] == "run" && !slices.Contains(args, "--dry-run") {
			last = args
		}
	}
	var out bytes.Buffer
	exit := newApp(strings.NewReader(""), &out, &out).main(append(slices.Clone(last), "--json"))
	var answer struct {
		Summary struct{ Rows, Unchanged, Skipped, Requests int }
	}
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatalf("run --json printed %q: %v", out.String(), err)
	}
	sum := answer.Summary
	if exit != 0 || sum.Rows == 0 || sum.Rows != sum.Unchanged+sum.Skipped {
		t.Errorf("the repeated run gave exit code %d and %+v, want 0 and every row unchanged or skipped", exit, sum)
	}
	if sum.Requests != requests {
		t.Errorf("the repeated run sent %d requests, want %d: who the key is, and what the mapping finds", sum.Requests, requests)
	}
	if !bytes.Equal(before, read(t, journal)) {
		t.Error("the repeated run changed objects of the sandbox")
	}
}

// compareFile compares text with a file, or writes the file with -update.
func compareFile(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(textLines(read(t, path)), textLines(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func textLines(text []byte) (lines []string) {
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return lines
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (p *consoleRunner) glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
