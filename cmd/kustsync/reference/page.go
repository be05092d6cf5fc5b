// Package reference describes sinks, template functions, finds and workflow actions, for people and as JSON.
package reference

import (
	"strings"

	"github.com/kustsync/kustsync/pipeline/report"
)

// PageWidth is how many columns a page takes at most.
const PageWidth = 100

// pageTable is a table whose last column is broken into lines that fit on a page.
func pageTable(header []string, rows [][]string) *report.Table {
	t, last := report.NewTable(header...), len(header)-1
	room := PageWidth
	for column := range last {
		widest := 0
		for _, row := range append(rows, header) {
			widest = max(widest, len(row[column]))
		}
		room -= widest + 2
	}
	for _, row := range rows {
		for i, line := range wrap(row[last], max(room, PageWidth/4)) {
			cells := make([]string, len(header))
			if i == 0 {
				copy(cells, row)
			}
			cells[last] = line
			t.Add(cells...)
		}
	}
	return t
}

// wrap breaks a text at its blanks into lines of at most so many bytes. A word that is longer has a line of its
// own.
func wrap(text string, width int) []string {
	lines := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
