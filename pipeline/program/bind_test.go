package program

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks"
)

// bench is a pipeline file with the files that it reads.
type bench struct {
	t    *testing.T
	dir  string
	yaml string
}

func newBench(t *testing.T, yaml string, files map[string]string) *bench {
	b := &bench{t: t, dir: t.TempDir(), yaml: yaml}
	for name, text := range files {
		b.file(name, text)
	}
	return b
}

func (b *bench) file(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// specs are the sinks of these tests.
func specs() []sinks.Spec {
	text := func(name string) sinks.Field { return sinks.Field{Name: name, Type: sinks.Text, MaxLen: 64} }
	lookups := []sinks.Lookup{{By: "externalId", From: "externalId", Paths: []string{"/x/externalId={value}"}}}
	return sinks.Prepare(
		sinks.Spec{
			Name: "make_person", Object: "person", Unique: true,
			Create: []sinks.Route{{Method: "POST", Path: "/people"}},
			Fields: []sinks.Field{text("externalId"), text("name"), text("email")}, Lookups: lookups,
		},
		sinks.Spec{
			Name: "make_ticket", Object: "ticket",
			Create: []sinks.Route{{Method: "POST", Path: "/tickets"}},
			Fields: []sinks.Field{text("externalId"), text("subject"), {Name: "person", Type: sinks.ID}}, Lookups: lookups,
		},
	)
}

// bind binds the bench's pipeline with options.
func (b *bench) bind(o BindOptions) (*Program, error) {
	b.t.Helper()
	f, err := config.Parse(filepath.Join(b.dir, "p.yaml"), []byte(b.yaml), config.Options{Specs: specs()})
	if err != nil {
		b.t.Fatalf("reading the pipeline: %v", err)
	}
	o.Specs = specs()
	p, err := Bind(b.t.Context(), f, o)
	if p != nil {
		b.t.Cleanup(func() { p.Close() })
	}
	return p, err
}

// allRows reads a source as "place name".
func allRows(t *testing.T, s *Source) []string {
	t.Helper()
	var rows []string
	for row, err := range s.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row.Pos.String()+" "+row.Values.Get("name").(string))
	}
	return rows
}

// personStep is the YAML of a step with that name that reads people from a source.
func personStep(name, from string) string {
	return "\n  " + name + ": { from: " + from + ", sink: make_person, key: \"{{ .id }}\", mapping: { name: \"{{ .name }}\" } }"
}

func TestBindDiagnostics(t *testing.T) {
	const head = "version: 1\nsteps:"
	one := head + personStep("a", "people.csv")
	table := func(path, key string) string {
		return "version: 1\ntables: { names: { path: " + path + ", key: " + key + ", value: name } }\nsteps:" + personStep("a", "people.csv")
	}
	ticket := func(name, ref string) string {
		return "\n  " + name + ": { from: people.csv, sink: make_ticket, key: \"{{ .id }}\", mapping: { subject: x, person: '{{ ref \"" + ref + "\" .id }}' } }"
	}
	for _, c := range []struct {
		name, yaml string
		over       map[string]string
		want       []string
	}{
		{"a missing file", head + personStep("a", "nobody.csv"), nil, []string{"p.yaml:3:14", "nobody.csv: there is no such file"}},
		{"an empty glob", head + personStep("a", "'nobody-*.csv'"), nil, []string{"no file matches"}},
		{"both at once", head + personStep("a", "nobody.csv") + personStep("b", "'no-*.csv'"), nil, []string{"p.yaml:3", "p.yaml:4"}},
		{"an unknown column", strings.Replace(one, ".name", ".nmae", 1), nil, []string{"nmae", "did you mean .name?"}},
		{"an unknown --source", one, map[string]string{"peeple": "x.csv"}, []string{`no step reads a source "peeple"`, `did you mean "people"`}},
		{"an unknown --source, far off", one, map[string]string{"zzz": "x.csv"}, []string{"the sources of this pipeline are people"}},
		{"a missing --source", one, map[string]string{"people": "nobody.csv"}, []string{"--source people: ", "nobody.csv: there is no such file"}},
		{"standard input twice", one + personStep("b", "two.csv"), map[string]string{"people": "-", "two": "-"}, []string{"cannot be both source people and source two"}},
		{"standard input for a table too", table("'-', type: csv", "id"), map[string]string{"people": "-"}, []string{"cannot be both source people and table names"}},
		{"a table without its column", table("people.csv", "ID_"), nil, []string{`no column "ID_"`, `did you mean "id"`}},
		{"a table without its member", table("members.ndjson", "key"), nil, []string{`no row of the file has a "key"`}},
		{"a table with a damaged row", table("damaged.csv", "id"), nil, []string{"damaged.csv:3"}},
		{"a table with two values for a key", table("twice.ndjson", "id"), nil, []string{`twice.ndjson:2: table "names" has key "1" twice`}},
		{"a cycle", head + personStep("a", "people.csv") + ticket("b", "d") + ticket("c", "b") + ticket("d", "c"), nil, []string{"b -> d -> c -> b"}},
		{"a step that refers to itself", head + ticket("b", "b"), nil, []string{"a step cannot refer to itself"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.yaml, map[string]string{
				"people.csv": "id,name\n1,Ann\n", "two.csv": "id,name\n1,Ann\n", "damaged.csv": "id,name\n1,Ann\n2\n",
				"members.ndjson": `{"id":1,"name":"Ann"}` + "\n", "twice.ndjson": `{"id":1,"name":["Ann"]}` + "\n" + `{"id":1,"name":["Bob"]}` + "\n",
			})
			over := maps.Clone(c.over)
			for name, path := range over {
				if path != "-" {
					over[name] = filepath.Join(b.dir, path)
				}
			}
			_, err := b.bind(BindOptions{Sources: over, Stdin: strings.NewReader("")})
			if err == nil {
				t.Fatal("the file was bound")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q:\n%v", part, err)
				}
			}
		})
	}
}

