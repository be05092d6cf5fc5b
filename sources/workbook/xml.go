package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxXMLToken is how many bytes one tag, one text or one comment of a part may have. The longest text of a
// cell has 32,767 characters; what is much larger is no cell.
const maxXMLToken = 4 << 20

// maxXMLDepth is how deep elements may be nested. A sheet needs about ten levels.
const maxXMLDepth = 128

type xmlToken int

const (
	xmlEOF   xmlToken = iota // the part ended, and every element was closed
	xmlStart                 // name and attrs are set
	xmlEnd                   // name is set
	xmlText                  // text is set: unescaped, with line ends as LF
)

// xmlScanner reads the XML of a workbook part as a stream. It is strict: every
// element must be closed, every attribute quoted, every entity known, every byte UTF-8, so that a part
// that was cut off or damaged ends in an error. A DOCTYPE is refused, and entities with it. Its slices
// are valid until the next call of next.
type xmlScanner struct {
	name  []byte    // local name of the element, without its prefix
	attrs []xmlAttr // attributes of the start tag, in order
	text  []byte

	r        io.Reader
	buf      []byte // the window of the part that is in memory
	pos      int    // index in buf of the next byte to use
	readErr  error  // why there is no more to read from r; io.EOF at its end
	selfEnd  bool   // the start tag was <c/>: its end comes next
	started  bool   // the root element was seen
	open     []byte // names of the open elements, prefixes included, one after another
	openEnds []int  // where each of them ends in open
}

type xmlAttr struct{ name, value []byte }

func newXMLScanner(r io.Reader) *xmlScanner {
	return &xmlScanner{r: r, buf: make([]byte, 0, 64<<10)}
}

// next returns the next tag or text. Comments, processing instructions and white space outside of the root
// are skipped.
func (s *xmlScanner) next() (xmlToken, error) {
	if s.selfEnd {
		s.selfEnd = false
		s.pop()
		return xmlEnd, nil
	}
	for {
		c, err := s.byteAt(0)
		switch {
		case errors.Is(err, io.EOF):
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

// skip skips the rest of the element whose start tag was read last.
func (s *xmlScanner) skip() error {
	for depth := len(s.openEnds); len(s.openEnds) >= depth; {
		if _, err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// attr returns the value of an attribute by its name, prefix included.
func (s *xmlScanner) attr(name string) ([]byte, bool) {
	for _, a := range s.attrs {
		if string(a.name) == name {
			return a.value, true
		}
	}
	return nil, false
}

// is reports whether the element has this local name.
func (s *xmlScanner) is(name string) bool { return string(s.name) == name }

// checkEnd returns an error when the part must not end here.
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

// markup reads what begins with "<". It returns xmlEOF for what is skipped.
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

// readText reads the text up to the next "<".
func (s *xmlScanner) readText() error {
	end, err := s.find([]byte("<"), 0)
	if err != nil && errors.Is(s.readErr, io.EOF) && len(s.openEnds) == 0 {
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

// setName sets the local name to that of the innermost element.
func (s *xmlScanner) setName() {
	s.name = s.open[s.openStart(len(s.openEnds)-1):]
	if i := bytes.IndexByte(s.name, ':'); i >= 0 {
		s.name = s.name[i+1:]
	}
}

// openStart returns where the name of open element i begins in open.
func (s *xmlScanner) openStart(i int) int {
	if i == 0 {
		return 0
	}
	return s.openEnds[i-1]
}
