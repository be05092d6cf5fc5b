package sources

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/kustsync/kustsync/sources/workbook"
)

// refused are the extensions of files that cannot be read, with what to do about each.
var refused = [...]struct{ ext, what, hint string }{
	{"xls", "an old Excel workbook", workbook.HintSaveAs},
	{"xlsb", "a binary Excel workbook", workbook.HintSaveAs},
	{"ods", "an OpenDocument spreadsheet", workbook.HintSaveAs},
	{"numbers", "a Numbers spreadsheet", "export it as .xlsx or .csv"},
	{"zip", "a zip archive", "unpack it, or pack it as .gz or .zst"},
	{"bz2", "a bzip2 archive", "unpack it, or pack it as .gz or .zst"},
	{"xz", "an xz archive", "unpack it, or pack it as .gz or .zst"},
}

// magics are the first bytes of files that are no text.
var magics = [...]struct{ magic, what, hint string }{
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old or encrypted Office document, not text", "save it without a password as .xlsx or .csv"},
	{"PK\x03\x04", "a zip archive or a workbook, not text", "unpack it, or set type: xlsx for a workbook"},
	{"\x1F\x8B", "gzip data, not text", "unpack it, or give the file the ending .gz"},
	{"\x28\xB5\x2F\xFD", "zstd data, not text", "unpack it, or give the file the ending .zst"},
	{"BZh9", "bzip2 data, not text", "unpack it, or pack it as .gz or .zst"},
	{"%PDF-", "a PDF document", "export the data as .csv, .xlsx or .json"},
}

// identify returns the format of a file that begins with head, and the Options to read it with. A file of rejected rows
// is known by its first bytes, another by o.Type or its extension.
func identify(o Options, head []byte) (Format, Options, error) {
	if name := rejectedType(head); name != "" {
		f, _ := FormatNamed(name)
		always := Format{Options: []string{"null_values"}} // files of rejected rows are all written in one way
		o = always.taken(o)
		o.Type = name
		return f, f.taken(o), nil
	}
	f, err := namedFormat(o)
	if err != nil {
		return Format{}, o, err
	}
	if f.parse == nil {
		if packing(o.Path) != "" {
			return f, o, &Error{Pos: Pos{File: o.Name}, Message: "a workbook inside another archive cannot be read", Hint: "unpack it first"}
		}
		return f, f.taken(o), nil
	}
	for _, m := range magics {
		if strings.HasPrefix(string(head), m.magic) {
			return f, o, &Error{Pos: Pos{File: o.Name}, Message: "this is " + m.what, Hint: m.hint}
		}
	}
	return f, f.taken(o), nil
}

// namedFormat returns the format that o.Type or the extension of o.Path names.
func namedFormat(o Options) (Format, error) {
	choose := "set type: to one of " + strings.Join(Types(), ", ")
	refuse := func(message, hint string) (Format, error) {
		return Format{}, &Error{Pos: Pos{File: o.Name}, Message: message, Hint: hint}
	}
	if o.Type != "" {
		if f, known := FormatNamed(o.Type); known {
			return f, nil
		}
		return refuse("there is no source type "+quote(o.Type), choose)
	}
	if o.Path == "-" {
		return refuse("standard input does not say what it holds", choose)
	}
	ext := filepath.Ext(strings.TrimSuffix(o.Path, packing(o.Path)))
	ext = strings.ToLower(strings.TrimPrefix(ext, "."))
	for _, r := range refused {
		if r.ext == ext {
			return refuse("this is "+r.what+", which cannot be read", r.hint)
		}
	}
	f, known := FormatNamed(ext)
	if !known {
		return refuse("the file's name does not say what it holds", choose)
	}
	return f, nil
}

// rejectedType returns the name of the format of a file of rejected rows that begins with head, and "" for other files.
func rejectedType(head []byte) string {
	table, err := newCSV(bytes.NewReader(head), Options{}, ",;\t|")
	if err == nil && table.own.rejected {
		return "csv"
	}
	first, _, _ := bytes.Cut(bytes.TrimSpace(head), []byte("\n"))
	if !bytes.HasPrefix(first, []byte("{")) || !json.Valid(first) {
		return ""
	}
	values := map[string]json.RawMessage{}
	if err := json.Unmarshal(first, &values); err != nil {
		return ""
	}
	for _, name := range RejectColumns() {
		if _, found := values[name]; !found {
			return ""
		}
	}
	return "ndjson"
}
