package pipeline

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline/program"
)

const printed = `
version: 1
tables:
  words: { path: words.csv, key: word, value: means }
steps:
  person:
    from: people.csv
    sink: make_person
    key: "{{ .id }}"
    mapping: { name: '{{ .name | lookup "words" }}', note: "{{ now }}" }
  ticket:
    from: tickets.csv
    sink: make_ticket
    key: "t{{ .id }}"
    mapping: { subject: "{{ .subject }}", person: '{{ ref "person" .person }}' }
`

func newPrinted(t *testing.T) *bench {
	b := newBench(t, printed, map[string]string{
		"words.csv":   "word,means\nA,Ann\nB,Bob\n",
		"people.csv":  "id,name\n1,A\n2,B\n",
		"tickets.csv": "id,subject,person\n1,Hello,1\n2,Bye,2\n",
	})
	b.file("p.yaml", printed)
	return b
}

func (b *bench) fingerprint(o Options) program.Fingerprint {
	b.t.Helper()
	plan := b.mustPlan()
	defer plan.Close()
	f, err := Fingerprint(b.t.Context(), plan, o)
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

// TestFingerprintHolds: it is the same at another time and after rows were loaded.
func TestFingerprintHolds(t *testing.T) {
	b := newPrinted(t)
	before := b.fingerprint(Options{})
	b.mustRun()
	after := b.fingerprint(Options{RunID: "other"})
	if diff := cmp.Diff(before, after); diff != "" || before.Rows != 4 {
		t.Errorf("%d rows: %s", before.Rows, diff)
	}
	if what := before.Changed(after); len(what) > 0 {
		t.Errorf("it says that %v changed", what)
	}
}

// TestFingerprintNotices: each thing that it is made of.
func TestFingerprintNotices(t *testing.T) {
	tests := map[string]struct {
		change func(b *bench)
		opts   Options
		want   []string
	}{
		"a row":              {func(b *bench) { b.file("people.csv", "id,name\n1,A\n2,A\n") }, Options{}, []string{`source "people"`}},
		"only a comment":     {func(b *bench) { b.file("p.yaml", printed+"# x\n") }, Options{}, []string{"the pipeline file"}},
		"a table":            {func(b *bench) { b.file("words.csv", "word,means\nA,Anna\nB,Bob\n") }, Options{}, []string{`table "words"`}},
		"two of them":        {func(b *bench) { b.file("words.csv", "word,means\nA,x\nB,y\n"); b.file("p.yaml", "") }, Options{}, []string{"the pipeline file", `table "words"`}},
		"a variable":         {func(b *bench) { b.yaml = strings.Replace(b.yaml, "{{ .subject }}", "Re: {{ .subject }}", 1) }, Options{}, []string{"what the mapping makes of the rows (a --var, the environment, or kustsync itself)"}},
		"fewer rows":         {func(*bench) {}, Options{Limit: 1}, []string{"what the mapping makes of the rows (a --var, the environment, or kustsync itself)"}},
		"one step":           {func(*bench) {}, Options{Step: "person"}, []string{`source "tickets"`}},
		"rows that are kept": {func(b *bench) { b.file("people.csv", "id,name,more\n1,A,\n2,B,\n") }, Options{}, []string{`source "people"`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			b := newPrinted(t)
			before := b.fingerprint(Options{})
			tt.change(b)
			if diff := cmp.Diff(tt.want, before.Changed(b.fingerprint(tt.opts))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFingerprintOfWhatCannotBeRead(t *testing.T) {
	b := newPrinted(t)
	plan := b.mustPlan()
	defer plan.Close()
	b.file("people.csv", "id,name\n1,A\n2,B\n3,A\n") // changed since it was bound
	if f, err := Fingerprint(t.Context(), plan, Options{}); err == nil {
		t.Errorf("a file that changes meanwhile gives %+v", f)
	}
}
