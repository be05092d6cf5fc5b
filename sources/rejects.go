package sources

import (
	"strings"
	"unicode"
)

// RejectColumns returns the columns that a file of rejected rows has after the source's own columns. A file
// whose header ends with exactly these is taken for a file of rejected rows that somebody has corrected.
func RejectColumns() []string {
	return []string{"_file", "_line", "_step", "_key", "_stage", "_field", "_status", "_error", "_raw"}
}

// Neutralise puts a ' before every line of cell that a spreadsheet might run as a formula: one
// whose first character, spaces aside, is = + - @ or a wide form of these, a tab or a carriage
// return. A line that is already like that after its quotes gets one more, so that Restore
// returns every cell exactly.
func Neutralise(cell string) string {
	return eachLine(cell, func(line string) string {
		if isFormula(strings.TrimLeft(line, "'")) {
			return "'" + line
		}
		return line
	})
}

// Restore returns the cell that Neutralise was given.
func Restore(cell string) string {
	return eachLine(cell, func(line string) string {
		if bare, found := strings.CutPrefix(line, "'"); found && isFormula(strings.TrimLeft(bare, "'")) {
			return bare
		}
		return line
	})
}

// eachLine changes each line of a cell.
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

// isFormula reports whether a spreadsheet might run a line. Carriage returns at its end belong to the
// line end, which a CSV reader may shorten.
func isFormula(line string) bool {
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
