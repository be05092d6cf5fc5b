package sources_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sources"
)

func TestTypes(t *testing.T) {
	want := []string{"csv", "txt", "tsv", "tab", "xlsx", "xlsm", "json", "ndjson", "jsonl"}
	if got := sources.Types(); !slices.Equal(got, want) {
		t.Errorf("Types() = %q, want %q", got, want)
	}
	for _, name := range want {
		if got := sources.NeedsFile(sources.Options{Path: "-", Type: name}); got != strings.HasPrefix(name, "xls") {
			t.Errorf("NeedsFile(%s) = %v", name, got)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	const text = "id\n1\n"
	for name, test := range map[string]struct {
		file, text, want string
		o                sources.Options
	}{
		"no extension":      {file: "people", text: text, want: "people: the file's name does not say what it holds; set type: to one of csv, txt, tsv,"},
		"another extension": {file: "people.log", text: text, want: "people.log: the file's name does not say what it holds; set type:"},
		"no such type":      {file: "people.csv", text: text, o: sources.Options{Type: "cvs"}, want: `people.csv: there is no source type "cvs"; set type: to one of`},
		"xls":               {file: "a.xls", text: "x", want: "a.xls: this is an old Excel workbook, which cannot be read; open it in a spreadsheet program and save it as .xlsx or .csv"},
		"xlsb":              {file: "a.XLSB", text: "x", want: "a.XLSB: this is a binary Excel workbook, which cannot be read; open it"},
		"ods":               {file: "a.ods", text: "x", want: "a.ods: this is an OpenDocument spreadsheet, which cannot be read; open it"},
		"zip":               {file: "a.csv.zip", text: "x", want: "a.csv.zip: this is a zip archive, which cannot be read; unpack it"},
		"xlsx.gz":           {file: "a.xlsx.gz", text: string(gzipped([]byte("x"))), want: "a.xlsx.gz: a workbook inside another archive cannot be read; unpack it first"},
		"Office as csv":     {file: "a.csv", text: "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", want: "a.csv: this is an old or encrypted Office document, not text; save it"},
		"a workbook as csv": {file: "a.csv", text: "PK\x03\x04", want: "a.csv: this is a zip archive or a workbook, not text; unpack it, or set type: xlsx"},
		"gzip as json":      {file: "a.json", text: string(gzipped([]byte("[]"))), want: "a.json: this is gzip data, not text; unpack it, or give the file the ending .gz"},
		"a bad pattern":     {file: "a.csv", text: text, o: sources.Options{Path: "/x/[*.csv"}, want: "a.csv: the pattern is malformed; close every ["},
		"a device":          {file: "a.csv", text: text, o: sources.Options{Path: os.DevNull}, want: `a.csv: this is a pipe or a device, not a file; name a file, or use "-" for standard input`},
	} {
		t.Run(name, func(t *testing.T) {
			o := test.o
			o.Name = test.file
			if o.Path == "" {
				o.Path = filepath.Join(t.TempDir(), test.file)
				write(t, o.Path, test.text)
			}
			_, err := sources.Open(t.Context(), o)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s…", err, test.want)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNamesOfMatches(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.csv", "a.csv", "[x].csv"} {
		write(t, filepath.Join(dir, "data", "in", name), "id\n1\n")
	}
	path := filepath.Join(dir, "data", "in", "?.csv")
	for name, want := range map[string][]string{
		"data/in/?.csv":       {"data/in/a.csv", "data/in/b.csv"},
		"./in/?.csv":          {"in/a.csv", "in/b.csv"},
		"../../data/in/?.csv": {"../../data/in/a.csv", "../../data/in/b.csv"},
		path:                  {filepath.Join(dir, "data/in/a.csv"), filepath.Join(dir, "data/in/b.csv")},
		"":                    {filepath.Join(dir, "data/in/a.csv"), filepath.Join(dir, "data/in/b.csv")},
	} {
		if got := filesOf(t, sources.Options{Path: path, Name: name}); !slices.Equal(got, want) {
			t.Errorf("a source named %q has files named %q, want %q", name, got, want)
		}
	}
	literal := sources.Options{Path: filepath.Join(dir, "data", "in", "[x].csv"), Name: "in/[x].csv"}
	if got := filesOf(t, literal); !slices.Equal(got, []string{"in/[x].csv"}) {
		t.Errorf("a file whose name is a pattern is named %q", got)
	}
}

func filesOf(t *testing.T, o sources.Options) (files []string) {
	t.Helper()
	src, err := sources.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range src.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, row.Pos.File)
	}
	return files
}

func TestOtherColumnsAreNamed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.csv"), "id,name,mail\n")
	write(t, filepath.Join(dir, "b.csv"), "mail,Name,id,x\n")
	_, err := sources.Open(t.Context(), sources.Options{Path: filepath.Join(dir, "*.csv"), Name: "*.csv"})
	want := `b.csv: the header differs from the one of a.csv: it lacks "name" and adds "Name", "x"; give the files of one source the same columns, or name them as two sources`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestChangedBeforeThePass(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, "id\n1\n")
	src, err := sources.Open(t.Context(), sources.Options{Path: path, Name: "a.csv"})
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, "name\nAnn\n2\n")
	want := "header: id\nerror: a.csv: the file was changed while it was being read; wait until nothing writes to it, then run again\n"
	if got := showRows(t, src); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStdin(t *testing.T) {
	for name, test := range map[string]struct {
		typ, text, want string
	}{
		"csv":       {"csv", "id\n1\n", "header: id\n2: id=\"1\"\n"},
		"json":      {"json", "[{\"a\":\"1\"}]", "1: a=\"1\"\n"},
		"damaged":   {"csv", "id\n\"1", "header: id\nerror: standard input:2: the quote that begins a cell here"},
		"no type":   {"", "id\n1\n", "error: standard input: standard input does not say what it holds; set type:"},
		"workbook":  {"xlsx", "PK", "error: standard input: a workbook cannot be read from standard input; save it to a file"},
		"gzip":      {"csv", "\x1F\x8B", "error: standard input: this is gzip data, not text; unpack it"},
		"corrected": {"", "id" + addedHeader + "1,,,,,,,,,\n", "header: id\n2: id=\"1\"\n"},
	} {
		t.Run(name, func(t *testing.T) {
			src, err := sources.Open(t.Context(), sources.Options{Path: "-", Type: test.typ, Stdin: strings.NewReader(test.text)})
			got := ""
			if err != nil {
				got = mustBeFault(t, err)
			} else {
				got = showRows(t, src)
			}
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q…", got, test.want)
			}
		})
	}
	if _, err := sources.Open(t.Context(), sources.Options{Path: "-", Type: "csv"}); err == nil {
		t.Error("without a standard input there was no error")
	}
}

