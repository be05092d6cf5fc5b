package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// verbNames are the verbs that newRootCommand adds.
func verbNames() (names []string) {
	for _, c := range newRootCommand(newApp(nil, nil, nil)).Commands() {
		names = append(names, c.Name())
	}
	return names
}

var verbConstructor = regexp.MustCompile(`^new[A-Z]\w*Command$`)

// TestEveryVerbIsAdded checks that each newXCommand of this folder is called where the command tree is built, and that
// each verb has a file of its own.
func TestEveryVerbIsAdded(t *testing.T) {
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared, called := map[string]string{}, map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for name, calls := range commandCalls(file) {
			declared[name] = path
			for _, other := range calls {
				called[other] = true
			}
		}
	}
	for name, path := range declared {
		if name != "newRootCommand" && !called[name] {
			t.Errorf("%s: no command tree has this verb: add %s(a) to root.AddCommand in cmd/kustsync/root.go", path, name)
		}
	}
	for _, verb := range verbNames() {
		if !slices.Contains(paths, verb+".go") {
			t.Errorf("the verb %s has no file of its own: move it to cmd/kustsync/%s.go", verb, verb)
		}
	}
}

// commandCalls returns the functions of a file that build commands, each with the functions of that kind that it calls.
func commandCalls(file *ast.File) map[string][]string {
	calls := map[string][]string{}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || !verbConstructor.MatchString(fn.Name.Name) {
			continue
		}
		calls[fn.Name.Name] = nil
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if to, ok := call.Fun.(*ast.Ident); ok && verbConstructor.MatchString(to.Name) {
					calls[fn.Name.Name] = append(calls[fn.Name.Name], to.Name)
				}
			}
			return true
		})
	}
	return calls
}

// TestEveryVerbHasAScript checks that each verb has a session, which types the verb.
func TestEveryVerbHasAScript(t *testing.T) {
	for _, verb := range verbNames() {
		session := "testdata/scripts/" + verb + ".txtar"
		text, err := os.ReadFile(filepath.Join(scriptsDir, verb+".txtar"))
		if err != nil {
			t.Errorf("the verb %s has no session: write %s", verb, session)
			continue
		}
		if !regexp.MustCompile(`(?m)^(?:exits \d+|exec) kustsync ` + verb + `\b`).Match(text) {
			t.Errorf("%s never runs kustsync %s: add a line such as: exits 0 kustsync %s", session, verb, verb)
		}
	}
}

// verbCase is a command line of a verb.
type verbCase struct {
	args []string // behind the verb; FILE stands for a pipeline file that run has loaded before
	exit int
}

// verbCases has a command line for each verb. Those that end with exitUsage are the ones that serve until they are
// stopped.
var verbCases = map[string]verbCase{
	"functions": {[]string{"lower"}, exitOK},
	"ledger":    {[]string{"FILE"}, exitOK},
	"plan":      {[]string{"FILE", "--sandbox"}, exitOK},
	"preview":   {[]string{"FILE"}, exitOK},
	"probe":     {[]string{"FILE", "--sandbox", "--yes"}, exitOK},
	"resolve":   {[]string{"FILE", "--step", "customer", "--key", "1", "--as", "absent"}, exitOK},
	"run":       {[]string{"FILE", "--sandbox"}, exitOK},
	"sandbox":   {[]string{"--bulk-batch", "-1"}, exitUsage},
	"schema":    {nil, exitOK},
	"sinks":     {[]string{"create_customer"}, exitOK},
	"status":    {[]string{"FILE"}, exitOK},
	"validate":  {[]string{"FILE"}, exitOK},
	"version":   {nil, exitOK},
}

// TestEveryVerbPrintsJSON checks that each verb prints one JSON object with --json, and nothing else.
func TestEveryVerbPrintsJSON(t *testing.T) {
	const here = "cmd/kustsync/verbs_test.go"
	file := pipelineOf(t, [][2]string{{"create_customer", "name: '{{ .name }}'"}})
	text := strings.Replace(string(read(t, file)), "s0:", "customer:", 1)
	rows := filepath.Join(filepath.Dir(file), "rows.csv")
	for path, content := range map[string]string{file: text, rows: "key,name\n1,Ann\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, exit := jsonOf("run", verbCases["run"], file); exit != exitOK {
		t.Fatalf("the load that the other verbs look at ended with exit code %d: %s", exit, out)
	}
	verbs := verbNames()
	for _, verb := range verbs {
		c, ok := verbCases[verb]
		if !ok {
			t.Errorf("the verb %s is not run with --json: add a case to verbCases in %s", verb, here)
			continue
		}
		out, exit := jsonOf(verb, c, file)
		if exit != c.exit {
			t.Errorf("kustsync %s --json ended with exit code %d, want %d: correct its case in verbCases of %s, or the verb in cmd/kustsync/%s.go\n%s", verb, exit, c.exit, here, verb, out)
		}
		checkEnvelope(t, verb, exit, out)
	}
	for verb := range maps.Keys(verbCases) {
		if !slices.Contains(verbs, verb) {
			t.Errorf("there is no verb %s: remove its case from verbCases in %s", verb, here)
		}
	}
}

// jsonOf runs a verb with --json and returns what it prints to standard output.
func jsonOf(verb string, c verbCase, file string) (stdout string, exit int) {
	args := []string{verb, "--json"}
	for _, arg := range c.args {
		args = append(args, strings.Replace(arg, "FILE", file, 1))
	}
	var out, messages strings.Builder
	exit = newApp(strings.NewReader(""), &out, &messages).main(args)
	return out.String(), exit
}

// checkEnvelope checks that text is one JSON object with the members that every verb prints.
func checkEnvelope(t *testing.T, verb string, exit int, text string) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	var object map[string]any
	err := dec.Decode(&object)
	if _, end := dec.Token(); err != nil || end != io.EOF {
		t.Errorf("kustsync %s --json prints %q, want one JSON object: give its summary to app.result in cmd/kustsync/%s.go and print nothing else", verb, text, verb)
		return
	}
	members := slices.Sorted(maps.Keys(object))
	if want := []string{"command", "error", "faults", "ok", "summary"}; !slices.Equal(members, want) {
		t.Errorf("kustsync %s --json prints the members %v, want %v: they stand in cmd/kustsync/json.go", verb, members, want)
	}
	if object["command"] != verb || object["ok"] != (exit == exitOK) {
		t.Errorf("kustsync %s --json ended with exit code %d and prints command %v, ok %v", verb, exit, object["command"], object["ok"])
	}
}
