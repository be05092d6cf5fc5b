package pipeline

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sources"
)

// bind binds the bench's pipeline with options.
func (b *bench) bind(o BindOptions) (*Plan, error) {
	b.t.Helper()
	f, err := config.Parse(filepath.Join(b.dir, "p.yaml"), []byte(b.yaml), config.Options{Specs: specs(), SourceTypes: sources.Types()})
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

// personStep is a step of onePerson's kind under another name.
func personStep(name, from string) string {
	return "\n  " + name + ": { from: " + from + ", sink: make_person, key: \"{{ .id }}\", mapping: { name: \"{{ .name }}\" } }"
}

func TestSourcesAreNamed(t *testing.T) {
	const sources = `
version: 1
sources: { people: { path: old/people.csv }, Other: { path: old/x.csv } }
steps:`
	for _, c := range []struct{ from, want string }{
		{"people", "people"},
		{"customers.csv", "customers"},
		{"data/people.csv", "people-2"},
		{"other.csv", "other-2"},
		{"my.people.2024.csv", "my.people.2024"},
		{"my people.csv", "mypeople"},
		{"comments-*.csv.gz", "comments"},
		{"'*.csv'", "source"},
		{".hidden.csv", "hidden"},
		{"-", "stdin"},
	} {
		f := &config.File{Dir: "/x"}
		for _, from := range []string{strings.Trim(c.from, "'"), "people", "Other"} {
			s := config.Step{Source: config.Source{Path: config.String{Value: from}}}
			if from == "people" || from == "Other" {
				s.Source.Name = from
			}
			f.Steps = append(f.Steps, s)
		}
		if got := sourceNames(f.Steps)[sourceKey(f.Steps[0].Source)]; got != c.want {
			t.Errorf("from: %s is called %q, want %q", c.from, got, c.want)
		}
	}
	b := newBench(t, sources+personStep("a", "people")+personStep("b", "people.csv")+personStep("c", "other.csv")+personStep("d", "Other"), nil)
	for _, dir := range []string{"", "old"} {
		os.MkdirAll(filepath.Join(b.dir, dir), 0o700)
		for _, name := range []string{"people.csv", "x.csv", "other.csv"} {
			b.file(filepath.Join(dir, name), "id,name\n1,Ann\n")
		}
	}
	p, err := b.bind(BindOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range p.Steps {
		names = append(names, s.Source.Name)
	}
	if diff := cmp.Diff([]string{"people", "people-2", "other-2", "Other"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestSourceOverrides(t *testing.T) {
	const head = "version: 1\ntables: { extra: { path: extra.csv, key: id, value: name } }\nsteps:"
	yaml := head + personStep("a", "one/data.csv") + personStep("b", "two/data.csv") + personStep("c", "extra.csv")
	for _, c := range []struct {
		name string
		over map[string]string
		want map[string][]string // by step
	}{
		{"none", nil, map[string][]string{"a": {"one/data.csv:2 A"}, "b": {"two/data.csv:2 B"}, "c": {"extra.csv:2 C"}}},
		{"the second file of a name alone", map[string]string{"data-2": "new.csv"}, map[string][]string{"a": {"one/data.csv:2 A"}, "b": {"new.csv:2 N"}}},
		{"a glob", map[string]string{"data": "new*.csv"}, map[string][]string{"a": {"new.csv:2 N", "new2.csv:2 N2"}, "b": {"two/data.csv:2 B"}}},
		{"a rejects file", map[string]string{"data": "rejected.csv"}, map[string][]string{"a": {"rejected.csv:2 =R"}}},
		{"not the table of that name", map[string]string{"extra": "new.csv"}, map[string][]string{"c": {"new.csv:2 N"}}},
		{"standard input", map[string]string{"data": "-"}, map[string][]string{"a": {"standard input:2 S"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, yaml, nil)
			for _, dir := range []string{"one", "two"} {
				os.Mkdir(filepath.Join(b.dir, dir), 0o700)
			}
			for name, row := range map[string]string{"one/data.csv": "A", "two/data.csv": "B", "extra.csv": "C", "new.csv": "N", "new2.csv": "N2"} {
				b.file(name, "id,name\n1,"+row+"\n")
			}
			b.file("rejected.csv", "id,name,_file,_line,_step,_key,_stage,_field,_status,_error,_raw\n1,'=R,one/data.csv,2,a,1,map,,,bad,\n")
			over := maps.Clone(c.over)
			for name, path := range over {
				if path != "-" {
					over[name] = filepath.Join(b.dir, path)
				}
			}
			p, err := b.bind(BindOptions{Sources: over, Stdin: strings.NewReader("id,name\n1,S\n")})
			if err != nil {
				t.Fatal(err)
			}
			for step, want := range c.want {
				s, _ := p.Step(step)
				if diff := cmp.Diff(want, allRows(t, s.Source)); diff != "" {
					t.Errorf("step %s: %s", step, diff)
				}
			}
		})
	}
}

func TestBindFaults(t *testing.T) {
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

func TestTablesFromFiles(t *testing.T) {
	yaml := strings.Replace(onePerson, "version: 1", "version: 1\ntables:\n  names: { path: names.csv, key: id, value: full }\n  words: { values: { a: b, \"*\": other } }", 1)
	yaml = strings.Replace(yaml, `name: "{{ .name }}"`, `name: '{{ .id | lookup "names" }} {{ .name | lookup "words" }}'`, 1)
	b := newBench(t, yaml, map[string]string{
		"people.csv": "id,name,email\n1,a,\n2,z,\n3,a,\n",
		"names.csv":  "id,full\n1,Ann\n,nobody\n2,Bob\n2,Bob\n,nobody else\n",
	})
	want(t, b.mustRun(), "created 2, rejected 1")
	if diff := cmp.Diff([]string{"person 1 Ann b", "person 2 Bob other"}, b.service.held()); diff != "" {
		t.Error(diff)
	}
	if got := strings.Join(b.messages(), "\n"); !strings.Contains(got, `table "names" has no such key`) {
		t.Error(got)
	}
}

func TestStandardInput(t *testing.T) {
	const one = "version: 1\nsources: { in: { path: '-', type: csv } }\nsteps:"
	const text = "id,name\n1,Ann\n2,Bob\n"
	person := personStep("a", "in")
	ticket := "\n  b: { from: in, sink: make_ticket, key: \"{{ .id }}\", mapping: { subject: \"{{ .name }}\" } }"
	for _, c := range []struct {
		name, yaml, want string
		once             bool
	}{
		{"one pass", one + person, "created 2", true},
		{"two steps", one + person + ticket, "created 4", false},
		{"the check for a lost ledger reads it too", one + ticket, "created 2", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, c.yaml, nil)
			dir := t.TempDir()
			p, err := b.bind(BindOptions{Stdin: strings.NewReader(text), TempDir: dir})
			if err != nil {
				t.Fatal(err)
			}
			if p.Steps[0].Source.Name != "in" || p.Steps[0].Source.Once != c.once {
				t.Errorf("the source is %+v", p.Steps[0].Source)
			}
			checkSpool(t, dir, !c.once)
			n, err := CountRows(t.Context(), p, Options{})
			if c.once != (err != nil) || !c.once && n != 2*len(p.Steps) {
				t.Errorf("CountRows gives %d, %v", n, err)
			}
			l := b.openLedger()
			defer l.Close()
			sum, err := Run(t.Context(), p, Deps{Ledger: l, Sink: newBulkService(b.service), Observer: b}, Options{Bulk: BulkAuto, Rate: 10})
			if err != nil {
				t.Fatal(err)
			}
			want(t, sum, c.want)
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			checkSpool(t, dir, false)
		})
	}
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

func TestBindLeavesNothingBehindItsFaults(t *testing.T) {
	yaml := "version: 1\nsources: { in: { path: '-', type: csv } }\nsteps:" + personStep("a", "in") + personStep("b", "in") + personStep("c", "nobody.csv")
	b, dir := newBench(t, yaml, nil), t.TempDir()
	if _, err := b.bind(BindOptions{Stdin: strings.NewReader("id,name\n1,Ann\n"), TempDir: dir}); err == nil {
		t.Error("a missing file was bound")
	}
	checkSpool(t, dir, false)
}

func TestBindEndsWithItsContext(t *testing.T) {
	b := newBench(t, onePerson, map[string]string{"people.csv": "id,name,email\n"})
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

func TestCountRows(t *testing.T) {
	const yaml = `
version: 1
steps:
  person: { from: p.json, sink: make_person, key: "{{ .id }}", mapping: { name: x } }
  ticket: { from: p.json, each: tickets, sink: make_ticket, key: "{{ .id }}", mapping: { subject: x } }
`
	b := newBench(t, yaml, map[string]string{"p.json": `[{"id":1,"tickets":[{"id":1},{"id":2}]},{"id":2},{"id":3,"tickets":[{"id":3}]}]`})
	p := b.mustPlan()
	for _, c := range []struct {
		o    Options
		want int
	}{{Options{}, 6}, {Options{Limit: 1}, 3}, {Options{Step: "ticket"}, 3}, {Options{Step: "person", Limit: 2}, 2}} {
		if got, err := CountRows(t.Context(), p, c.o); got != c.want || err != nil {
			t.Errorf("CountRows(%+v) = %d, %v, want %d", c.o, got, err, c.want)
		}
	}
}
