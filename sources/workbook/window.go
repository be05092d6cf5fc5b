package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// byteAt gives the byte i behind pos, and reads more of the part when it must.
func (s *xmlScanner) byteAt(i int) (byte, error) {
	for s.pos+i >= len(s.buf) {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	return s.buf[s.pos+i], nil
}

// find gives the offset from pos at which sep begins, at or behind from.
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

func (s *xmlScanner) startsWith(prefix string) bool {
	if _, err := s.byteAt(len(prefix) - 1); err != nil {
		return false
	}
	return string(s.buf[s.pos:s.pos+len(prefix)]) == prefix
}

// take consumes n bytes.
func (s *xmlScanner) take(n int) []byte {
	b := s.buf[s.pos : s.pos+n]
	s.pos += n
	return b
}

// fill reads more behind what is not yet consumed. It returns the error of the reader when nothing
// is left, and never an error beside new bytes.
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

// cutOff makes the end of the part, where more had to come, an error that is not io.EOF.
func (s *xmlScanner) cutOff(err error) error {
	if !errors.Is(err, io.EOF) {
		return err
	}
	if err := s.checkEnd(); err != nil {
		return fmt.Errorf("%w: %w", err, io.ErrUnexpectedEOF)
	}
	return io.ErrUnexpectedEOF
}
