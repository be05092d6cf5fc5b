package report

import (
	"strings"

	"github.com/rivo/uniseg"
)

// width is how many columns of a terminal a text takes.
func width(text string) int { return uniseg.StringWidth(text) }

// cut shortens a text to so many columns; where something is left out, it ends with "…".
func cut(text string, columns int) string {
	if width(text) <= columns {
		return text
	}
	var b strings.Builder
	used, rest, state := 0, text, -1
	for rest != "" {
		var piece string
		var w int
		piece, rest, w, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if used += w; used > columns-1 {
			break
		}
		b.WriteString(piece)
	}
	return b.String() + "…"
}
