package sources

import (
	"bytes"
	"errors"
	"io"
)

// Places in a scanner's text are offsets from the beginning of the current record, so that they stay
// valid when fill moves the text.

// window returns what has been read of the text, from the current record on.
func (s *scanner) window() []byte { return s.buf[s.start:s.end] }

// advance makes the record at next the current one.
func (s *scanner) advance(next int) {
	s.line += lineEnds(s.window()[:next])
	s.start += next
}

// pos returns the line of a place in the window.
func (s *scanner) pos(at int) Pos {
	return Pos{Line: s.line + lineEnds(s.window()[:at])}
}

// fill reads more text into the end of the window. It returns nil when there is more, io.EOF at the end of the
// text, and an *Error or the error of a context when the text cannot be read further.
func (s *scanner) fill() error {
	if s.err != nil {
		return s.endErr()
	}
	if s.start > 0 {
		s.end = copy(s.buf, s.window())
		s.start = 0
	}
	if s.end == len(s.buf) {
		if s.end >= maxRecord {
			return &Error{Pos: s.pos(0), Message: "the row that begins here is longer than 16 MiB", Hint: "check the quotes and line ends of the file"}
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		var n int
		n, s.err = s.in.Read(s.buf[s.end:])
		s.end += n
		if n > 0 {
			return nil
		}
		if s.err != nil {
			return s.endErr()
		}
	}
	s.err = io.ErrNoProgress
	return s.endErr()
}

// endErr returns why there is no more text: io.EOF, or an error with the place where the text that was read ends.
func (s *scanner) endErr() error {
	if errors.Is(s.err, io.EOF) {
		return io.EOF
	}
	return place(s.err, s.pos(s.end-s.start))
}

// lineEnd finds the end of the line that begins at from, and where the next line begins. It returns
// io.EOF when from is the beginning of a record and there is no text left.
func (s *scanner) lineEnd(from int) (end, next int, err error) {
	for searched := from; ; {
		w := s.window()
		searched += indexLineEnd(w[searched:])
		switch {
		case searched < len(w) && w[searched] == '\n':
			return searched, searched + 1, nil
		case searched+1 < len(w) && w[searched+1] == '\n':
			return searched, searched + 2, nil
		case searched+1 < len(w):
			return searched, searched + 1, nil
		}
		// No line end yet, or a CR whose LF may come.
		err := s.fill()
		switch {
		case err == nil:
		case errors.Is(err, io.EOF) && len(w) > 0:
			return searched, len(w), nil
		default:
			return 0, 0, err
		}
	}
}

// indexLineEnd returns the index of the first CR or LF in b, or the length of b. It searches piece by piece, so that
// it does not search a text that has only LF to its end for a CR.
func indexLineEnd(b []byte) int {
	const piece = 512
	for from := 0; from < len(b); from += piece {
		part := b[from:min(from+piece, len(b))]
		lf := bytes.IndexByte(part, '\n')
		if lf >= 0 {
			part = part[:lf]
		}
		if cr := bytes.IndexByte(part, '\r'); cr >= 0 {
			return from + cr
		}
		if lf >= 0 {
			return from + lf
		}
	}
	return len(b)
}

// lineEnds counts the line ends in b: LF, CRLF and CR are one each.
func lineEnds(b []byte) int {
	n := bytes.Count(b, []byte{'\n'})
	for {
		i := bytes.IndexByte(b, '\r')
		if i < 0 {
			return n
		}
		b = b[i+1:]
		if len(b) == 0 || b[0] != '\n' {
			n++
		}
	}
}
