package sources

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/sources/workbook"
)

// format is one kind of file: the words for it in type:, which are also its file name extensions,
// and how one file of it is opened. Exactly one of parse and open is set.
type format struct {
	names []string
	parse parse // reads the file as a stream
	open  func(ctx context.Context, o Options) (Source, error)
}

// formats returns every format, in the order that messages and the schema list them.
func formats() []format {
	return []format{
		{names: []string{"csv", "txt"}, parse: parseCSV},
		{names: []string{"tsv", "tab"}, parse: parseTSV},
		{names: []string{"xlsx", "xlsm"}, open: openXLSX},
		{names: []string{"json"}, parse: parseJSON},
		{names: []string{"ndjson", "jsonl"}, parse: parseNDJSON},
	}
}

// Types lists the words that Options.Type takes, for the schema of the pipeline file.
func Types() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.names...)
	}
	return names
}

// NeedsFile reports whether what o describes can only be read from a file, so that standard input
// has to be spooled first.
func NeedsFile(o Options) bool {
	f, known := byName(o.Type)
	return known && f.open != nil
}

func byName(name string) (format, bool) {
	name = strings.ToLower(name)
	for _, f := range formats() {
		if slices.Contains(f.names, name) {
			return f, true
		}
	}
	return format{}, false
}

// refused lists extensions that cannot be read, with what to do about each.
var refused = [...]struct{ ext, what, hint string }{
	{"xls", "an old Excel workbook", workbook.HintSaveAs},
	{"xlsb", "a binary Excel workbook", workbook.HintSaveAs},
	{"ods", "an OpenDocument spreadsheet", workbook.HintSaveAs},
	{"numbers", "a Numbers spreadsheet", "export it as .xlsx or .csv"},
	{"zip", "a zip archive", "unpack it, or pack it as .gz or .zst"},
	{"bz2", "a bzip2 archive", "unpack it, or pack it as .gz or .zst"},
	{"xz", "an xz archive", "unpack it, or pack it as .gz or .zst"},
}

// magics are first bytes that belong to no text file.
var magics = [...]struct{ magic, what, hint string }{
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old or encrypted Office document, not text", "save it without a password as .xlsx or .csv"},
	{"PK\x03\x04", "a zip archive or a workbook, not text", "unpack it, or set type: xlsx for a workbook"},
	{"\x1F\x8B", "gzip data, not text", "unpack it, or give the file the ending .gz"},
	{"\x28\xB5\x2F\xFD", "zstd data, not text", "unpack it, or give the file the ending .zst"},
	{"BZh9", "bzip2 data, not text", "unpack it, or pack it as .gz or .zst"},
	{"%PDF-", "a PDF document", "export the data as .csv, .xlsx or .json"},
}

// identify says which format the file of o has, by its first bytes (a rejected file), o.Type, or
// its extension. The Options that it returns are those to read the file with.
func identify(o Options, head []byte) (format, Options, error) {
	if name := rejectedType(head); name != "" {
		f, _ := byName(name)
		return f, plain(o, name), nil
	}
	f, err := named(o)
	if err != nil {
		return format{}, o, err
	}
	if f.parse == nil {
		if packing(o.Path) != "" {
			return f, o, &Error{Pos: Pos{File: o.Name}, Message: "a workbook inside another archive cannot be read", Hint: "unpack it first"}
		}
		return f, o, nil
	}
	for _, m := range magics {
		if strings.HasPrefix(string(head), m.magic) {
			return f, o, &Error{Pos: Pos{File: o.Name}, Message: "this is " + m.what, Hint: m.hint}
		}
	}
	return f, o, nil
}

func named(o Options) (format, error) {
	choose := "set type: to one of " + strings.Join(Types(), ", ")
	fault := func(message, hint string) (format, error) {
		return format{}, &Error{Pos: Pos{File: o.Name}, Message: message, Hint: hint}
	}
	if o.Type != "" {
		if f, known := byName(o.Type); known {
			return f, nil
		}
		return fault("there is no source type "+quote(o.Type), choose)
	}
	if o.Path == "-" {
		return fault("standard input does not say what it holds", choose)
	}
	ext := filepath.Ext(strings.TrimSuffix(o.Path, packing(o.Path)))
	ext = strings.ToLower(strings.TrimPrefix(ext, "."))
	for _, r := range refused {
		if r.ext == ext {
			return fault("this is "+r.what+", which cannot be read", r.hint)
		}
	}
	f, known := byName(ext)
	if !known {
		return fault("the file's name does not say what it holds", choose)
	}
	return f, nil
}
