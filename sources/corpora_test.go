package sources_test

import (
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sources"
)

// corpus returns the folder of a public collection of files that are hard to read. It skips the test when the
// collection is not on this machine.
func corpus(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("KUSTSYNC_CORPORA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpora")
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the corpora are not here; name their folder in KUSTSYNC_CORPORA:", err)
	}
	return dir
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// result is all that comes of a source.
type result struct {
	rows    []map[string]any // without damaged ones
	damaged int
	err     error
}

func (r result) clean() bool { return r.err == nil && r.damaged == 0 }

// readIn reads a source to its end. It checks what must be true for every source, and that 5 seconds are enough.
func readIn(t *testing.T, o sources.Options) (r result) {
	t.Helper()
	began := time.Now()
	src, err := sources.Open(t.Context(), o)
	if err != nil {
		return result{err: err}
	}
	line := 0
	for row, err := range src.Rows(t.Context()) {
		if err != nil {
			r.err = err
			break
		}
		if row.Pos.Line < line || row.Pos.Line == 0 || !utf8.ValidString(row.Raw) {
			t.Errorf("row at %v comes after line %d, raw %q", row.Pos, line, row.Raw)
		}
		line = row.Pos.Line
		if row.Err != nil {
			r.damaged++
			continue
		}
		r.rows = append(r.rows, row.Values.Object())
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%s took %v", o.Path, took)
	}
	return r
}

func readText(t *testing.T, name, text string) result {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	write(t, path, text)
	return readIn(t, sources.Options{Path: path, Name: name})
}

