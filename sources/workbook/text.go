package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// xmlEntities are the names that XML itself knows. A workbook can declare no others, since a DOCTYPE
// is refused.
var xmlEntities = [...]struct {
	name string
	char byte
}{{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}

// unescapeXML replaces entities by their characters, in place: an entity is never shorter than its character.
func unescapeXML(b []byte) ([]byte, error) {
	amp := bytes.IndexByte(b, '&')
	if amp < 0 {
		return b, nil
	}
	out, rest := b[:amp], b[amp:]
	for len(rest) > 0 {
		if rest[0] != '&' {
			n := bytes.IndexByte(rest, '&')
			if n < 0 {
				n = len(rest)
			}
			out, rest = append(out, rest[:n]...), rest[n:]
			continue
		}
		semicolon := bytes.IndexByte(rest[:min(len(rest), 12)], ';')
		if semicolon < 0 {
			return nil, errors.New("an & that begins no entity")
		}
		char, err := entityRune(rest[1:semicolon])
		if err != nil {
			return nil, err
		}
		out, rest = utf8.AppendRune(out, char), rest[semicolon+1:]
	}
	return out, nil
}

// entityRune returns the character of an entity by what is between & and ;.
func entityRune(name []byte) (rune, error) {
	for _, e := range xmlEntities {
		if string(name) == e.name {
			return rune(e.char), nil
		}
	}
	if digits, ok := bytes.CutPrefix(name, []byte("#")); ok {
		base := 10
		if hex, ok := bytes.CutPrefix(digits, []byte("x")); ok {
			digits, base = hex, 16
		}
		n, err := strconv.ParseUint(string(digits), base, 32)
		if err == nil && isXMLRune(rune(n)) {
			return rune(n), nil
		}
	}
	return 0, errors.New("an unknown entity (&...;)")
}

// isXMLRune reports whether XML 1.0 allows a character.
func isXMLRune(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r != 0xFFFE && r != 0xFFFF && utf8.ValidRune(r)
}

const xmlSpace = " \t\r\n"

func isXMLSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func trimLeft(b []byte) []byte {
	for len(b) > 0 && isXMLSpace(b[0]) {
		b = b[1:]
	}
	return b
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isXMLSpace(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// checkXMLChars refuses bytes that are not UTF-8, and characters that XML does not allow.
func checkXMLChars(b []byte) error {
	ascii := true
	for _, c := range b {
		if c < ' ' && !isXMLSpace(c) {
			return fmt.Errorf("a control character (0x%02X)", c)
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if ascii {
		return nil
	}
	if !utf8.Valid(b) {
		return errors.New("bytes that are not UTF-8")
	}
	if bytes.Contains(b, []byte("\uFFFE")) || bytes.Contains(b, []byte("\uFFFF")) {
		return errors.New("a character that XML does not allow")
	}
	return nil
}

// foldLineEnds turns CRLF and CR into LF, in place, as XML requires.
func foldLineEnds(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	out := b[:0]
	for i, c := range b {
		switch {
		case c != '\r':
			out = append(out, c)
		case i+1 == len(b) || b[i+1] != '\n':
			out = append(out, '\n')
		}
	}
	return out
}

// brief returns the beginning of what an error quotes.
func brief(b []byte) []byte { return b[:min(len(b), 40)] }
