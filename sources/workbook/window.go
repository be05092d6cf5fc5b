package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// byteAt returns the byte at offset i from pos, and reads more of the part when that byte was not read yet.
func (s *xmlScanner) byteAt(i int) (byte, error) {
	for s.pos+i >= len(s.buf) {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	return s.buf[s.pos+i], nil
}

// find returns the offset from pos at which sep begins: the first one that is at least from.
func (s *xmlScanner) find(sep []byte, from int) (int, error) {
	for {
		if at := s.pos + from; at <= len(s.buf) {
			if i := bytes.Index(s.buf[at:], sep); i >= 0 {
				return from + i, nil
			}
			from = max(from, len(s.buf)-s.pos-len(sep)+1)
		}
		if err := s.fill(); err != nil {
			return 0, s.cutOff(err)
		}
	}
}

// startsWith reports whether the text at pos begins with a prefix.
func (s *xmlScanner) startsWith(prefix string) bool {
	if _, err := s.byteAt(len(prefix) - 1); err != nil {
		return false
	}
	return string(s.buf[s.pos:s.pos+len(prefix)]) == prefix
}

// take returns the next n bytes, which were read, and moves pos past them.
func (s *xmlScanner) take(n int) []byte {
	b := s.buf[s.pos : s.pos+n]
	s.pos += n
	return b
}

// fill reads more of the part into the end of the window. It returns the error of the reader when there is nothing
// more, and never an error together with new bytes.
func (s *xmlScanner) fill() error {
	if s.readErr != nil {
		return s.readErr
	}
	if s.pos > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.pos:])]
		s.pos = 0
	}
	if len(s.buf) == cap(s.buf) {
		if len(s.buf) >= maxXMLToken {
			return fmt.Errorf("a tag or a text of more than %d MiB", maxXMLToken>>20)
		}
		s.buf = append(make([]byte, 0, 2*cap(s.buf)), s.buf...)
	}
	n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
	s.buf = s.buf[:len(s.buf)+n]
	s.readErr = err
	if n > 0 {
		return nil
	}
	return err
}

// cutOff returns the error for a part that ends where more had to come: it is not io.EOF. Other errors stay as they are.
func (s *xmlScanner) cutOff(err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if err := s.checkEnd(); err != nil {
		return fmt.Errorf("%w: %w", err, io.ErrUnexpectedEOF)
	}
	return io.ErrUnexpectedEOF
}
