// Package sources reads CSV, XLSX and JSON files as streams of rows that know their places in their files.
package sources

import (
	"context"
	"io"
	"iter"
	"strconv"
	"time"
)

// Pos is the place of a row: the file as the user named it, the sheet of a workbook, and the
// line, from 1 (the sheet's row number in a workbook, the element's line in a JSON file).
type Pos struct {
	File  string
	Sheet string
	Line  int
}

// String returns the place as editors and users write it: "people.csv:41", "book.xlsx!VIP:7".
// A Line of 0 is not known, and is left out.
func (p Pos) String() string {
	place := p.File
	if p.Sheet != "" {
		place += "!" + p.Sheet
	}
	if p.Line > 0 {
		place += ":" + strconv.Itoa(p.Line)
	}
	return place
}

// Row is one record of a source. A damaged row is still a row: Err says what is wrong with it, Raw
// holds the text as read, at most MaxRaw bytes, and Values may be nil.
type Row struct {
	Pos    Pos
	Values Values
	Raw    string
	Err    error
}

// MaxRaw is how many bytes Row.Raw has at most.
const MaxRaw = 64 << 10

// Source is a file, or a sorted list of files with one header, that can be read row by row.
type Source interface {
	// Columns returns the header in file order; nil when it is not known before reading (JSON).
	Columns() []string
	// Rows yields every row in file order and may be called again for another pass. A non-nil
	// error is the last thing yielded: the source cannot be read further. A yielded Row belongs
	// to the receiver. Rows returns as soon as ctx is done, with its error.
	Rows(ctx context.Context) iter.Seq2[Row, error]
}

// Options describes a source as the pipeline file does. The zero value of a field is its default.
type Options struct {
	Path string // a file, a glob, or "-" for standard input; already made absolute by the caller
	Name string // how Path is shown in places and errors; default Path
	Type string // csv, tsv, xlsx, json, ndjson; default from the extension, below .gz and .zst

	Delimiter  string   // csv: one character, or "tab"; default found among , ; tab |
	Encoding   string   // csv: a WHATWG name; default by BOM, else UTF-8
	Comment    string   // csv: lines that begin with this character are no rows
	SkipRows   int      // csv: physical lines before the header that are skipped
	HeaderRow  int      // csv, xlsx: from 1; default 1. In csv it counts physical lines after SkipRows
	Header     []string // csv, xlsx: column names of a file that has none
	NullValues []string // cells that mean null, exactly as written

	Sheet string // xlsx: a name, or a number from 1; default the first visible sheet
	Range string // xlsx: "A3:H900"

	Records string // json: dotted path to the array inside ("data.customers"); default the top

	MaxUnpacked int64          // how many bytes a compressed or zipped file may unpack to; default 8 GiB
	Location    *time.Location // zone of date cells, which have none; default UTC
	Stdin       io.Reader      // what "-" reads
}

// DefaultMaxUnpacked is the default of Options.MaxUnpacked.
const DefaultMaxUnpacked = 8 << 30
