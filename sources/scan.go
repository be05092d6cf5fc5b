package sources

import (
	"bytes"
	"errors"
	"io"
)

const (
	maxCell    = 1 << 20  // bytes of one CSV cell
	maxRecord  = 16 << 20 // bytes of one CSV row or JSON value
	maxColumns = 1 << 14  // cells of one CSV row
)

const hintQuote = `put quotes only around whole cells, and write "" for a quote inside one`

// record is one row of a CSV file: a line, or several when quoted cells hold line ends. It is valid
// until the next call of scanner.next.
type record struct {
	line  int    // where it begins, from 1
	raw   []byte // as read, without its line end
	text  []byte // what cells are parts of
	cells []span
	err   *Error // why it could not be split, or nil
}

func (r *record) cell(i int) []byte { return r.text[r.cells[i].from:r.cells[i].to] }

// blank reports whether all cells are empty.
func (r *record) blank() bool {
	for _, c := range r.cells {
		if c.from < c.to {
			return false
		}
	}
	return r.err == nil
}

// scanner splits UTF-8 text into CSV records. Lines end with LF, CRLF or CR. Quotes are strict: a quote in the wrong
// place makes its record a damaged one, and reading continues after the line that holds it. The buffer
// holds one record, so it has at most about maxRecord bytes.
type scanner struct {
	in      io.Reader
	delim   []byte
	comment []byte // lines that begin with it are skipped; nil for none

	buf        []byte
	start, end int   // buf[start:end] has been read and not been used
	err        error // of in
	line       int   // of buf[start], from 1

	unquoted []byte // text of the current record's cells, when that differs from the raw text
	rec      record
}

func newScanner(in io.Reader, delim, comment string) *scanner {
	s := &scanner{in: in, delim: []byte(delim), line: 1, buf: make([]byte, sampleSize)}
	if comment != "" {
		s.comment = []byte(comment)
	}
	return s
}

// next returns the next record that is neither blank nor a comment, io.EOF after the last one, or an
// *Error with its line when the text cannot be read further.
func (s *scanner) next() (*record, error) {
	for {
		end, next, err := s.lineEnd(0)
		if err != nil {
			return nil, err
		}
		if s.isSkipped(s.window()[:end]) {
			s.advance(next)
			continue
		}
		next, err = s.split(end, next)
		if err != nil {
			return nil, err
		}
		s.advance(next)
		if !s.rec.blank() {
			return &s.rec, nil
		}
	}
}

// skipLine skips one physical line, whatever it holds.
func (s *scanner) skipLine() error {
	_, next, err := s.lineEnd(0)
	if err == nil {
		s.advance(next)
	}
	return err
}

// isSkipped reports whether a line is blank, a comment, or the Ctrl-Z that ends old DOS files.
func (s *scanner) isSkipped(line []byte) bool {
	if s.comment != nil && bytes.HasPrefix(line, s.comment) {
		return true
	}
	return len(bytes.TrimSpace(line)) == 0 || string(line) == "\x1A"
}

// split splits the record whose first line ends at end into cells, and returns where the next record begins.
func (s *scanner) split(end, next int) (int, error) {
	line := s.window()[:end]
	s.rec = record{line: s.line, cells: s.rec.cells[:0]}
	if bytes.IndexByte(line, '"') >= 0 {
		var err error
		if end, next, err = s.splitQuoted(end, next); err != nil {
			return 0, err
		}
		s.rec.text = s.unquoted
	} else {
		if err := s.splitPlain(line); err != nil {
			return 0, err
		}
		s.rec.text = line
	}
	s.rec.raw = s.window()[:end]
	if bytes.IndexByte(s.rec.raw, 0) >= 0 {
		s.damage("a NUL byte is in this row", "remove it; if there are many, the file may be UTF-16: set encoding:")
	}
	return next, nil
}

// splitPlain splits a line without quotes.
func (s *scanner) splitPlain(line []byte) error {
	for from := 0; ; {
		size := bytes.Index(line[from:], s.delim)
		last := size < 0
		if last {
			size = len(line) - from
		}
		if size > maxCell {
			return s.tooLong(from)
		}
		s.add(span{from, from + size})
		if last {
			return nil
		}
		from += size + len(s.delim)
	}
}

