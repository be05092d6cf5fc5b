package functions

import (
	"html"
	"strings"
)

// stripTags returns HTML as plain text: without tags, comments, scripts and styles, with a new line for each break,
// paragraph, row and item, and with entities as characters. A < that begins no tag stays.
func stripTags(s string) string {
	m := markup{rest: s}
	for m.next() {
	}
	return tidyLines(html.UnescapeString(m.text.String()))
}

// markup reads HTML from left to right, once.
type markup struct {
	rest string
	text strings.Builder
	// unquoted is set when a quote in a tag is never closed: from there on a tag ends at its first >. This keeps the
	// work linear on broken HTML.
	unquoted bool
}

// next reads the text up to a tag, and the tag; false: it was the last.
func (m *markup) next() bool {
	before, after, found := strings.Cut(m.rest, "<")
	m.text.WriteString(before)
	m.rest = after
	switch {
	case !found:
		return false
	case strings.HasPrefix(after, "!--"):
		_, m.rest, found = strings.Cut(after, "-->")
		return found
	case !beginsTag(after):
		m.text.WriteByte('<')
		return true
	}
	end := m.tagEnd(after)
	if end < 0 {
		m.text.WriteByte('<')
		m.text.WriteString(after)
		return false
	}
	m.rest = after[end+1:]
	m.element(elementName(after[:end]))
	return true
}

// element writes what stands for a tag of that name, and skips scripts and styles.
func (m *markup) element(name string) {
	if name == "script" || name == "style" {
		m.skipContent(name)
	}
	switch strings.TrimPrefix(name, "/") {
	case "br", "p", "div", "tr", "li", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr":
		m.text.WriteByte('\n')
	}
}

// skipContent skips what an element contains, and its end tag.
func (m *markup) skipContent(name string) {
	for {
		_, after, found := strings.Cut(m.rest, "</")
		m.rest = after
		if !found {
			return
		}
		if len(after) >= len(name) && strings.EqualFold(after[:len(name)], name) {
			_, m.rest, _ = strings.Cut(after, ">")
			return
		}
	}
}

func beginsTag(s string) bool {
	if s == "" {
		return false
	}
	letter := s[0] | 0x20
	return strings.IndexByte("/!?", s[0]) >= 0 || 'a' <= letter && letter <= 'z'
}

// tagEnd returns the index of the > that ends a tag; one in a quoted attribute does not. -1: there is none.
func (m *markup) tagEnd(s string) int {
	if m.unquoted {
		return strings.IndexByte(s, '>')
	}
	quote := byte(0)
	for i := range len(s) {
		switch ch := s[i]; {
		case quote != 0:
			if ch == quote {
				quote = 0
			}
		case (ch == '"' || ch == '\'') && i > 0 && s[i-1] == '=':
			quote = ch
		case ch == '>':
			return i
		}
	}
	m.unquoted = true
	return strings.IndexByte(s, '>')
}

func elementName(tag string) string {
	name := tag[:min(len(tag), 20)]
	if i := strings.IndexAny(name, " \t\r\n"); i > 0 {
		name = name[:i]
	}
	return strings.ToLower(strings.TrimSuffix(name, "/"))
}

// tidyLines squeezes the spaces of each line, and drops empty lines at both ends and all but one of several in a row.
func tidyLines(s string) string {
	var kept []string
	for line := range strings.Lines(s) {
		line = squeeze(line)
		if line == "" && (len(kept) == 0 || kept[len(kept)-1] == "") {
			continue
		}
		kept = append(kept, line)
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}
