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

// byteOrderMarks are what a text may begin with. The longest come first.
var byteOrderMarks = [...]struct{ bytes, encoding string }{
	{"\xFF\xFE\x00\x00", "utf-32"},
	{"\x00\x00\xFE\xFF", "utf-32"},
	{"\xEF\xBB\xBF", "utf-8"},
	{"\xFF\xFE", "utf-16le"},
	{"\xFE\xFF", "utf-16be"},
}

// decode returns a reader of the text of in as UTF-8, without a byte order mark. The encoding is the one named; without a
// name it is that of the mark, and a text without either is UTF-8. A byte that does not belong to the
// encoding ends the text with an error with this hint: nothing is guessed or replaced.
func decode(in io.Reader, name, hint string) (io.Reader, error) {
	buffered := bufio.NewReader(in)
	head, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var mark, marked string
	for _, m := range byteOrderMarks {
		if bytes.HasPrefix(head, []byte(m.bytes)) {
			mark, marked = m.bytes, m.encoding
			break
		}
	}
	name, err = chooseEncoding(name, marked, head, hint)
	if err != nil {
		return nil, err
	}
	if _, err := buffered.Discard(len(mark)); err != nil {
		return nil, err
	}
	if name == "utf-8" {
		return &utf8Reader{in: buffered, offset: int64(len(mark)), hint: hint}, nil
	}
	return decoder(buffered, name, hint)
}

// chooseEncoding returns the encoding of a text, by the name that the user gave, the name that its byte
// order mark stands for, and its first bytes. Either name may be empty.
func chooseEncoding(name, marked string, head []byte, hint string) (string, error) {
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

// decoder returns a reader of a text in one of the encodings of htmlindex, other than UTF-8.
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

// strict is a decoder that fails where another puts U+FFFD in place of bytes that it cannot decode.
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

// literals counts the characters U+FFFD that src itself holds.
func (s strict) literals(src []byte) int {
	n := 0
	for i := 0; s.literal != "" && i+1 < len(src); i += 2 {
		if string(src[i:i+2]) == s.literal {
			n++
		}
	}
	return n
}

// utf8Reader reads UTF-8 and fails at the first byte that is not.
type utf8Reader struct {
	in       io.Reader
	hint     string
	buf      []byte
	from, to int   // buf[from:to] is what Read returns next
	end      int   // buf[to:end] is the beginning of a character
	offset   int64 // of buf[to] in the file
	err      error
}

func (r *utf8Reader) Read(p []byte) (int, error) {
	for r.from == r.to {
		if r.err != nil {
			return 0, r.err
		}
		r.fill()
	}
	n := copy(p, r.buf[r.from:r.to])
	r.from += n
	return n, nil
}

// fill reads more text, and checks it up to the last whole character.
func (r *utf8Reader) fill() {
	if r.buf == nil {
		r.buf = make([]byte, sampleSize)
	}
	rest := copy(r.buf, r.buf[r.to:r.end])
	n, err := r.in.Read(r.buf[rest:])
	r.from, r.end, r.err = 0, rest+n, err
	r.to = r.end
	if err != io.EOF {
		r.to = wholeRunes(r.buf[:r.end])
	}
	if text := r.buf[:r.to]; !utf8.Valid(text) {
		r.to = firstInvalid(text)
		r.err = &Error{
			Message: fmt.Sprintf("byte 0x%02X at offset %d is not UTF-8", text[r.to], r.offset+int64(r.to)),
			Hint:    r.hint,
		}
	}
	r.offset += int64(r.to)
}

// wholeRunes returns the length of p without an incomplete character at its end.
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

// firstInvalid returns the index of the first byte of p that is not UTF-8; there is one.
func firstInvalid(p []byte) int {
	for i := 0; ; {
		char, size := utf8.DecodeRune(p[i:])
		if char == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}
