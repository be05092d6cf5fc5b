package mappings

import (
	"fmt"
	"slices"
	"strings"
)

// checkColumn notes that the first of the names, a column of a row, is read, and reports a column that the header
// does not have. More names are members of the value in that column.
func (c *compiler) checkColumn(at int, of whichRow, names []string) {
	header := c.opts.Parent
	if of == theRow {
		header = c.opts.Columns
		c.note(names[0])
	}
	if header == nil || slices.Contains(header, names[0]) {
		return
	}
	if whole := strings.Join(names, "."); slices.Contains(header, whole) {
		c.report(at, fmt.Sprintf("no column %q", names[0]), "write "+reference(of, whole))
		return
	}
	c.report(at, fmt.Sprintf("no column %q", names[0]), columnHint(of, names[0], header))
}

// note adds a column to those that the template reads.
func (c *compiler) note(column string) {
	if !slices.Contains(c.template.columns, column) {
		c.template.columns = append(c.template.columns, column)
	}
}

// useWhole notes that a value is used as it is: all columns are read if it is the row.
func (c *compiler) useWhole(value operand) {
	if value.row != theRow {
		return
	}
	for _, column := range c.opts.Columns {
		c.note(column)
	}
}

func columnHint(of whichRow, name string, header []string) string {
	if near, ok := Nearest(name, header); ok {
		return "did you mean " + reference(of, near) + "?"
	}
	if len(header) > 20 {
		return fmt.Sprintf("the header has %d others", len(header))
	}
	return "the columns are " + strings.Join(header, ", ")
}

// reference returns how a template names a column of a row.
func reference(of whichRow, column string) string {
	switch {
	case of == outerRow && isIdentifier(column):
		return "parent." + column
	case of == outerRow:
		return fmt.Sprintf("index parent %q", column)
	case isIdentifier(column):
		return "." + column
	}
	return fmt.Sprintf("{{ col %q }}", column)
}