func TestCorpusCSVSpectrum(t *testing.T) {
	dir := corpus(t, "csv-spectrum")
	paths, err := filepath.Glob(filepath.Join(dir, "csvs", "*.csv"))
	if err != nil || len(paths) != 12 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		t.Run(name, func(t *testing.T) {
			got := readIn(t, sources.Options{Path: path})
			if name == "location_coordinates" { // its quotes are not doubled
				if len(got.rows) != 0 || got.damaged != 1 || got.err != nil {
					t.Errorf("got %+v, want one damaged row", got)
				}
				return
			}
			text := strings.ReplaceAll(readFile(t, filepath.Join(dir, "json", name+".json")), `\r\n`, `\n`)
			var want []map[string]any
			if err := json.Unmarshal([]byte(text), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(result{rows: want}, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCorpusCSV(t *testing.T) {
	type want struct {
		rows, damaged int
		err           string // "" for none
		o             sources.Options
	}
	const fixtures = "csvlint/features/fixtures/"
	const commons = "commons-csv/src/test/resources/org/apache/commons/csv/"
	const readr = "readr/tests/testthat/fixtures/"
	root := filepath.Dir(corpus(t, "csvlint"))
	for name, want := range map[string]want{
		fixtures + "valid.csv":                     {rows: 2},
		fixtures + "white space in filename.csv":   {rows: 2},
		fixtures + "cr-line-endings.csv":           {rows: 2},
		fixtures + "crlf-line-endings.csv":         {rows: 2},
		fixtures + "inconsistent-line-endings.csv": {rows: 2},
		fixtures + "invalid_many_rows.csv":         {rows: 8, damaged: 1},
		fixtures + "invalid-byte-sequence.csv":     {err: "is not UTF-8"},
		fixtures + "title-row.csv":                 {rows: 2, o: sources.Options{HeaderRow: 2}},
		fixtures + "spreadsheet.xls":               {err: "old Excel workbook"},
		commons + "CSVFileParser/bom.csv":          {rows: 251},
		commons + "CSVFileParser/testCSV85.csv":    {rows: 2, o: sources.Options{Comment: "#"}},
		commons + "CSV-141/csv-141.csv":            {rows: 2, damaged: 1, o: sources.Options{Header: []string{"a", "b", "c", "d", "e"}}},
		commons + "CSV-196/emoji.csv":              {rows: 4},
		commons + "CSV-196/japanese.csv":           {rows: 3},
		commons + "CSV-213/999751170.patch.csv":    {rows: 1},
		commons + "CSV-254/csv-254.csv":            {rows: 3, o: sources.Options{Header: []string{"a", "b", "c"}}},
		commons + "empty.txt":                      {err: "empty"},
		readr + "eol-cr.csv":                       {rows: 3},
		readr + "raw.csv":                          {damaged: 1},
		readr + "enc-iso-8859-1.txt":               {err: "byte 0xE7 at offset 4 is not UTF-8"},
	} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			o := want.o
			o.Path = filepath.Join(root, name)
			got := readIn(t, o)
			if len(got.rows) != want.rows || got.damaged != want.damaged || (got.err == nil) != (want.err == "") {
				t.Errorf("got %d rows, %d damaged, %v; want %d, %d, %q", len(got.rows), got.damaged, got.err, want.rows, want.damaged, want.err)
			}
			if got.err != nil && !strings.Contains(got.err.Error(), want.err) {
				t.Errorf("error %v does not say %q", got.err, want.err)
			}
		})
	}
}

// TestCorpusAsEverything reads every file of the collections of text as every text format.
func TestCorpusAsEverything(t *testing.T) {
	for _, name := range []string{"csv-spectrum", "csvlint", "commons-csv", "readr", "utf8tests", "blns", "json-test-suite", "isemail", "yaml-test-suite"} {
		err := filepath.WalkDir(corpus(t, name), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			for _, o := range []sources.Options{
				{Type: "csv"}, {Type: "tsv"}, {Type: "json"}, {Type: "ndjson"},
				{Type: "csv", Encoding: "utf-16le"}, {Type: "csv", Encoding: "gb18030"},
			} {
				o.Path = path
				if got := readIn(t, o); got.err != nil {
					mustBeFault(t, got.err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestCorpusJSON(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(corpus(t, "json-test-suite"), "test_parsing", "*.json"))
	if err != nil || len(paths) < 300 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		name, text := filepath.Base(path), readFile(t, path)
		// As it is: an array of no objects at best, so only what is no JSON can be told from what is.
		whole := readIn(t, sources.Options{Path: path})
		// As a value inside a row, and as a line.
		inside := readText(t, "in.json", "[{\"v\": "+text+"\n}]")
		line := readText(t, "in.ndjson", `{"v": `+strings.NewReplacer("\r", "", "\n", "").Replace(text)+`}`)
		switch {
		case strings.HasPrefix(name, "n_"):
			if whole.clean() || inside.clean() {
				t.Errorf("%s is accepted: %+v, %+v", name, whole, inside)
			}
			if !strings.Contains(text, "\n") && line.clean() {
				t.Errorf("%s is accepted as a line: %+v", name, line)
			}
		case strings.HasPrefix(name, "y_object_duplicated_key"):
			if inside.err != nil || inside.damaged != 1 {
				t.Errorf("%s: a name that appears twice gave %+v", name, inside)
			}
		case strings.HasPrefix(name, "y_"):
			var want any
			decoder := json.NewDecoder(strings.NewReader(text))
			decoder.UseNumber()
			if err := decoder.Decode(&want); err != nil {
				t.Fatal(err)
			}
			rows := result{rows: []map[string]any{{"v": want}}}
			for _, got := range []result{inside, line} {
				if diff := cmp.Diff(rows, got, cmp.AllowUnexported(result{})); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		}
	}
}

func TestCorpusUTF8(t *testing.T) {
	seen := map[bool]int{}
	for line := range strings.Lines(readFile(t, filepath.Join(corpus(t, "utf8tests"), "utf8tests.txt"))) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) < 3 || strings.HasPrefix(line, "#") {
			continue
		}
		fields[1] = strings.TrimSpace(fields[1])
		valid, isHex := strings.HasPrefix(fields[1], "valid"), strings.HasSuffix(fields[1], "hex")
		text := fields[2]
		if isHex {
			raw, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			text = string(raw)
		}
		if strings.ContainsFunc(text, unicode.IsControl) {
			continue // valid UTF-8 at best, but refused by one format or the other
		}
		seen[valid]++
		csv := readText(t, "in.csv", "id,v\n1,"+text+"\n")
		ndjson := readText(t, "in.ndjson", `{"v":"`+text+`"}`)
		if csv.clean() != valid || ndjson.clean() != valid {
			t.Fatalf("%s: csv %+v, ndjson %+v", strings.TrimSpace(line), csv, ndjson)
		}
		if valid && (csv.rows[0]["v"] != text || ndjson.rows[0]["v"] != text) {
			t.Errorf("%s: csv %+v, ndjson %+v", strings.TrimSpace(line), csv, ndjson)
		}
	}
	if seen[true] < 20 || seen[false] < 100 {
		t.Errorf("only %v sequences", seen)
	}
}

func TestCorpusNaughtyStrings(t *testing.T) {
	var naughty []string
	if err := json.Unmarshal([]byte(readFile(t, filepath.Join(corpus(t, "blns"), "blns.json"))), &naughty); err != nil {
		t.Fatal(err)
	}
	table := [][]string{{"id", "v"}}
	var lines bytes.Buffer
	for _, s := range naughty {
		table = append(table, []string{"x", s})
		_ = json.NewEncoder(&lines).Encode(map[string]string{"v": s})
	}
	var file bytes.Buffer
	if err := csv.NewWriter(&file).WriteAll(table); err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]result{"csv": readText(t, "in.csv", file.String()), "ndjson": readText(t, "in.ndjson", lines.String())} {
		if !got.clean() || len(got.rows) != len(naughty) {
			t.Fatalf("%s: %d rows, %d damaged, %v", name, len(got.rows), got.damaged, got.err)
		}
		for i, row := range got.rows {
			if row["v"] != naughty[i] {
				t.Errorf("%s: %q came out as %q", name, naughty[i], row["v"])
			}
		}
	}
}
