package sources

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// dialect is how a CSV file is written, as far as Options say.
type dialect struct {
	delim   string // "" when it is to be found out
	comment string
	passed  int      // physical lines before the header
	header  []string // column names of a file without a header

	candidates string // what delim may be
}

func newDialect(o Options, candidates string) (dialect, error) {
	d := dialect{comment: o.Comment, passed: o.SkipRows + max(o.HeaderRow, 1) - 1, header: o.Header, candidates: candidates}
	fault := func(message, hint string) (dialect, error) {
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
		return fault("skip_rows: and header_row: cannot be negative", "count lines from 1")
	case d.delim != "" && !separates(d.delim):
		return fault("delimiter: "+quote(o.Delimiter)+" cannot part cells", `use one character, such as ";" or "\t"`)
	case d.comment != "" && (!separates(d.comment) || d.comment == d.delim):
		return fault("comment: "+quote(o.Comment)+" cannot begin a comment", `use one character, such as "#"`)
	case len(o.Header) > 0 && o.HeaderRow > 1:
		return fault("header: and header_row: cannot both be set", "use skip_rows: for lines before the first row of a file without a header")
	case len(o.Header) > maxColumns:
		return fault(fmt.Sprintf("header: names more than %d columns", maxColumns), "name the columns that the file has")
	}
	return d, nil
}

// separates reports whether text is one character that cells can be parted with.
func separates(text string) bool {
	return utf8.RuneCountInString(text) == 1 && utf8.ValidString(text) && !strings.ContainsAny(text, "\"\r\n\x00\uFEFF")
}

// pass reads over the lines before the header, the line "sep=;" that Excel takes among them.
func (d dialect) pass(s *scanner) error {
	end, next, err := s.lineEnd(0)
	if err != nil {
		return err
	}
	lines := d.passed
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
	if !found || !separates(delim) {
		return ""
	}
	return delim
}

// sniff finds the delimiter of a text by its first 64 KiB; cut says that there is more.
func (d dialect) sniff(sample []byte, cut bool) string {
	if delim := sepLine(sample[:indexLineEnd(sample)]); delim != "" {
		return delim
	}
	best, found := guess{}, d.candidates[:1]
	for _, delim := range d.candidates {
		if string(delim) == d.comment {
			continue
		}
		if g := d.try(string(delim), sample, cut); g.better(best) {
			best, found = g, string(delim)
		}
	}
	return found
}

// guess is how well a delimiter fits a sample.
type guess struct {
	columns    int // in the first record
	rows, even int // records behind it, and those of them with as many cells
}

// better prefers the delimiter that gives the more even table, then the one with more columns.
func (g guess) better(than guess) bool {
	if g.columns < 2 || than.columns < 2 {
		return g.columns >= 2
	}
	if mine, other := g.even*max(than.rows, 1), than.even*max(g.rows, 1); g.rows > 0 && than.rows > 0 && mine != other {
		return mine > other
	}
	return g.columns > than.columns
}

// try reads a few records of a sample with a delimiter.
func (d dialect) try(delim string, sample []byte, cut bool) guess {
	const most = 50
	s := newScanner(bytes.NewReader(sample), delim, d.comment)
	g := guess{columns: len(d.header)}
	if err := d.pass(s); err != nil {
		return g
	}
	for range most {
		rec, err := s.next()
		if err != nil || cut && errors.Is(s.err, io.EOF) && s.start == s.end {
			break // the last record of a cut sample is not whole
		}
		switch {
		case rec.fault != nil:
			g.rows++
		case g.columns == 0:
			g.columns = len(rec.cells)
		default:
			g.rows++
			if len(rec.cells) == g.columns {
				g.even++
			}
		}
	}
	return g
}
