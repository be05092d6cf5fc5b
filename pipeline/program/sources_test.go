package program

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/config"
)

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
				if _, given := c.over[s.Source.Name]; s.Source.Given != given {
					t.Errorf("step %s: the source %q is given: %v, want %v", step, s.Source.Name, s.Source.Given, given)
				}
			}
		})
	}
}
