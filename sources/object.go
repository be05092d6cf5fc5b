package sources

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// objectParser turns JSON objects into rows. Its input is valid JSON in valid UTF-8. It refuses what
// encoding/json accepts and no row can use: names that appear twice, and escapes that are half a
// character. Numbers keep every digit.
type objectParser struct {
	text  []byte
	at    int
	names map[string]string // names of members, quoted and as text, so that rows share their strings
	width int               // how many members the previous row has
}

// row returns the values of an object, or the raw text and what is wrong with it.
func (p *objectParser) row(text []byte) (Values, string, error) {
	damaged := func(err error) (Values, string, error) { return nil, rawText(text), err }
	p.text, p.at = text, 0
	value, err := p.value(1)
	if err != nil {
		return damaged(err)
	}
	values, isObject := value.(map[string]any)
	p.width = min(len(values), maxColumns)
	if !isObject {
		return damaged(&Error{Message: "the row is " + kindOfValue(value) + ", not an object", Hint: "every row must be an object, such as {\"id\": 1}"})
	}
	if raw, rejected := dropRejectMembers(values); rejected && len(values) == 0 {
		return nil, raw, errNotCorrected()
	}
	return Object(values), "", nil
}

// dropRejectMembers removes RejectColumns from an object that has all of them, and returns its raw text.
func dropRejectMembers(values map[string]any) (raw string, rejected bool) {
	for _, name := range RejectColumns() {
		if _, found := values[name]; !found {
			return "", false
		}
	}
	raw, _ = values["_raw"].(string)
	for _, name := range RejectColumns() {
		delete(values, name)
	}
	return raw, true
}

func (p *objectParser) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, &Error{Message: fmt.Sprintf("values are nested deeper than %d", maxDepth), Hint: "flatten the row"}
	}
	switch c := p.skipSpace(); c {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"':
		return p.string()
	case 't', 'n':
		p.at += 4
		if c == 'n' {
			return nil, nil
		}
		return true, nil
	case 'f':
		p.at += 5
		return false, nil
	}
	return p.number(), nil
}

func (p *objectParser) object(depth int) (any, error) {
	width := 0
	if depth == 1 {
		width = p.width
	}
	values := make(map[string]any, width)
	p.at++
	for p.skipSpace() != '}' {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		p.skipSpace()
		p.at++ // the colon
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, twice := values[name]; twice {
			return nil, &Error{Message: "the member " + quote(name) + " appears twice", Hint: "keep one of them"}
		}
		values[name] = value
		p.skipComma()
	}
	p.at++
	return values, nil
}

func (p *objectParser) array(depth int) (any, error) {
	values := []any{}
	p.at++
	for p.skipSpace() != ']' {
		value, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
		p.skipComma()
	}
	p.at++
	return values, nil
}

func (p *objectParser) number() json.Number {
	from := p.at
	for p.at < len(p.text) && bytes.IndexByte([]byte("+-.eE0123456789"), p.text[p.at]) >= 0 {
		p.at++
	}
	return json.Number(p.text[from:p.at])
}

// name returns the name of a member. Equal short names share one string.
func (p *objectParser) name() (string, error) {
	const most, longest = 1000, 64
	text, plain := p.quoted()
	if !plain || len(text) > longest {
		return unquote(text)
	}
	if name, known := p.names[string(text)]; known {
		return name, nil
	}
	name, err := unquote(text)
	if err == nil && len(p.names) < most {
		if p.names == nil {
			p.names = make(map[string]string)
		}
		p.names[string(text)] = name
	}
	return name, err
}

func (p *objectParser) string() (string, error) {
	text, plain := p.quoted()
	if plain {
		return string(text[1 : len(text)-1]), nil
	}
	return unquote(text)
}

// quoted returns the string that comes next, with its quotes, and whether it has no escapes.
func (p *objectParser) quoted() (text []byte, plain bool) {
	from := p.at
	plain = true
	for p.at++; p.text[p.at] != '"'; p.at++ {
		if p.text[p.at] == '\\' {
			plain = false
			p.at++
		}
	}
	p.at++
	return p.text[from:p.at], plain
}

// skipSpace skips white space and returns the character after it.
func (p *objectParser) skipSpace() byte {
	for {
		switch c := p.text[p.at]; c {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return c
		}
	}
}

func (p *objectParser) skipComma() {
	if p.skipSpace() == ',' {
		p.at++
	}
}

// unquote reads a JSON string with its escapes.
func unquote(text []byte) (string, error) {
	if halfCharacter(text) {
		return "", &Error{Message: `an escape \u in this row is half a character (a lone surrogate)`, Hint: "correct the text, or export it again"}
	}
	var s string
	err := json.Unmarshal(text, &s)
	return s, err
}

// halfCharacter reports whether a JSON string holds a \u escape of one half of a surrogate pair.
func halfCharacter(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return false
		}
		text = text[i:]
		switch unit := escaped(text); {
		case unit >= 0xDC00 && unit < 0xE000:
			return true
		case unit >= 0xD800 && unit < 0xDC00:
			if low := escaped(text[6:]); low < 0xDC00 || low >= 0xE000 {
				return true
			}
			text = text[12:]
		default:
			text = text[2:]
		}
	}
}

// escaped returns the UTF-16 unit of the \u escape that text begins with, or -1.
func escaped(text []byte) int {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return int(unit)
}

// kindOfValue names the type of a value in words.
func kindOfValue(value any) string {
	switch value.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	}
	return kindOf(value)
}
