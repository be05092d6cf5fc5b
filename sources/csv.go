package sources

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// csvReader reads the rows of a CSV file, which come after its header.
type csvReader struct {
	file  string
	scan  *scanner
	names []string // of all columns in file order
	own   *header  // the source's own columns; the others of names are RejectColumns
}

func parseCSV(in io.Reader, o Options) (reader, error) { return newCSV(in, o, ",;\t|") }

func parseTSV(in io.Reader, o Options) (reader, error) { return newCSV(in, o, "\t,;|") }

// newCSV reads the header. When o has no delimiter, it is one of delimiters, of which the first is the most likely.
func newCSV(in io.Reader, o Options, delimiters string) (*csvReader, error) {
	d, err := newDialect(o, delimiters)
	if err != nil {
		return nil, err
	}
	text, err := decode(in, o.Encoding, hintEncoding)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewReaderSize(text, sampleSize)
	if d.delim == "" {
		sample, err := buffered.Peek(sampleSize)
		d.delim = d.sniff(sample, err == nil)
	}
	c := &csvReader{file: o.Name, scan: newScanner(buffered, d.delim, d.comment)}
	if err := c.readHeader(d); err != nil {
		return nil, err
	}
	c.own = newHeader(c.names, o.NullValues)
	return c, nil
}

func (c *csvReader) columns() []string { return c.own.names }

// readHeader skips what comes before the header, and reads the column names.
func (c *csvReader) readHeader(d dialect) error {
	if err := d.skipToHeader(c.scan); err != nil {
		return c.noHeader(err, d)
	}
	if d.header != nil {
		c.names = cleanNames(d.header)
		return checkNames(c.names, Pos{File: c.file})
	}
	rec, err := c.scan.next()
	if err != nil {
		return c.noHeader(err, d)
	}
	pos := Pos{File: c.file, Line: rec.line}
	if rec.err != nil {
		return &Error{Pos: pos, Message: "the header cannot be read: " + rec.err.Message, Hint: rec.err.Hint}
	}
	names := make([]string, len(rec.cells))
	for i := range names {
		names[i] = string(rec.cell(i))
	}
	c.names = cleanNames(names)
	return checkNames(c.names, pos)
}

// noHeader says what it means that err came before the header: a file whose columns the options name may be empty.
func (c *csvReader) noHeader(err error, d dialect) error {
	switch {
	case !errors.Is(err, io.EOF):
		return err
	case d.header != nil:
		c.names = cleanNames(d.header)
		return checkNames(c.names, Pos{File: c.file})
	case d.skipLines > 0:
		return &Error{Pos: Pos{File: c.file}, Message: fmt.Sprintf("the file ends before its header, which should be in line %d", d.skipLines+1), Hint: "check skip_rows: and header_row:"}
	}
	return &Error{Pos: Pos{File: c.file}, Message: "the file is empty: it has no header", Hint: "check the export that wrote it"}
}

func (c *csvReader) next() (Row, error) {
	for {
		rec, err := c.scan.next()
		if err != nil {
			return Row{}, err
		}
		row := Row{Pos: Pos{File: c.file, Line: rec.line}}
		if err := c.check(rec); err != nil {
			row.Raw, row.Err = rawText(rec.raw), err
			return row, nil
		}
		row.Values = c.values(rec)
		if c.own.rejected && !c.corrected(rec, &row) {
			continue
		}
		return row, nil
	}
}

// check returns why a record cannot be a row, or nil.
func (c *csvReader) check(rec *record) error {
	switch {
	case rec.err != nil:
		return rec.err
	case len(rec.cells) != len(c.names):
		return &Error{
			Message: fmt.Sprintf("the row has %s, the header %d", count(len(rec.cells), "cell"), len(c.names)),
			Hint:    "put quotes around cells that hold the delimiter or a line end",
		}
	}
	return nil
}

// values returns the values of the source's own columns in a record.
func (c *csvReader) values(rec *record) *cells {
	return &cells{c.own, string(rec.text), slices.Clone(rec.cells[:len(c.own.names)])}
}

// corrected reports whether a record of a file of rejected rows is a row. When its own columns are all empty and its
// _raw is not, it is a row that could not be split when it was rejected, and that nobody has corrected: it becomes a
// damaged row.
func (c *csvReader) corrected(rec *record, row *Row) bool {
	for i := range c.own.names {
		if rec.cells[i].from < rec.cells[i].to {
			return true
		}
	}
	raw := Restore(string(rec.cell(len(c.names) - 1)))
	if raw == "" {
		return false
	}
	row.Values, row.Raw, row.Err = nil, rawText([]byte(raw)), errNotCorrected()
	return true
}

// errNotCorrected is the error of a row that could not be split when it was rejected, and is as it was.
func errNotCorrected() error {
	return &Error{
		Message: "this row could not be split when it was rejected, and has not been corrected",
		Hint:    "fill its columns from _raw, or delete it",
	}
}

// rawText returns at most MaxRaw bytes of text, which end with a whole character.
func rawText(text []byte) string {
	if len(text) <= MaxRaw {
		return string(text)
	}
	end := MaxRaw
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return string(text[:end])
}

// count returns a number of things in words: "1 cell", "2 cells".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