// TestStdinStopsWithItsContext: reading ends when the context does, though standard input blocks.
func TestStdinStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	blocked := readerFunc(func([]byte) (int, error) {
		cancel()
		<-t.Context().Done()
		return 0, io.EOF
	})
	const lines = 40_000 // more than the header alone makes Open read
	text := "id\n" + strings.Repeat("1\n", lines)
	src, err := sources.Open(t.Context(), sources.Options{Path: "-", Type: "csv", Stdin: io.MultiReader(strings.NewReader(text), blocked)})
	if err != nil {
		t.Fatal(err)
	}
	var last error
	for _, err := range src.Rows(ctx) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("the pass ended with %v", last)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestSpool(t *testing.T) {
	dir := t.TempDir()
	path, err := sources.Spool(t.Context(), strings.NewReader("id\n1\n"), dir, 5)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "id\n1\n" {
		t.Errorf("spooled %q, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("mode %v, %v: others can read it", info.Mode(), err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		ctx  context.Context
		in   io.Reader
		want string
	}{
		"too long":  {t.Context(), strings.NewReader("id\n1\n2\n"), "longer than 5 bytes"},
		"cancelled": {ctx, strings.NewReader("id\n"), "canceled"},
		"broken":    {t.Context(), io.MultiReader(strings.NewReader("i"), readerFunc(func([]byte) (int, error) { return 0, broken })), "broken"},
	} {
		path, err := sources.Spool(test.ctx, test.in, dir, 5)
		if err == nil || path != "" || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: path %q, error %v", name, path, err)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("files are left: %v, %v", left, err)
	}
}

func TestErrorText(t *testing.T) {
	cause := errors.New("cause")
	for want, err := range map[string]*sources.Error{
		"a.csv:7: bad; do this": {Pos: sources.Pos{File: "a.csv", Line: 7}, Message: "bad", Hint: "do this"},
		"b.xlsx!VIP:2: bad":     {Pos: sources.Pos{File: "b.xlsx", Sheet: "VIP", Line: 2}, Message: "bad"},
		"a.csv: bad":            {Pos: sources.Pos{File: "a.csv"}, Message: "bad", Err: cause},
		"bad; do this":          {Message: "bad", Hint: "do this"},
	} {
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Error(diff)
		}
		if err.Err != nil && !errors.Is(err, cause) {
			t.Errorf("the cause of %v is not found by errors.Is", err)
		}
	}
}
