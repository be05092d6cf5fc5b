package functions

import (
	"html"
	"strings"
)

// stripTags makes plain text of HTML: tags and comments out, the content of script and style with
// them, a new line for each break, paragraph, row and item, entities as characters. It never
// fails: a < that begins no tag stays.
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
	// unquoted is set once a quote in a tag was never closed: from there on a tag ends at its
	// first >. It keeps the work linear on broken HTML.
	unquoted bool
}

// next takes the text up to a tag and the tag; false is the end.
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

// element does what a tag asks for.
func (m *markup) element(name string) {
	if name == "script" || name == "style" {
		m.skipContent(name)
	}
	switch strings.TrimPrefix(name, "/") {
	case "br", "p", "div", "tr", "li", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr":
		m.text.WriteByte('\n')
	}
}

// skipContent passes over what an element holds, up to its end tag.
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

// tagEnd finds the > of a tag, which may stand in a quoted attribute; -1 when there is none.
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

// tidyLines squeezes the spaces of each line and drops empty lines at the ends and in a row.
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
