package traces

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// folder writes files below the folder of a target, whose name would be a pattern.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "[acme]*")
	for name, text := range files {
		path := filepath.Join(dir, "runs", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// contents are the files below a folder, which only their owner may read where they were changed.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(filepath.Join(dir, "runs"), path)
		all[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

const csvHead = "id,_step,note,_file,_line,_step,_key,_stage,_field,_status,_error,_raw\n"

func TestRemove(t *testing.T) {
	row := Row{"customer", "=1+1"}
	before := map[string]string{
		"r1/rejected/people.csv": "\ufeff" + csvHead +
			"1,x,\"two\r\nlines, \"\"quoted\"\"\",p.csv,2,customer,k1,map,,,bad,\n" +
			"2,x,gone,p.csv,3,customer,'=1+1,map,,,\"bad (value \"\"a\nb\"\")\",\n" +
			"3,x,other step,p.csv,4,note,'=1+1,map,,,bad,\r\n" +
			"4,customer,own column,p.csv,5,note,k,map,,,bad,\n" +
			"5,x,gone,p.csv,6,customer,=1+1,map,,,corrected by hand,",
		"r1/rejected/short.csv":  csvHead + "1\n",
		"r2/rejected/people.csv": csvHead + "2,x,gone,p.csv,3,customer,'=1+1,map,,,bad,\n",
		"r2/rejected/none.csv":   csvHead + "1,x,,p.csv,2,customer,k1,map,,,bad,\n",
		"r2/rejected/empty.csv":  "",
		"r2/rejected/talks.ndjson": `{"id":1,"_step":"customer","_key":"=1+1"}` + "\n\n" + `{"id":2,"_step":"customer","_key":"k1"}` + "\n" +
			`{"_key":"=1+1","_step":"customer","name":"last"}`,
		"r3/plan.ndjson":         `{"step":"customer","key":"=1+1","body":{"name":"Ann"}}` + "\n" + `{"step":"note","key":"=1+1"}` + "\n",
		"r3/summary.json":        "=1+1",
		"r4/rejected/.sorted-12": "gone", "r4/rejected/.forget-x": "gone",
	}
	want := map[string]string{
		"r1/rejected/people.csv": "\ufeff" + csvHead +
			"1,x,\"two\r\nlines, \"\"quoted\"\"\",p.csv,2,customer,k1,map,,,bad,\n" +
			"3,x,other step,p.csv,4,note,'=1+1,map,,,bad,\r\n" +
			"4,customer,own column,p.csv,5,note,k,map,,,bad,\n",
		"r1/rejected/short.csv":    before["r1/rejected/short.csv"],
		"r2/rejected/none.csv":     before["r2/rejected/none.csv"],
		"r2/rejected/empty.csv":    "",
		"r2/rejected/talks.ndjson": "\n" + `{"id":2,"_step":"customer","_key":"k1"}` + "\n",
		"r3/plan.ndjson":           `{"step":"note","key":"=1+1"}` + "\n",
		"r3/summary.json":          "=1+1",
	}
	dir := folder(t, before)
	changed, failed := Remove(dir, row)
	if len(failed) > 0 {
		t.Fatal(failed)
	}
	if d := cmp.Diff(want, contents(t, dir)); d != "" {
		t.Error(d)
	}
	got := map[string]File{}
	for _, f := range changed {
		name, _ := filepath.Rel(filepath.Join(dir, "runs"), f.Path)
		got[filepath.ToSlash(name)] = File{Lines: f.Lines, Removed: f.Removed}
		if info, err := os.Stat(f.Path); err == nil && info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
			t.Errorf("others may read %s: %v", name, info.Mode())
		}
	}
	wantChanged := map[string]File{
		"r1/rejected/people.csv": {Lines: 2}, "r2/rejected/people.csv": {Lines: 1, Removed: true}, "r2/rejected/talks.ndjson": {Lines: 2},
		"r3/plan.ndjson": {Lines: 1}, "r4/rejected/.sorted-12": {Removed: true}, "r4/rejected/.forget-x": {Removed: true},
	}
	if d := cmp.Diff(wantChanged, got); d != "" {
		t.Error(d)
	}
	if changed, failed = Remove(dir, row); len(changed)+len(failed) > 0 {
		t.Error("once more:", changed, failed)
	}
}

// TestRemoveSaysWhatItCouldNotSearch: a file that may hold the row is named, and the others are searched all the same.
func TestRemoveSaysWhatItCouldNotSearch(t *testing.T) {
	dir := folder(t, map[string]string{
		"r1/rejected/a.csv":    "id;_step;_key\n1;customer;k1\n",
		"r1/rejected/b.csv":    csvHead + "1,\"open\n",
		"r1/rejected/c.xlsx":   "PK",
		"r1/rejected/d.ndjson": "{\n",
		"r1/rejected/z.csv":    csvHead + "2,x,,p.csv,3,customer,k1,map,,,bad,\n3,x,,p.csv,3,customer,k2,map,,,bad,\n",
	})
	if err := os.Symlink("z.csv", filepath.Join(dir, "runs", "r1", "rejected", "link.csv")); err != nil {
		t.Skip(err)
	}
	changed, failed := Remove(dir, Row{"customer", "k1"})
	var names []string
	for _, f := range failed {
		names = append(names, filepath.Base(f.Path))
		if !strings.Contains(f.Error(), "look through it yourself") {
			t.Error(f)
		}
	}
	if d := cmp.Diff([]string{"a.csv", "b.csv", "c.xlsx", "d.ndjson", "link.csv"}, names); d != "" {
		t.Error(d)
	}
	if len(changed) != 1 || changed[0].Lines != 1 {
		t.Error(changed)
	}
}

// FuzzSearch: whatever a file holds, the cuts are in order and inside it, and a file without them has the row no more.
func FuzzSearch(f *testing.F) {
	f.Add([]byte(csvHead+"2,x,\"a\nb\",p.csv,3,customer,k1,map,,,bad,\n3,x,,p.csv,3,customer,k2,map,,,bad,\n"), false)
	f.Add([]byte(`{"_step":"customer","_key":"k1"}`+"\n\n"+`{"_step":"x"}`), true)
	f.Fuzz(func(t *testing.T, text []byte, asJSON bool) {
		row := Row{"customer", "k1"}
		look := func(text []byte) (found, error) {
			if asJSON {
				return searchJSON(bytes.NewReader(text), row, "_step", "_key")
			}
			return searchCSV(bytes.NewReader(text), row)
		}
		what, err := look(text)
		if err != nil {
			return
		}
		var at int64
		for _, cut := range what.cuts {
			if cut.from < at || cut.to <= cut.from || cut.to > int64(len(text)) {
				t.Fatalf("the cut %v of %d bytes, after %d", cut, len(text), at)
			}
			at = cut.to
		}
		var out bytes.Buffer
		if err := copyWithout(&out, bytes.NewReader(text), what.cuts); err != nil {
			t.Fatal(err)
		}
		again, err := look(out.Bytes())
		if err != nil || len(again.cuts) > 0 || again.left != what.left {
			t.Fatalf("%d cuts and %d rows after %d and %d: %v\n%q", len(again.cuts), again.left, len(what.cuts), what.left, err, out.Bytes())
		}
	})
}
