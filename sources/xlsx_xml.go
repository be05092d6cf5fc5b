package sources

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxXMLToken bounds one tag, one text or one comment of a part, in bytes. A spreadsheet's longest
// cell text has 32,767 characters; what is larger is no cell.
const maxXMLToken = 4 << 20

// maxXMLDepth bounds how deep elements may be nested. A sheet needs about ten levels.
const maxXMLDepth = 128

type xmlToken int

const (
	xmlEOF   xmlToken = iota // the part ended, and every element was closed
	xmlStart                 // name and attrs are set
	xmlEnd                   // name is set
	xmlText                  // text is set: unescaped, with line ends as LF
)

// xmlScanner reads the XML of a workbook part as a stream, and stricter than a browser would: every
// element must be closed, every attribute quoted, every entity known, every byte UTF-8, so that a part
// that was cut off or damaged ends in an error. A DOCTYPE is refused, and entities with it. Its slices
// are valid until the next call of next.
type xmlScanner struct {
	name  []byte    // local name of the element, without its prefix
	attrs []xmlAttr // attributes of the start tag, in order
	text  []byte

	r        io.Reader
	buf      []byte // the window of the part that is in memory
	pos      int    // first byte of buf that is not yet consumed
	readErr  error  // why r gives no more, io.EOF included
	selfEnd  bool   // the start tag was <c/>: its end comes next
	started  bool   // the root element was seen
	open     []byte // names of the open elements, prefixes included, one after another
	openEnds []int  // where each of them ends in open
}

type xmlAttr struct{ name, value []byte }

func newXMLScanner(r io.Reader) *xmlScanner {
	return &xmlScanner{r: r, buf: make([]byte, 0, 64<<10)}
}

// next gives the next tag or text. Comments, processing instructions and text outside of the root
// are passed over.
func (s *xmlScanner) next() (xmlToken, error) {
	if s.selfEnd {
		s.selfEnd = false
		s.pop()
		return xmlEnd, nil
	}
	for {
		c, err := s.byteAt(0)
		switch {
		case err == io.EOF:
			return xmlEOF, s.checkEnd()
		case err != nil:
			return xmlEOF, err
		case c == '<':
			if tok, err := s.markup(); tok != xmlEOF || err != nil {
				return tok, err
			}
		default:
			if err := s.readText(); err != nil {
				return xmlEOF, err
			}
			if len(s.openEnds) > 0 {
				return xmlText, nil
			}
			if len(bytes.TrimLeft(s.text, xmlSpace+"\uFEFF")) > 0 {
				return xmlEOF, errors.New("text outside of the root element")
			}
		}
	}
}

