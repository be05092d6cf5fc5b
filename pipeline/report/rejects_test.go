package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/pipeline"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sources"
)

// columnsOnly is a source that has columns and cannot be read.
type columnsOnly struct {
	sources.Source
	columns []string
}

func (c columnsOnly) Columns() []string { return c.columns }

// rejected is a row of people.csv that was rejected.
func rejected(src *program.Source, number int, values map[string]any) pipeline.Settlement {
	return pipeline.Settlement{
		Step: "customer", Source: src, Number: number, Key: fmt.Sprint("k", number), Outcome: ledger.Rejected,
		Stage: decide.StageMap, Field: "name", Message: "too long", Value: values["name"].(string),
		Row: sources.Row{Pos: sources.Pos{File: "people.csv", Line: number + 1}, Values: sources.Object(values)},
	}
}

// rejectsIn writes settled rows into dir. The caller closes what it returns.
func rejectsIn(t *testing.T, dir string, settlements ...pipeline.Settlement) *Rejects {
	t.Helper()
	r := NewRejects(dir, func(err error) { t.Error(err) })
	for _, s := range settlements {
		r.Settled(s)
	}
	return r
}

// TestRejectsOrder checks that the file has every rejected row once, in the order and with the columns of the source.
func TestRejectsOrder(t *testing.T) {
	src := &program.Source{Name: "people", Null: "NULL", Source: columnsOnly{columns: []string{"id", "name", "born"}}}
	row := func(n int, name string) pipeline.Settlement {
		return rejected(src, n, map[string]any{"id": fmt.Sprint(n), "name": name, "born": nil})
	}
	dated := row(3, "=SUM(A1)")
	dated.Row.Values.Object()["born"] = time.Date(1990, 5, 1, 0, 0, 0, 0, time.UTC)
	otherStep := row(2, "Bo, B")
	otherStep.Step, otherStep.Message = "other", "not written: the row is in the file already"
	created := row(1, "Ann")
	created.Outcome = ledger.Created
	r := rejectsIn(t, t.TempDir(), row(7, "Zoe"), row(2, "Bo, B"), created, dated, otherStep)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	want := `id,name,born,_file,_line,_step,_key,_stage,_field,_status,_error,_raw
2,"Bo, B",NULL,people.csv,3,customer,k2,map,name,,"too long (value ""Bo, B"")",
3,'=SUM(A1),1990-05-01T00:00:00Z,people.csv,4,customer,k3,map,name,,"too long (value ""=SUM(A1)"")",
7,Zoe,NULL,people.csv,8,customer,k7,map,name,,"too long (value ""Zoe"")",
`
	text, err := os.ReadFile(r.Files()[0])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
	left, err := os.ReadDir(filepath.Dir(r.Files()[0]))
	if err != nil || len(left) != 1 {
		t.Errorf("the folder holds %d files, want 1: %v", len(left), err)
	}
	if info, err := left[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, want 0600: %v", info.Mode(), err)
	}
}

// TestRejectsJSON checks that rows of a JSON source keep their nested values, numbers and text unchanged.
func TestRejectsJSON(t *testing.T) {
	src := &program.Source{Name: "people", Source: columnsOnly{}}
	values := map[string]any{"name": "<Ann>", "n": json.Number("12345678901234567890"), "tags": []any{"a"}}
	r := rejectsIn(t, t.TempDir(), rejected(src, 2, values), rejected(src, 1, map[string]any{"name": "Bo"}))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	path := r.Files()[0]
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if filepath.Base(path) != "people.ndjson" || len(lines) != 2 || !strings.Contains(lines[0], `"name":"Bo"`) {
		t.Errorf("%s should be people.ndjson with Bo's row first:\n%s", path, text)
	}
	for _, want := range []string{`"n":12345678901234567890`, `"name":"<Ann>"`, `"tags":["a"]`, `"_line":"3"`} {
		if !strings.Contains(lines[1], want) {
			t.Errorf("%s lacks %s", lines[1], want)
		}
	}
}

// TestRejectsMany checks that 5,000 rows of many sizes are sorted in the order of their source.
func TestRejectsMany(t *testing.T) {
	src := &program.Source{Name: "people", Source: columnsOnly{columns: []string{"name"}}}
	const rows = 5000
	var all []pipeline.Settlement
	for i := range rows {
		n := i*7919%rows + 1 // every number once
		all = append(all, rejected(src, n, map[string]any{"name": strings.Repeat("x", n%900)}))
	}
	r := rejectsIn(t, t.TempDir(), all...)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(r.Files()[0])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != rows+1 {
		t.Fatalf("%d lines, want %d", len(lines), rows+1)
	}
	for i, line := range lines[1:] {
		if want := fmt.Sprintf(",people.csv,%d,customer,k%d,", i+2, i+1); !strings.Contains(line, want) {
			t.Fatalf("line %d lacks %s: %.80s", i+2, want, line)
		}
	}
}

// TestRejectsFailOnce checks that failed is called once when a file cannot be written.
func TestRejectsFailOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file, no folder")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	src := &program.Source{Name: "people", Source: columnsOnly{columns: []string{"name"}}}
	failures := 0
	r := NewRejects(filepath.Join(file, "rejected"), func(error) { failures++ })
	for n := range 3 {
		r.Settled(rejected(src, n+1, map[string]any{"name": "x"}))
	}
	if failures != 1 || len(r.Files()) != 0 {
		t.Errorf("failed was called %d times, want once; there are %d files, want none", failures, len(r.Files()))
	}
}
