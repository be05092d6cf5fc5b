package mappings

import (
	"html"
	"strings"
)

// stripTags makes plain text of HTML: tags and comments out, the content of script and style with
// them, a new line for each break, paragraph, row and item, entities as characters. It never
// fails: a < that begins no tag stays.
func stripTags(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "<")
		b.WriteString(before)
		if !found {
			break
		}
		name, size := tag(rest)
		if size == 0 {
			b.WriteByte('<')
			s = rest
			continue
		}
		s = rest[size:]
		if name == "script" || name == "style" {
			s = afterElement(s, name)
		}
		if breaksLine(name) {
			b.WriteByte('\n')
		}
	}
	return tidyLines(html.UnescapeString(b.String()))
}

// tag reads a tag or comment after its <: the element's name (with / when it ends one) and the
// bytes up to and with the >. A size of 0 means that there is none.
func tag(s string) (name string, size int) {
	if strings.HasPrefix(s, "!--") {
		if end := strings.Index(s, "-->"); end >= 0 {
			return "!", end + 3
		}
		return "!", len(s)
	}
	if s == "" || !strings.ContainsRune("/!?", rune(s[0])) && !isASCIILetter(s[0]) {
		return "", 0
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
			name, _, _ := strings.Cut(strings.TrimSpace(s[:min(i, 20)]), " ")
			return strings.ToLower(strings.TrimSuffix(name, "/")), i + 1
		}
	}
	return "", 0
}

func isASCIILetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// afterElement skips what an element such as script holds.
func afterElement(s, name string) string {
	end := strings.Index(strings.ToLower(s), "</"+name)
	if end < 0 {
		return ""
	}
	return s[end:]
}

func breaksLine(name string) bool {
	switch strings.TrimPrefix(name, "/") {
	case "br", "p", "div", "tr", "li", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr":
		return true
	}
	return false
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