// skip passes over the rest of the element whose start tag was read last.
func (s *xmlScanner) skip() error {
	for depth := len(s.openEnds); len(s.openEnds) >= depth; {
		if _, err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// attr gives the value of an attribute by its name, prefix included.
func (s *xmlScanner) attr(name string) ([]byte, bool) {
	for _, a := range s.attrs {
		if string(a.name) == name {
			return a.value, true
		}
	}
	return nil, false
}

// is tells whether the element has this local name.
func (s *xmlScanner) is(name string) bool { return string(s.name) == name }

func (s *xmlScanner) checkEnd() error {
	if len(s.openEnds) > 0 {
		name := s.open[s.openStart(len(s.openEnds)-1):]
		return fmt.Errorf("it ends inside <%s>", name)
	}
	if !s.started {
		return errors.New("it holds no XML element")
	}
	return nil
}

// markup reads what begins with "<". It returns xmlEOF for what is passed over.
func (s *xmlScanner) markup() (xmlToken, error) {
	c, err := s.byteAt(1)
	if err != nil {
		return xmlEOF, s.cutOff(err)
	}
	switch c {
	case '/':
		return xmlEnd, s.endTag()
	case '?':
		return xmlEOF, s.instruction()
	case '!':
		return s.declaration()
	default:
		return xmlStart, s.startTag()
	}
}

func (s *xmlScanner) startTag() error {
	end, err := s.tagEnd()
	if err != nil {
		return err
	}
	tag := s.take(end + 1)[1:end]
	s.selfEnd = bytes.HasSuffix(tag, []byte("/"))
	if s.selfEnd {
		tag = tag[:len(tag)-1]
	}
	n := nameLen(tag)
	if n == 0 || n < len(tag) && !isXMLSpace(tag[n]) {
		return errors.New("a < that begins no element")
	}
	if err := s.push(tag[:n]); err != nil {
		return err
	}
	return s.parseAttrs(tag[n:])
}

func (s *xmlScanner) endTag() error {
	end, err := s.tagEnd()
	if err != nil {
		return err
	}
	name := trimRight(s.take(end + 1)[2:end])
	last := len(s.openEnds) - 1
	if last < 0 {
		return errors.New("an end tag that closes nothing")
	}
	if want := s.open[s.openStart(last):]; !bytes.Equal(name, want) {
		return fmt.Errorf("the end of another element where </%s> should be", want)
	}
	s.pop()
	return nil
}

// tagEnd finds the ">" that ends the tag at pos, as an offset from pos.
func (s *xmlScanner) tagEnd() (int, error) {
	var quote byte
	for i := 1; ; {
		for _, c := range s.buf[min(s.pos+i, len(s.buf)):] {
			switch {
			case c == '<':
				return 0, errors.New("a < inside of a tag")
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '>':
				return i, nil
			}
			i++
		}
		if err := s.fill(); err != nil {
			return 0, s.cutOff(err)
		}
	}
}

// parseAttrs splits what follows the name in a start tag.
func (s *xmlScanner) parseAttrs(rest []byte) error {
	s.attrs = s.attrs[:0]
	for {
		trimmed := trimLeft(rest)
		if len(trimmed) == 0 {
			return nil
		}
		if len(trimmed) == len(rest) {
			return errors.New("no space before an attribute")
		}
		n := nameLen(trimmed)
		name, value := trimmed[:n], trimLeft(trimmed[n:])
		if n == 0 || len(value) == 0 || value[0] != '=' {
			return errors.New("a tag with something that is no attribute")
		}
		value = trimLeft(value[1:])
		if len(value) == 0 || value[0] != '"' && value[0] != '\'' {
			return fmt.Errorf("attribute %s has no quotes", name)
		}
		end := bytes.IndexByte(value[1:], value[0]) + 1
		if end == 0 {
			return fmt.Errorf("attribute %s is not closed", name)
		}
		rest, value = value[end+1:], value[1:end]
		if err := checkXMLChars(value); err != nil {
			return err
		}
		value, err := unescapeXML(value)
		if err != nil {
			return err
		}
		s.attrs = append(s.attrs, xmlAttr{name, value})
	}
}

// instruction passes over <? ... ?> and refuses an XML declaration with an encoding that is not read.
func (s *xmlScanner) instruction() error {
	end, err := s.find([]byte("?>"), 2)
	if err != nil {
		return err
	}
	body := s.take(end + 2)[2:end]
	if n := nameLen(body); n == 0 {
		return errors.New("an instruction without a name")
	} else if string(body[:n]) != "xml" {
		return nil
	} else if err := s.parseAttrs(body[n:]); err != nil {
		return err
	}
	if v, ok := s.attr("version"); ok && string(v) != "1.0" {
		return fmt.Errorf("XML version %q is not read", brief(v))
	}
	enc, ok := s.attr("encoding")
	if ok && !bytes.EqualFold(enc, []byte("UTF-8")) && !bytes.EqualFold(enc, []byte("US-ASCII")) {
		return fmt.Errorf("its encoding is %q, not UTF-8", brief(enc))
	}
	return nil
}

// declaration reads what begins with "<!": a comment is passed over, CDATA is text, the rest refused.
func (s *xmlScanner) declaration() (xmlToken, error) {
	const comment, cdata = "<!--", "<![CDATA["
	switch {
	case s.startsWith(comment):
		end, err := s.find([]byte("--"), len(comment))
		if err != nil {
			return xmlEOF, err
		}
		if c, err := s.byteAt(end + 2); err != nil || c != '>' {
			return xmlEOF, errors.New("a comment with -- inside")
		}
		return xmlEOF, checkXMLChars(s.take(end + 3))
	case s.startsWith(cdata) && len(s.openEnds) > 0:
		end, err := s.find([]byte("]]>"), len(cdata))
		if err != nil {
			return xmlEOF, err
		}
		s.text = foldLineEnds(s.take(end + 3)[len(cdata):end])
		return xmlText, checkXMLChars(s.text)
	}
	return xmlEOF, errors.New("a declaration (<!...) that no spreadsheet program writes")
}

func (s *xmlScanner) readText() error {
	end, err := s.find([]byte("<"), 0)
	if err != nil && s.readErr == io.EOF && len(s.openEnds) == 0 {
		end, err = len(s.buf)-s.pos, nil
	}
	if err != nil {
		return err
	}
	text := s.take(end)
	if bytes.Contains(text, []byte("]]>")) {
		return errors.New("]]> outside of CDATA")
	}
	if err := checkXMLChars(text); err != nil {
		return err
	}
	s.text, err = unescapeXML(foldLineEnds(text))
	return err
}

// push opens an element and sets its local name.
func (s *xmlScanner) push(name []byte) error {
	if len(s.openEnds) == 0 && s.started {
		return errors.New("a second root element")
	}
	if len(s.openEnds) >= maxXMLDepth {
		return fmt.Errorf("elements nested more than %d deep", maxXMLDepth)
	}
	s.started = true
	s.open = append(s.open, name...)
	s.openEnds = append(s.openEnds, len(s.open))
	s.setName()
	return nil
}

// pop closes the innermost element; its name stays readable until the next call of next.
func (s *xmlScanner) pop() {
	s.setName()
	last := len(s.openEnds) - 1
	s.open = s.open[:s.openStart(last)]
	s.openEnds = s.openEnds[:last]
}

func (s *xmlScanner) setName() {
	s.name = s.open[s.openStart(len(s.openEnds)-1):]
	if i := bytes.IndexByte(s.name, ':'); i >= 0 {
		s.name = s.name[i+1:]
	}
}

func (s *xmlScanner) openStart(i int) int {
	if i == 0 {
		return 0
	}
	return s.openEnds[i-1]
}

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
	if err != io.EOF {
		return err
	}
	if err := s.checkEnd(); err != nil {
		return fmt.Errorf("%w: %w", err, io.ErrUnexpectedEOF)
	}
	return io.ErrUnexpectedEOF
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

// nameLen counts the bytes of the name that b begins with: ASCII, with at most one prefix.
func nameLen(b []byte) int {
	colons := 0
	for i, c := range b {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_':
		case i > 0 && (c == '-' || c == '.' || '0' <= c && c <= '9') && b[i-1] != ':':
		case i > 0 && c == ':' && colons == 0:
			colons++
		default:
			return trimColon(b, i)
		}
	}
	return trimColon(b, len(b))
}

// trimColon refuses a name that is all prefix.
func trimColon(b []byte, n int) int {
	if n > 0 && b[n-1] == ':' {
		return 0
	}
	return n
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

// foldLineEnds turns CRLF and CR into LF, in place, as XML demands.
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

// brief shortens what an error quotes.
func brief(b []byte) []byte { return b[:min(len(b), 40)] }
