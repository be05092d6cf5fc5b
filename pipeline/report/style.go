// Package report shows a run: progress, tables and files with rejected rows.
package report

import (
	"io"
	"strconv"
	"strings"
	"unicode"

	"github.com/kustsync/kustsync/pipeline/config"
)

// Style says how text is marked up; the zero value is plain.
type Style struct{ colour bool }

// NewStyle returns a style with colours, or the plain one.
func NewStyle(colour bool) Style { return Style{colour: colour} }

// Colours reports whether the style has colours.
func (s Style) Colours() bool { return s.colour }

func (s Style) paint(code string) func(string) string {
	if !s.colour {
		return func(text string) string { return text }
	}
	return func(text string) string { return "\x1b[" + code + "m" + text + "\x1b[0m" }
}

// Bold is for headers.
func (s Style) Bold(text string) string { return s.paint("1")(text) }

// Dim is for what matters least.
func (s Style) Dim(text string) string { return s.paint("2")(text) }

// Red is for what went wrong.
func (s Style) Red(text string) string { return s.paint("31")(text) }

// Yellow is for what a person should look at.
func (s Style) Yellow(text string) string { return s.paint("33")(text) }

// Green is for what went well.
func (s Style) Green(text string) string { return s.paint("32")(text) }

// Diagnostics writes the diagnostics of a pipeline file, with an empty line between two.
func Diagnostics(w io.Writer, s Style, diagnostics []config.Diagnostic) error {
	style := config.Style{
		Place: s.paint("1"), Error: s.paint("31"), Warning: s.paint("33"),
		Gutter: s.paint("2"), Caret: s.paint("31"), Fix: s.paint("32"),
	}
	for i, d := range diagnostics {
		if i > 0 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		if err := d.Render(w, style); err != nil {
			return err
		}
	}
	return nil
}

// Clean makes text that came from a file or a server safe for a terminal: control characters are
// shown as escapes, and it stays on one line.
func Clean(text string) string {
	if !strings.ContainsFunc(text, unprintable) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case unprintable(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), `'`))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unprintable reports whether a rune could move the cursor, change colours or turn the reading direction.
func unprintable(r rune) bool {
	return r != ' ' && (!unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r))
}
