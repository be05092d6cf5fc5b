// Package sourcetest is the contract that every source format keeps, as a test suite.
package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/kustsync/kustsync/sources"
)

// Files says how the suite gets files with one extension.
type Files struct {
	Ext string // with the dot: ".csv", ".csv.gz"

	// Write writes a file that holds the rows as text, each with one value for every column. No
	// value is empty.
	Write func(t *testing.T, path string, columns []string, rows [][]string)

	// Framed says that such a file marks its own end: a file that is cut short anywhere is then an
	// error. In other files the cut may spoil the last row and nothing else.
	Framed bool
}

// Run runs the suite for files of all formats that sources.Formats lists. It fails when files of a format are missing.
func Run(t *testing.T, all ...Files) {
	for _, name := range missing(sources.Formats(), all) {
		t.Errorf("the format %s is in the table of sources/formats.go, and no files of it go through the suite; add them to TestFormats in sources/formats_test.go", name)
	}
	for _, files := range all {
		t.Run(files.Ext, func(t *testing.T) { runFiles(t, files) })
	}
}

// missing returns the names of the formats of which there are no files.
func missing(formats []sources.Format, all []Files) (names []string) {
	for _, f := range formats {
		if !slices.ContainsFunc(all, func(files Files) bool { return slices.Contains(f.Words, files.word()) }) {
			names = append(names, f.Name())
		}
	}
	return names
}

// word returns the word for the format: "csv" of ".csv.gz".
func (f Files) word() string {
	word, _, _ := strings.Cut(strings.TrimPrefix(f.Ext, "."), ".")
	return word
}

// runFiles checks that what sources.Open returns for the files keeps the contract of Source.
func runFiles(t *testing.T, f Files) {
	format, known := sources.FormatNamed(f.word())
	if !known {
		t.Fatalf("%s is the extension of no format", f.Ext)
	}
	s := suite{f, format}
	for _, test := range []struct {
		name string
		run  func(t *testing.T)
	}{
		{"gives every row in order", s.order},
		{"reads a table without rows", s.empty},
		{"gives the same rows in every pass", s.passes},
		{"leaves a row to its receiver", s.ownership},
		{"stops when the context is done", s.cancelled},
		{"leaks nothing after a break", s.broken},
		{"chains the files of a glob", s.glob},
		{"refuses files with other columns", s.otherColumns},
		{"follows symbolic links", s.symlink},
		{"refuses what is not a file", s.noFile},
		{"notices a change of the file while it reads", s.changed},
		{"never passes off a cut file as whole", s.cut},
		{"takes the options of its format and no others", s.options},
	} {
		t.Run(test.name, test.run)
	}
}

type suite struct {
	Files
	format sources.Format
}

// columns and table hold what is hard to read in some format: zeros in front, quotes, delimiters, line ends,
// spaces at the edge, and text of one to four bytes a character.
func columns() []string { return []string{"id", "Full Name", "größe", "note"} }

func table(n int) [][]string {
	notes := []string{`say "hi"`, "a,b;c|d\te", "two\nlines", " edges ", "naïve 名前 😀", "'quoted'", "#no comment", "=1+1"}
	rows := make([][]string, n)
	for i := range rows {
		rows[i] = []string{fmt.Sprintf("%05d", i+1), fmt.Sprintf("Name %d", i+1), "0012", notes[i%len(notes)]}
	}
	return rows
}

func values(columns []string, row []string) map[string]any {
	m := make(map[string]any, len(columns))
	for i, name := range columns {
		m[name] = row[i]
	}
	return m
}

// write makes a file named name with n rows, and returns the options that open it.
func (s suite) write(t *testing.T, name string, n int) sources.Options {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+s.Ext)
	s.Write(t, path, columns(), table(n))
	return sources.Options{Path: path, Name: name + s.Ext}
}

func (s suite) open(t *testing.T, o sources.Options) sources.Source {
	t.Helper()
	src, err := sources.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return src
}