func TestStepsAreOrderedByRef(t *testing.T) {
	for _, c := range []struct {
		name string
		refs []string // "child>parent", in file order; a name alone refers to nobody
		want string
	}{
		{"the order of the file", []string{"a", "b", "c"}, "a b c"},
		{"parents first", []string{"c>b", "b>a", "a"}, "a b c"},
		{"the file breaks ties", []string{"c>z", "a", "b", "z"}, "a b z c"},
		{"two parents", []string{"d>b", "a", "b>a", "c"}, "a b d c"},
	} {
		yaml := "version: 1\nsteps:"
		for _, s := range c.refs {
			name, parent, child := strings.Cut(s, ">")
			ref := ""
			if child {
				ref = `, person: '{{ ref "` + parent + `" .id }}'`
			}
			yaml += "\n  " + name + ": { from: people.csv, sink: make_ticket, key: \"{{ .id }}\", mapping: { subject: x" + ref + " } }"
		}
		b := newBench(t, yaml, map[string]string{"people.csv": "id\n1\n"})
		p, err := b.bind(BindOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range p.Steps {
			got = append(got, s.Name())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: the steps run as %v, want %s", c.name, got, c.want)
		}
	}
}

func TestBindThatFailsLeavesNoFiles(t *testing.T) {
	yaml := "version: 1\nsources: { in: { path: '-', type: csv } }\nsteps:" + personStep("a", "in") + personStep("b", "in") + personStep("c", "nobody.csv")
	b, dir := newBench(t, yaml, nil), t.TempDir()
	if _, err := b.bind(BindOptions{Stdin: strings.NewReader("id,name\n1,Ann\n"), TempDir: dir}); err == nil {
		t.Error("a missing file was bound")
	}
	checkSpool(t, dir, false)
}

// checkSpool looks for the copy of standard input, which only its owner may read.
func checkSpool(t *testing.T, dir string, want bool) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "stdin-*", "*"))
	if want != (len(files) == 1) {
		t.Fatalf("the copies of standard input are %v", files)
	}
	if want {
		info, err := os.Stat(files[0])
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the copy has mode %v, %v", info.Mode(), err)
		}
	}
}

func TestBindEndsWithItsContext(t *testing.T) {
	b := newBench(t, "version: 1\nsteps:"+personStep("a", "people.csv"), map[string]string{"people.csv": "id,name,email\n"})
	f, err := config.Parse(filepath.Join(b.dir, "p.yaml"), []byte(b.yaml), config.Options{Specs: specs()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Bind(ctx, f, BindOptions{Specs: specs()}); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("Bind ended with %v", err)
	}
}
