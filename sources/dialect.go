package sources

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// dialect is how a CSV file is written, as far as Options say it.
type dialect struct {
	delim     string // "" when sniff is to find it
	comment   string
	skipLines int      // how many physical lines come before the header
	header    []string // column names of a file without a header

	candidates string // what delim may be
}

func newDialect(o Options, candidates string) (dialect, error) {
	d := dialect{comment: o.Comment, skipLines: o.SkipRows + max(o.HeaderRow, 1) - 1, header: o.Header, candidates: candidates}
	refuse := func(message, hint string) (dialect, error) {
		return d, &Error{Message: message, Hint: hint}
	}
	switch strings.ToLower(o.Delimiter) {
	case "tab", `\t`:
		d.delim = "\t"
	default:
		d.delim = o.Delimiter
	}
	switch {
	case o.SkipRows < 0 || o.HeaderRow < 0:
		return refuse("skip_rows: and header_row: cannot be negative", "count lines from 1")
	case d.delim != "" && !isDelimiter(d.delim):
		return refuse("delimiter: "+quote(o.Delimiter)+" cannot part cells", `use one character, such as ";" or "\t"`)
	case d.comment != "" && (!isDelimiter(d.comment) || d.comment == d.delim):
		return refuse("comment: "+quote(o.Comment)+" cannot begin a comment", `use one character, such as "#"`)
	case len(o.Header) > 0 && o.HeaderRow > 1:
		return refuse("header: and header_row: cannot both be set", "use skip_rows: for lines before the first row of a file without a header")
	case len(o.Header) > maxColumns:
		return refuse(fmt.Sprintf("header: names more than %d columns", maxColumns), "name the columns that the file has")
	}
	return d, nil
}

// isDelimiter reports whether text is one character that can stand between cells.
func isDelimiter(text string) bool {
	return utf8.RuneCountInString(text) == 1 && utf8.ValidString(text) && !strings.ContainsAny(text, "\"\r\n\x00\uFEFF")
}

// skipToHeader skips the lines before the header. A first line such as "sep=;", which Excel understands, is one of them.
func (d dialect) skipToHeader(s *scanner) error {
	end, next, err := s.lineEnd(0)
	if err != nil {
		return err
	}
	lines := d.skipLines
	if sepLine(s.window()[:end]) != "" {
		s.advance(next)
		lines--
	}
	for range lines {
		if err := s.skipLine(); err != nil {
			return err
		}
	}
	return nil
}

// sepLine returns the delimiter that a line "sep=;" sets, or "".
func sepLine(line []byte) string {
	text := strings.Trim(string(line[:min(len(line), 16)]), `"`)
	delim, found := strings.CutPrefix(strings.ToLower(text), "sep=")
	if !found || !isDelimiter(delim) {
		return ""
	}
	return delim
}

// sniff finds the delimiter of a text by a sample from its beginning; cut says that the text is longer than that.
func (d dialect) sniff(sample []byte, cut bool) string {
	if delim := sepLine(sample[:indexLineEnd(sample)]); delim != "" {
		return delim
	}
	best, found := fit{}, d.candidates[:1]
	for _, delim := range d.candidates {
		if string(delim) == d.comment {
			continue
		}
		if f := d.try(string(delim), sample, cut); f.better(best) {
			best, found = f, string(delim)
		}
	}
	return found
}

// fit is how well a delimiter fits a sample.
type fit struct {
	columns int // cells of the first record
	rows    int // records after the first
	equal   int // those of them that have as many cells as the first
}

// better reports whether f is a better fit than other: a larger part of its records has as many cells as the first, or
// as large a part and more columns.
func (f fit) better(other fit) bool {
	if f.columns < 2 || other.columns < 2 {
		return f.columns >= 2
	}
	// The parts f.equal/f.rows and other.equal/other.rows, compared without a division.
	if ours, theirs := f.equal*other.rows, other.equal*f.rows; f.rows > 0 && other.rows > 0 && ours != theirs {
		return ours > theirs
	}
	return f.columns > other.columns
}

// try reads the first records of a sample with a delimiter.
func (d dialect) try(delim string, sample []byte, cut bool) fit {
	const most = 50
	s := newScanner(bytes.NewReader(sample), delim, d.comment)
	f := fit{columns: len(d.header)}
	if err := d.skipToHeader(s); err != nil {
		return f
	}
	for range most {
		rec, err := s.next()
		if err != nil || cut && errors.Is(s.err, io.EOF) && s.start == s.end {
			break // the last record of a cut sample is not whole
		}
		switch {
		case rec.err != nil:
			f.rows++
		case f.columns == 0:
			f.columns = len(rec.cells)
		default:
			f.rows++
			if len(rec.cells) == f.columns {
				f.equal++
			}
		}
	}
	return f
}