// read reads all rows of a pass, up to its end or its error.
func read(ctx context.Context, src sources.Source) (rows []sources.Row, err error) {
	for row, err := range src.Rows(ctx) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (s suite) readAll(t *testing.T, src sources.Source) []sources.Row {
	t.Helper()
	rows, err := read(t.Context(), src)
	if err != nil {
		t.Fatalf("after %d rows: %v", len(rows), err)
	}
	return rows
}

func (s suite) order(t *testing.T) {
	src := s.open(t, s.write(t, "people", 300))
	if got := src.Columns(); got != nil && !slices.Equal(got, columns()) {
		t.Errorf("columns = %q, want %q", got, columns())
	}
	rows, line := s.readAll(t, src), 0
	if len(rows) != 300 {
		t.Fatalf("got %d rows, want 300", len(rows))
	}
	for i, row := range rows {
		if row.Err != nil || row.Raw != "" {
			t.Fatalf("row %d: err %v, raw %q", i, row.Err, row.Raw)
		}
		if diff := cmp.Diff(values(columns(), table(300)[i]), row.Values.Object()); diff != "" {
			t.Fatalf("row %d (-want +got):\n%s", i, diff)
		}
		if row.Pos.File != "people"+s.Ext || row.Pos.Line <= line {
			t.Fatalf("row %d is at %v, after line %d", i, row.Pos, line)
		}
		line = row.Pos.Line
	}
}

func (s suite) empty(t *testing.T) {
	if rows := s.readAll(t, s.open(t, s.write(t, "none", 0))); len(rows) > 0 {
		t.Errorf("got %d rows, want none", len(rows))
	}
}

func (s suite) passes(t *testing.T) {
	src := s.open(t, s.write(t, "people", 20))
	if diff := cmp.Diff(s.readAll(t, src), s.readAll(t, src), cmp.Transformer("object", sources.Values.Object)); diff != "" {
		t.Errorf("second pass differs (-first +second):\n%s", diff)
	}
}

func (s suite) ownership(t *testing.T) {
	src := s.open(t, s.write(t, "people", 50))
	for row, err := range src.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		object := row.Values.Object()
		id, _ := object["id"].(string)
		clear(object)
		object["id"] = id + "!"
	}
	for i, row := range s.readAll(t, src) {
		if want := table(50)[i][0]; row.Values.Get("id") != want {
			t.Fatalf("row %d holds id %v, want %q", i, row.Values.Get("id"), want)
		}
	}
}

func (s suite) cancelled(t *testing.T) {
	src := s.open(t, s.write(t, "people", 50))
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	for _, err := range src.Rows(ctx) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error = %v, want the context's", err)
			}
			seen = -seen
			continue
		}
		if seen++; seen == 3 {
			cancel()
		}
		if seen <= 0 || seen > 3 {
			t.Fatal("a row or an error came after the end")
		}
	}
	if seen != -3 {
		t.Errorf("the pass did not end with an error right after row 3 (%d)", seen)
	}
	if rows, err := read(ctx, src); len(rows) > 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("a pass with a context that is done gave %d rows, %v", len(rows), err)
	}
	cancel()
}

func (s suite) broken(t *testing.T) {
	src := s.open(t, s.write(t, "people", 500))
	running, files := goleak.IgnoreCurrent(), openFiles()
	for range 5 {
		for range src.Rows(t.Context()) { //nolint:errcheck // only that it ends
			break
		}
	}
	if err := goleak.Find(running); err != nil {
		t.Error(err)
	}
	if now := openFiles(); now != files {
		t.Errorf("%d files are open, there were %d", now, files)
	}
}

// openFiles returns how many files the process has open, 0 where the system does not say.
func openFiles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

