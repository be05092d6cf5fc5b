package workbook

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxStringsBytes is how many bytes the text of a shared string table may have: it is in memory while the sheet is
// read.
const maxStringsBytes = 1 << 30

// blockStrings is the number of strings in one block of the table.
const blockStrings = 4096

// sharedStrings is the table of texts that cells refer to by their indexes. It is packed into blocks, which take four
// bytes a string beside its text.
type sharedStrings struct {
	blocks []*stringBlock
	count  int
}

type stringBlock struct {
	text []byte
	ends [blockStrings]uint32 // where each string ends in text
}

// readSharedStrings reads a shared string part to its end.
func readSharedStrings(r io.Reader) (*sharedStrings, error) {
	var (
		table sharedStrings
		xml   = newXMLScanner(r)
		item  []byte
		total int
	)
	if err := expectRoot(xml, "sst"); err != nil {
		return nil, err
	}
	for {
		tok, err := xml.next()
		switch {
		case err != nil:
			return nil, fmt.Errorf("after string %d: %w", table.count, err)
		case tok == xmlEOF:
			return &table, nil
		case tok != xmlStart:
			continue
		case !xml.is("si"):
			if err := xml.skip(); err != nil {
				return nil, err
			}
			continue
		}
		if item, err = appendTextItem(item[:0], xml); err != nil {
			return nil, fmt.Errorf("after string %d: %w", table.count, err)
		}
		if total += len(item); total > maxStringsBytes {
			return nil, fmt.Errorf("they hold more than %d MiB of text", maxStringsBytes>>20)
		}
		table.add(item)
	}
}

// len returns the number of strings.
func (t *sharedStrings) len() int { return t.count }

// at returns string i, which must be below len. The bytes must not be changed.
func (t *sharedStrings) at(i int) []byte {
	block, n := t.blocks[i/blockStrings], i%blockStrings
	start := uint32(0)
	if n > 0 {
		start = block.ends[n-1]
	}
	return block.text[start:block.ends[n]]
}

// add adds a string to the end of the table.
func (t *sharedStrings) add(text []byte) {
	n := t.count % blockStrings
	if n == 0 {
		t.blocks = append(t.blocks, &stringBlock{})
	}
	block := t.blocks[len(t.blocks)-1]
	block.text = append(block.text, text...)
	block.ends[n] = uint32(len(block.text))
	t.count++
}

// expectRoot reads up to the root element and checks its name.
func expectRoot(xml *xmlScanner, name string) error {
	if _, err := xml.next(); err != nil {
		return err
	}
	if !xml.is(name) {
		return fmt.Errorf("it begins with <%s>, not <%s>", brief(xml.name), name)
	}
	return nil
}

// appendTextItem reads the rest of an <si> or <is> element and appends its text: that of <t>, or of
// all runs <r><t> joined. Phonetic runs (<rPh>), which tell how a text is read aloud, are left out.
func appendTextItem(dst []byte, xml *xmlScanner) ([]byte, error) {
	for {
		tok, err := xml.next()
		if err != nil {
			return nil, err
		}
		switch {
		case tok == xmlEnd && !xml.is("r"):
			return dst, nil
		case tok != xmlStart || xml.is("r"):
		case xml.is("t"):
			if dst, err = appendText(dst, xml); err != nil {
				return nil, err
			}
		default:
			if err := xml.skip(); err != nil {
				return nil, err
			}
		}
	}
}

// appendText reads the rest of a <t> element. Spaces around it count only with xml:space="preserve",
// as in Excel.
func appendText(dst []byte, xml *xmlScanner) ([]byte, error) {
	space, _ := xml.attr("xml:space")
	keep := string(space) == "preserve"
	start := len(dst)
	dst, err := appendContent(dst, xml)
	if err != nil {
		return nil, err
	}
	if text := dst[start:]; !keep {
		dst = append(dst[:start], trimLeft(trimRight(text))...)
	}
	return dst[:start+len(unescapeCell(dst[start:]))], nil
}

// appendString reads the rest of a <v> element that holds text and no number.
func appendString(dst []byte, xml *xmlScanner) ([]byte, error) {
	start := len(dst)
	dst, err := appendContent(dst, xml)
	if err != nil {
		return nil, err
	}
	return dst[:start+len(unescapeCell(dst[start:]))], nil
}

// appendContent reads the rest of an element and appends its own text, without that of its children.
func appendContent(dst []byte, xml *xmlScanner) ([]byte, error) {
	for {
		tok, err := xml.next()
		switch {
		case err != nil:
			return nil, err
		case tok == xmlText:
			dst = append(dst, xml.text...)
		case tok == xmlEnd:
			return dst, nil
		default:
			if err := xml.skip(); err != nil {
				return nil, err
			}
		}
	}
}

// unescapeCell replaces, in place, each _xHHHH_, which is how a workbook writes a character that XML cannot
// hold (_x000D_ is CR, _x005F_ an underscore), and makes every line end LF, as in a CSV cell. A _xHHHH_ that
// is no valid character stays as it is written.
func unescapeCell(b []byte) []byte {
	first := bytes.Index(b, []byte("_x"))
	if first < 0 {
		return foldLineEnds(b)
	}
	out, rest := b[:first], b[first:]
	for len(rest) > 0 {
		char, n := cellEscape(rest)
		if n == 0 {
			char, n = utf8.DecodeRune(rest)
		}
		out, rest = utf8.AppendRune(out, char), rest[n:]
	}
	return foldLineEnds(out)
}

// cellEscape reads one _xHHHH_, or two that make a surrogate pair, at the start of b. n is 0 when there is none.
func cellEscape(b []byte) (char rune, n int) {
	const length = len("_xHHHH_")
	first, ok := cellEscapeUnit(b)
	if !ok || first == 0 {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, length
	}
	second, ok := cellEscapeUnit(b[length:])
	if pair := utf16.DecodeRune(first, second); ok && pair != utf8.RuneError {
		return pair, 2 * length
	}
	return 0, 0
}

// cellEscapeUnit returns the UTF-16 unit of the _xHHHH_ that b begins with.
func cellEscapeUnit(b []byte) (rune, bool) {
	if len(b) < 7 || b[0] != '_' || b[1] != 'x' || b[6] != '_' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}
