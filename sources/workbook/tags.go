package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// startTag reads a start tag.
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

// endTag reads an end tag and closes its element.
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

// tagEnd returns the offset from pos of the ">" that ends the tag there.
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

// parseAttrs sets attrs to the attributes in a start tag; rest is what follows its name.
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

// instruction skips <? ... ?>. It refuses an XML declaration with an encoding other than UTF-8.
func (s *xmlScanner) instruction() error {
	end, err := s.find([]byte("?>"), 2)
	if err != nil {
		return err
	}
	body := s.take(end + 2)[2:end]
	if n := nameLen(body); n == 0 || n < len(body) && body[n] >= utf8.RuneSelf {
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

// declaration reads what begins with "<!". A comment is skipped, CDATA is text, all else is refused.
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

// nameLen returns the number of bytes of the name that b begins with: ASCII, with at most one prefix.
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

// trimColon returns n, the length of a name, or 0 when the name is a prefix alone.
func trimColon(b []byte, n int) int {
	if n > 0 && b[n-1] == ':' {
		return 0
	}
	return n
}