func (s suite) glob(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"part-2", "part-1"} {
		s.Write(t, filepath.Join(dir, name+s.Ext), columns(), table(i+2))
	}
	src := s.open(t, sources.Options{Path: filepath.Join(dir, "part-*"+s.Ext), Name: "part-*" + s.Ext})
	var got []string
	for _, row := range s.readAll(t, src) {
		got = append(got, fmt.Sprint(row.Pos.File, " ", row.Values.Get("id")))
	}
	one, two := "part-1"+s.Ext, "part-2"+s.Ext
	want := []string{one + " 00001", one + " 00002", one + " 00003", two + " 00001", two + " 00002"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func (s suite) otherColumns(t *testing.T) {
	dir := t.TempDir()
	s.Write(t, filepath.Join(dir, "a"+s.Ext), []string{"id", "name"}, [][]string{{"1", "Ann"}})
	s.Write(t, filepath.Join(dir, "b"+s.Ext), []string{"name", "id"}, [][]string{{"Bob", "2"}})
	all := sources.Options{Path: filepath.Join(dir, "*"+s.Ext), Name: "*" + s.Ext}
	src := s.open(t, all)
	if rows := s.readAll(t, src); len(rows) != 2 || rows[1].Values.Get("name") != "Bob" {
		t.Errorf("columns in another order: %v", rows)
	}
	if src.Columns() == nil {
		return
	}
	s.Write(t, filepath.Join(dir, "c"+s.Ext), []string{"id", "mail"}, [][]string{{"3", "c@x"}})
	_, err := sources.Open(t.Context(), all)
	wantError(t, err, "c"+s.Ext, `"mail"`, `"name"`)
}

func (s suite) symlink(t *testing.T) {
	o := s.write(t, "people", 2)
	link := filepath.Join(t.TempDir(), "link"+s.Ext)
	if err := os.Symlink(o.Path, link); err != nil {
		t.Skip(err)
	}
	if rows := s.readAll(t, s.open(t, sources.Options{Path: link})); len(rows) != 2 {
		t.Errorf("got %d rows, want 2", len(rows))
	}
}

func (s suite) noFile(t *testing.T) {
	dir := t.TempDir()
	_, err := sources.Open(t.Context(), sources.Options{Path: filepath.Join(dir, "none"+s.Ext), Name: "none" + s.Ext})
	wantError(t, err, "none"+s.Ext)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v is not fs.ErrNotExist", err)
	}
	_, err = sources.Open(t.Context(), sources.Options{Path: filepath.Join(dir, "*"+s.Ext), Name: "*" + s.Ext})
	wantError(t, err, "*"+s.Ext)
	folder := filepath.Join(dir, "folder"+s.Ext)
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = sources.Open(t.Context(), sources.Options{Path: folder, Name: "folder" + s.Ext})
	wantError(t, err, "folder"+s.Ext, "directory")
}

func (s suite) changed(t *testing.T) {
	o := s.write(t, "people", 5)
	src := s.open(t, o)
	n := 0
	var last error
	for _, err := range src.Rows(t.Context()) {
		if n++; n == 2 {
			later := time.Now().Add(time.Hour)
			if err := os.Chtimes(o.Path, later, later); err != nil {
				t.Fatal(err)
			}
		}
		last = err
	}
	if n != 6 {
		t.Errorf("got %d rows and errors, want 5 and 1", n)
	}
	wantError(t, last, o.Name, "changed")
}

func (s suite) cut(t *testing.T) {
	o := s.write(t, "people", 12)
	whole, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	step := max(len(whole)/97, 1)
	for size := len(whole) - 1; size > 0; size -= step {
		if err := os.WriteFile(o.Path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		var rows []sources.Row
		src, err := sources.Open(t.Context(), o)
		if err == nil {
			rows, err = read(t.Context(), src)
		}
		if s.Framed && err == nil {
			t.Errorf("cut to %d of %d bytes: %d rows and no error", size, len(whole), len(rows))
		}
		for i, row := range rows {
			if i < len(rows)-1 && !cmp.Equal(values(columns(), table(12)[i]), row.Values.Object()) {
				t.Errorf("cut to %d bytes: row %d is %v", size, i, row.Values)
			}
		}
	}
}

// wantError checks that err is an *Error with a hint that names the file and says some words.
func wantError(t *testing.T, err error, file string, words ...string) {
	t.Helper()
	var fault *sources.Error
	if !errors.As(err, &fault) {
		t.Fatalf("error = %v, want a *sources.Error about %s", err, file)
	}
	if fault.Pos.File != file || fault.Hint == "" {
		t.Errorf("error %q is about %q with hint %q, want it about %q with a hint", err, fault.Pos.File, fault.Hint, file)
	}
	for _, word := range words {
		if !strings.Contains(fault.Message, word) {
			t.Errorf("error %q does not say %s", err, word)
		}
	}
}
