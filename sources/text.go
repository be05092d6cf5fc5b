package sources

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	hintEncoding = "set encoding: to what the file was written in, such as windows-1252"
	hintUTF8     = "save the file as UTF-8"
)

// marks are the byte order marks that a text may begin with; the longest come first.
var marks = [...]struct{ bytes, encoding string }{
	{"\xFF\xFE\x00\x00", "utf-32"},
	{"\x00\x00\xFE\xFF", "utf-32"},
	{"\xEF\xBB\xBF", "utf-8"},
	{"\xFF\xFE", "utf-16le"},
	{"\xFE\xFF", "utf-16be"},
}

// decode turns in into UTF-8 without a byte order mark. The encoding is the one named; without a
// name the mark decides, and a text without one is UTF-8. A byte that does not belong to the
// encoding ends the stream with an error that ends with hint: nothing is guessed or replaced.
func decode(in io.Reader, name, hint string) (io.Reader, error) {
	buffered := bufio.NewReader(in)
	head, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var mark, marked string
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.bytes)) {
			mark, marked = m.bytes, m.encoding
			break
		}
	}
	name, err = settle(name, marked, head, hint)
	if err != nil {
		return nil, err
	}
	if _, err := buffered.Discard(len(mark)); err != nil {
		return nil, err
	}
	if name == "utf-8" {
		return &validated{in: buffered, offset: int64(len(mark)), hint: hint}, nil
	}
	return decoder(buffered, name, hint)
}

// settle decides on the encoding of a text from the name that the user gave, the one of its byte
// order mark and its first bytes; either name may be empty.
func settle(name, marked string, head []byte, hint string) (string, error) {
	if marked == "utf-32" {
		return "", &Error{Message: "this is UTF-32 text", Hint: hintUTF8}
	}
	if name == "" && marked == "" {
		if len(head) > 1 && (head[0] == 0) != (head[1] == 0) {
			if hint == hintEncoding {
				hint = "set encoding: utf-16le or utf-16be"
			}
			return "", &Error{Message: "this looks like UTF-16 without a byte order mark", Hint: hint}
		}
		return "utf-8", nil
	}
	if name == "" {
		return marked, nil
	}
	enc, err := htmlindex.Get(name)
	if err != nil {
		return "", &Error{Message: "there is no encoding " + quote(name), Hint: "use a WHATWG name, such as windows-1252, iso-8859-15 or shift_jis", Err: err}
	}
	canonical, err := htmlindex.Name(enc)
	if err != nil || canonical == "replacement" {
		return "", &Error{Message: "the encoding " + quote(name) + " cannot be read", Hint: hintUTF8, Err: err}
	}
	if strings.EqualFold(strings.TrimSpace(name), "utf-16") && strings.HasPrefix(marked, "utf-16") {
		return marked, nil
	}
	if marked != "" && marked != canonical {
		return "", &Error{Message: fmt.Sprintf("the text begins with the mark of %s, but encoding: says %s", marked, canonical), Hint: "remove encoding:"}
	}
	return canonical, nil
}

// decoder reads a text in one of the encodings of htmlindex, other than UTF-8.
func decoder(in io.Reader, name, hint string) (io.Reader, error) {
	enc, err := htmlindex.Get(name)
	if err != nil {
		return nil, err
	}
	strictly := strict{name: name, hint: hint}
	switch name {
	case "utf-16le":
		enc, strictly.literal = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "\xFD\xFF"
	case "utf-16be":
		enc, strictly.literal = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "\xFF\xFD"
	}
	strictly.Transformer = enc.NewDecoder().Transformer
	return transform.NewReader(in, strictly), nil
}

// strict is a decoder that fails where it would put U+FFFD in place of bytes it cannot decode.
type strict struct {
	transform.Transformer
	name, hint string
	literal    string // the two bytes that are U+FFFD itself; "" if the encoding has none
}

func (s strict) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	replacement := []byte("\uFFFD")
	nDst, nSrc, err = s.Transformer.Transform(dst, src, atEOF)
	if bytes.Count(dst[:nDst], replacement) > s.literals(src[:nSrc]) {
		nDst = bytes.Index(dst[:nDst], replacement)
		err = &Error{Message: "a character here is not " + s.name, Hint: s.hint}
	}
	return nDst, nSrc, err
}

func (s strict) literals(src []byte) int {
	n := 0
	for i := 0; s.literal != "" && i+1 < len(src); i += 2 {
		if string(src[i:i+2]) == s.literal {
			n++
		}
	}
	return n
}

// validated passes UTF-8 through and fails at the first byte that is not.
type validated struct {
	in       io.Reader
	hint     string
	buf      []byte
	from, to int   // buf[from:to] is to be given
	end      int   // buf[to:end] is the beginning of a character
	offset   int64 // of buf[to] in the file
	err      error
}

func (v *validated) Read(p []byte) (int, error) {
	for v.from == v.to {
		if v.err != nil {
			return 0, v.err
		}
		v.fill()
	}
	n := copy(p, v.buf[v.from:v.to])
	v.from += n
	return n, nil
}

func (v *validated) fill() {
	if v.buf == nil {
		v.buf = make([]byte, sampleSize)
	}
	rest := copy(v.buf, v.buf[v.to:v.end])
	n, err := v.in.Read(v.buf[rest:])
	v.from, v.end, v.err = 0, rest+n, err
	v.to = v.end
	if err != io.EOF {
		v.to = wholeRunes(v.buf[:v.end])
	}
	if text := v.buf[:v.to]; !utf8.Valid(text) {
		v.to = firstInvalid(text)
		v.err = &Error{
			Message: fmt.Sprintf("byte 0x%02X at offset %d is not UTF-8", text[v.to], v.offset+int64(v.to)),
			Hint:    v.hint,
		}
	}
	v.offset += int64(v.to)
}

// wholeRunes returns the length of p without a character at its end that is not complete.
func wholeRunes(p []byte) int {
	for i := len(p) - 1; i >= max(0, len(p)-utf8.UTFMax); i-- {
		if utf8.RuneStart(p[i]) {
			if utf8.FullRune(p[i:]) {
				break
			}
			return i
		}
	}
	return len(p)
}

func firstInvalid(p []byte) int {
	for i := 0; ; {
		r, size := utf8.DecodeRune(p[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}
