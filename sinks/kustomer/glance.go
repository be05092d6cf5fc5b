package kustomer

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxGlance bounds how deep lists and objects of an answer may nest; Kustomer's have four levels.
const maxGlance = 64

// glance reads what the answer to a write is asked for, the object's id and external id, in one pass
// and a fifth of the time that encoding/json takes. ok means that body is whole, valid JSON and that
// both were written plainly. It says nothing against a body that is not ok: encoding/json decides then.
func glance(body []byte) (id, externalID string, ok bool) {
	s := scanner{text: body}
	ok = s.object(func(name []byte) bool {
		if string(name) != "data" {
			return s.value()
		}
		id, externalID = "", ""
		return s.object(func(name []byte) (fine bool) {
			switch string(name) {
			case "id":
				id, fine = s.plain()
				return fine
			case "attributes":
				externalID, fine = s.externalID()
				return fine
			}
			return s.value()
		})
	})
	return id, externalID, ok && s.space() && s.at == len(body)
}

// scanner walks over a JSON text. Its methods pass over what they are named for, with the space before
// it, and report false, once and for all, when it is not there.
type scanner struct {
	text  []byte
	at    int
	depth int
}

// externalID passes over the attributes of an object; "" when none of them is an external id in text.
func (s *scanner) externalID() (text string, ok bool) {
	ok = s.object(func(name []byte) (fine bool) {
		if string(name) != "externalId" {
			return s.value()
		}
		if text = ""; s.peek() != '"' {
			return s.value()
		}
		text, fine = s.plain()
		return fine
	})
	return text, ok
}

// value passes over any value, in one loop: it is most of an answer.
func (s *scanner) value() bool {
	open, objects := 0, uint64(0) // brackets that are open in it; a bit for each, the innermost last
	for {
		c := s.peek()
		if c == '{' || c == '[' {
			open, objects, s.at = open+1, objects<<1, s.at+1
			if c == '{' {
				objects |= 1
			}
			if s.depth+open > maxGlance {
				return false
			}
			if s.peek() != c+2 { // the bracket that closes it
				if c == '{' && !s.name() {
					return false
				}
				continue
			}
		} else if !s.scalar(c) {
			return false
		}
		for {
			if open == 0 {
				return true
			}
			c := s.peek()
			s.at++
			if c == ',' {
				break
			}
			if c != ']'+byte(objects&1)*('}'-']') {
				return false
			}
			open, objects = open-1, objects>>1
		}
		if objects&1 == 1 && !s.name() {
			return false
		}
	}
}

// scalar passes over a value without members, whose first byte is c.
func (s *scanner) scalar(c byte) bool {
	switch c {
	case '"':
		_, _, ok := s.quoted()
		return ok
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

// name passes over a name and its colon.
func (s *scanner) name() bool {
	if s.peek() != '"' {
		return false
	}
	_, _, ok := s.quoted()
	return ok && s.take(':')
}

// object passes over an object. member is called behind the colon of each, and passes over its value.
func (s *scanner) object(member func(name []byte) bool) bool {
	if s.depth++; !s.take('{') {
		return false
	}
	for more := s.peek() != '}'; more; more = s.take(',') {
		if s.peek() != '"' {
			return false
		}
		name, escaped, ok := s.quoted()
		if !ok || escaped || !s.take(':') || !member(name) {
			return false
		}
	}
	s.depth--
	return s.take('}')
}

// plain passes over a text without escapes, and returns it.
func (s *scanner) plain() (string, bool) {
	if s.peek() != '"' {
		return "", false
	}
	text, escaped, ok := s.quoted()
	if !ok || escaped || !utf8.Valid(text) {
		return "", false
	}
	return string(text), true
}

// special are the bytes of a text that are more than themselves.
var special = func() (is [256]bool) {
	for c := range ' ' {
		is[c] = true
	}
	is['"'], is['\\'] = true, true
	return is
}()

// quoted passes over a text and returns what stands between its quotes, the first of which is next.
func (s *scanner) quoted() (text []byte, escaped, ok bool) {
	rest := s.text[s.at+1:]
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		if !special[c] {
			continue
		}
		if c == '"' {
			s.at += i + 2
			return rest[:i], escaped, true
		}
		n := escapeLen(rest[i:])
		if n == 0 {
			return nil, false, false
		}
		escaped, i = true, i+n-1
	}
	return nil, false, false
}

// escapeLen is the length of the escape that text begins with, 0 when it is none.
func escapeLen(text []byte) int {
	switch {
	case len(text) < 2 || text[0] != '\\':
	case strings.IndexByte(`"\/bfnrt`, text[1]) >= 0:
		return 2
	case text[1] == 'u' && len(text) >= 6 && !slices.ContainsFunc(text[2:6], isNotHex):
		return 6
	}
	return 0
}

func isNotHex(c byte) bool {
	return (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F')
}

// number passes over a number, in JSON's grammar.
func (s *scanner) number() bool {
	s.skip('-')
	if !s.skip('0') && !s.digits() {
		return false
	}
	if s.skip('.') && !s.digits() {
		return false
	}
	if !s.skip('e') && !s.skip('E') {
		return true
	}
	if !s.skip('+') {
		s.skip('-')
	}
	return s.digits()
}

// digits passes over one digit or more.
func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

// word passes over a word whose first letter is next.
func (s *scanner) word(word string) bool {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

// take passes over c with the space before it.
func (s *scanner) take(c byte) bool { return s.peek() == c && s.skip(c) }

// skip passes over c if it is next.
func (s *scanner) skip(c byte) bool {
	if s.at >= len(s.text) || s.text[s.at] != c {
		return false
	}
	s.at++
	return true
}

// peek passes over space and returns the byte behind it; 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.text) && s.text[s.at] > ' ' {
		return s.text[s.at] // as in nearly all answers
	}
	if s.space(); s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

// space passes over space, if there is any. It returns true, to stand in a condition.
func (s *scanner) space() bool { //nolint:unparam // see above
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return true
		}
	}
	return true
}
