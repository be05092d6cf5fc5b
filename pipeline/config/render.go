package config

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Style colours the parts of a rendered Diagnostic; a nil function leaves its part plain.
type Style struct {
	Place, Error, Warning, Gutter, Caret, Fix func(string) string
}

// Render writes the diagnostic as at most four lines: place and message, the line of the file, a marker
// under what is meant, and the fix:
//
//	pipeline.yaml:12:5: unknown key "mappings"
//	  12 |     mappings: { name: "{{ .name }}" }
//	     |     ^^^^^^^^
//	  fix: did you mean "mapping"?
func (d Diagnostic) Render(w io.Writer, s Style) error {
	var b strings.Builder
	place := d.Pos.String()
	if d.Pos.Line == 0 {
		place = d.Pos.File
	}
	b.WriteString(paint(s.Place, escape(place)+":") + " ")
	if d.Warning {
		b.WriteString(paint(s.Warning, "warning: "+d.Message))
	} else {
		b.WriteString(paint(s.Error, d.Message))
	}
	b.WriteByte('\n')
	if strings.TrimSpace(d.Line) != "" {
		line, marker := excerpt(d.Line, d.Pos.Column)
		number := fmt.Sprintf("  %d | ", d.Pos.Line)
		blank := strings.Repeat(" ", len(number)-2) + "| "
		b.WriteString(paint(s.Gutter, number) + line + "\n")
		b.WriteString(paint(s.Gutter, blank) + paint(s.Caret, marker) + "\n")
	}
	if d.Hint != "" {
		b.WriteString(paint(s.Fix, "  fix: ") + d.Hint + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func paint(colour func(string) string, s string) string {
	if colour == nil {
		return s
	}
	return colour(s)
}

// Of a long line excerptWidth characters are shown, at most excerptBefore of them before the marker.
const (
	excerptWidth  = 110
	excerptBefore = 60
)

// excerpt returns the part of a line around a column, safe to print, and the marker for the line below it. Tabs stay
// tabs in both, so that they align at any tab width.
func excerpt(line string, column int) (shown, marker string) {
	runes := []rune(line)
	at := min(max(column-1, 0), len(runes))
	length := wordLength(runes[at:])
	from, to := 0, len(runes)
	if len(runes) > excerptWidth {
		from = max(0, at-excerptBefore)
		to = min(len(runes), from+excerptWidth)
	}
	var text, pad strings.Builder
	if from > 0 {
		text.WriteString("…")
		pad.WriteString(" ")
	}
	for i, r := range runes[from:to] {
		s := escapeRune(r)
		text.WriteString(s)
		switch i += from; {
		case i < at && r == '\t':
			pad.WriteByte('\t')
		case i < at:
			pad.WriteString(strings.Repeat(" ", displayWidth(s)))
		case i < at+length:
			pad.WriteString(strings.Repeat("^", displayWidth(s)))
		}
	}
	if to < len(runes) {
		text.WriteString("…")
	}
	if at >= to {
		pad.WriteByte('^')
	}
	return text.String(), pad.String()
}

// closers are the pairs that the marker underlines as a whole.
var closers = []struct{ open, end string }{{`"`, `"`}, {`'`, `'`}, {"{{", "}}"}, {"${", "}"}}

// wordLength returns how many characters of text the marker underlines: a quoted text, a template,
// a variable, a word, or one character.
func wordLength(text []rune) int {
	s := string(text)
	for _, c := range closers {
		if rest, ok := strings.CutPrefix(s, c.open); ok {
			if before, _, ok := strings.Cut(rest, c.end); ok {
				return utf8.RuneCountInString(before) + len(c.open) + len(c.end)
			}
			return 1
		}
	}
	n := 0
	for n < len(text) && isWord(text[n]) {
		n++
	}
	return max(n, 1)
}

func isWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) || strings.ContainsRune("_-.*%$/", r)
}

// escape makes text safe for a terminal.
func escape(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(escapeRune(r))
	}
	return b.String()
}

// escapeRune returns r, or its number when it would move the cursor, hide or reorder text. A tab
// stays a tab.
func escapeRune(r rune) string {
	switch {
	case r == '\t':
		return "\t"
	case r == unicode.ReplacementChar, unicode.IsPrint(r):
		return string(r)
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

// displayWidth counts the columns that s takes on a terminal.
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case isWide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

func isWide(r rune) bool {
	k := width.LookupRune(r).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}
