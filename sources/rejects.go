package sources

import (
	"strings"
	"unicode"
)

// RejectColumns returns the names that a rejected file adds behind the source's own columns. A file
// whose header ends with exactly these is known as a rejected file that was corrected.
func RejectColumns() []string {
	return []string{"_file", "_line", "_step", "_key", "_stage", "_field", "_status", "_error", "_raw"}
}

// Neutralise puts a ' before every line of cell that a spreadsheet might run as a formula: one
// whose first character, spaces aside, is = + - @ or a wide form of these, a tab or a carriage
// return. A line that already reads like that behind its quotes gets one more, so that Restore
// gives back every cell exactly.
func Neutralise(cell string) string {
	return eachLine(cell, func(line string) string {
		if formula(strings.TrimLeft(line, "'")) {
			return "'" + line
		}
		return line
	})
}

// Restore undoes Neutralise.
func Restore(cell string) string {
	return eachLine(cell, func(line string) string {
		if bare, found := strings.CutPrefix(line, "'"); found && formula(strings.TrimLeft(bare, "'")) {
			return bare
		}
		return line
	})
}

func eachLine(cell string, change func(line string) string) string {
	if !strings.Contains(cell, "\n") {
		return change(cell)
	}
	lines := strings.Split(cell, "\n")
	for i, line := range lines {
		lines[i] = change(line)
	}
	return strings.Join(lines, "\n")
}

// formula reports whether a spreadsheet might run line. Carriage returns at its end belong to the
// line end, which a CSV reader may shorten.
func formula(line string) bool {
	for _, r := range strings.TrimRight(line, "\r") {
		switch r {
		case '=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠':
			return true
		}
		if !unicode.IsSpace(r) {
			return false
		}
	}
	return false
}