// splitQuoted splits a record that holds quotes; it reads more lines where a quoted cell holds line ends. It
// returns where the record's last line ends and where the next line begins.
func (s *scanner) splitQuoted(end, next int) (int, int, error) {
	s.unquoted = s.unquoted[:0]
	for at := 0; ; at += len(s.delim) {
		var err error
		from := len(s.unquoted)
		if at < end && s.window()[at] == '"' {
			if at, err = s.quotedCell(at); err == nil && at > end {
				end, next, err = s.lineEnd(at)
			}
		} else {
			at, err = s.plainCell(at, end)
		}
		if err != nil || s.rec.err != nil {
			return end, next, err
		}
		s.add(span{from, len(s.unquoted)})
		if at == end {
			return end, next, nil
		}
		if !bytes.HasPrefix(s.window()[at:end], s.delim) {
			s.damage("text follows the quote that ends a cell", hintQuote)
			return end, next, nil
		}
	}
}

// plainCell appends the cell without quotes at from to s.unquoted, and returns where it ends.
func (s *scanner) plainCell(from, end int) (int, error) {
	cell := s.window()[from:end]
	if i := bytes.Index(cell, s.delim); i >= 0 {
		cell = cell[:i]
	}
	if len(cell) > maxCell {
		return 0, s.tooLong(from)
	}
	if bytes.IndexByte(cell, '"') >= 0 {
		s.damage("a quote stands inside a cell that does not begin with one", hintQuote)
	}
	s.unquoted = append(s.unquoted, cell...)
	return from + len(cell), nil
}

// quotedCell appends the cell whose opening quote is at open to s.unquoted, and returns the place after its closing
// quote. CRLF becomes LF, and a doubled quote a single one.
func (s *scanner) quotedCell(open int) (int, error) {
	cell := len(s.unquoted)
	from, searched := open+1, open+1
	for {
		w := s.window()
		i := bytes.IndexByte(w[searched:], '"')
		if i < 0 {
			searched = len(w)
		} else {
			searched += i
		}
		if len(s.unquoted)-cell+searched-from > maxCell {
			return 0, s.tooLong(open)
		}
		// Only the byte after a quote tells whether the quote is doubled.
		if searched+1 >= len(w) {
			err := s.fill()
			if err == nil {
				continue
			}
			if errors.Is(err, io.EOF) && i < 0 {
				return 0, &Error{Pos: s.pos(open), Message: "the quote that begins a cell here is never closed", Hint: hintQuote}
			}
			if !errors.Is(err, io.EOF) {
				return 0, err
			}
			w = s.window()
		}
		s.unquoted = appendUnixLines(s.unquoted, w[from:searched])
		if searched+1 >= len(w) || w[searched+1] != '"' {
			return searched + 1, nil
		}
		s.unquoted = append(s.unquoted, '"')
		from, searched = searched+2, searched+2
	}
}

// add adds a cell to the record, which has at most maxColumns.
func (s *scanner) add(cell span) {
	if len(s.rec.cells) == maxColumns {
		s.damage("this row has more than 16,384 cells", "check the delimiter and the line ends")
		return
	}
	s.rec.cells = append(s.rec.cells, cell)
}

// damage marks the record as one that could not be split. The first reason counts.
func (s *scanner) damage(message, hint string) {
	if s.rec.err == nil {
		s.rec.err = &Error{Message: message, Hint: hint}
	}
}

// tooLong is the error for the cell that begins at a place of the window.
func (s *scanner) tooLong(at int) error {
	return &Error{Pos: s.pos(at), Message: "the cell that begins here is longer than 1 MiB", Hint: "close its quote, or shorten it"}
}

// appendUnixLines appends text with LF in place of CRLF.
func appendUnixLines(to, text []byte) []byte {
	for {
		i := bytes.Index(text, []byte("\r\n"))
		if i < 0 {
			return append(to, text...)
		}
		to = append(append(to, text[:i]...), '\n')
		text = text[i+2:]
	}
}
