package sources

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"
)

// csvReader reads the rows behind the header of a CSV file.
type csvReader struct {
	file  string
	scan  *scanner
	names []string // of all columns in file order
	own   *header  // the source's own columns; the rest of names are RejectColumns
}

func parseCSV(in io.Reader, o Options) (reader, error) { return newCSV(in, o, ",;\t|") }

func parseTSV(in io.Reader, o Options) (reader, error) { return newCSV(in, o, "\t,;|") }

// newCSV reads the header. The delimiters are those to choose from, the likeliest first.
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

// readHeader passes over what stands before the header and takes the column names.
func (c *csvReader) readHeader(d dialect) error {
	if err := d.pass(c.scan); err != nil {
		return c.headless(err, d)
	}
	if d.header != nil {
		c.names = cleanNames(d.header)
		return checkNames(c.names, Pos{File: c.file})
	}
	rec, err := c.scan.next()
	if err != nil {
		return c.headless(err, d)
	}
	pos := Pos{File: c.file, Line: rec.line}
	if rec.fault != nil {
		return &Error{Pos: pos, Message: "the header cannot be read: " + rec.fault.Message, Hint: rec.fault.Hint}
	}
	names := make([]string, len(rec.cells))
	for i := range names {
		names[i] = string(rec.cell(i))
	}
	c.names = cleanNames(names)
	return checkNames(c.names, pos)
}

func (c *csvReader) headless(err error, d dialect) error {
	switch {
	case !errors.Is(err, io.EOF):
		return err
	case d.header != nil:
		c.names = cleanNames(d.header)
		return checkNames(c.names, Pos{File: c.file})
	case d.passed > 0:
		return &Error{Pos: Pos{File: c.file}, Message: fmt.Sprintf("the file ends before its header, which should be in line %d", d.passed+1), Hint: "check skip_rows: and header_row:"}
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
		if fault := c.fault(rec); fault != nil {
			row.Raw, row.Err = rawText(rec.raw), fault
			return row, nil
		}
		row.Values = c.values(rec)
		if c.own.rejected && !c.corrected(rec, &row) {
			continue
		}
		return row, nil
	}
}

// fault says why a record is no row, or nil. It is an error without a type that can be nil inside.
func (c *csvReader) fault(rec *record) error {
	switch {
	case rec.fault != nil:
		return rec.fault
	case len(rec.cells) != len(c.names):
		return &Error{
			Message: fmt.Sprintf("the row has %s, the header %d", count(len(rec.cells), "cell"), len(c.names)),
			Hint:    "put quotes around cells that hold the delimiter or a line end",
		}
	}
	return nil
}

// values takes the source's own columns out of a record.
func (c *csvReader) values(rec *record) *cells {
	return &cells{c.own, string(rec.text), slices.Clone(rec.cells[:len(c.own.names)])}
}

// corrected completes a row of a rejected file, and reports whether it is one. A row whose own
// columns are all empty was not corrected: what could not be split then cannot be used now.
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

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
