package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/program"
)

// bind binds the bench's pipeline with options.
func (b *bench) bind(o program.BindOptions) (*program.Program, error) {
	b.t.Helper()
	f, err := config.Parse(filepath.Join(b.dir, "p.yaml"), []byte(b.yaml), config.Options{Specs: specs()})
	if err != nil {
		b.t.Fatalf("reading the pipeline: %v", err)
	}
	o.Specs = specs()
	p, err := program.Bind(b.t.Context(), f, o)
	if p != nil {
		b.t.Cleanup(func() { p.Close() })
	}
	return p, err
}

// personStep is a step of onePerson's kind under another name.
func personStep(name, from string) string {
	return "\n  " + name + ": { from: " + from + ", sink: make_person, key: \"{{ .id }}\", mapping: { name: \"{{ .name }}\" } }"
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
			p, err := b.bind(program.BindOptions{Stdin: strings.NewReader(text), TempDir: dir})
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
