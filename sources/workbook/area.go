package workbook

import (
	"regexp"
	"strconv"
)

// Area is the part of a sheet that is read, its edges included. Rows and columns count from 1.
type Area struct{ FirstColumn, FirstRow, LastColumn, LastRow int }

var areaForm = regexp.MustCompile(`^\$?([A-Za-z]{1,3})\$?([0-9]{0,7}):\$?([A-Za-z]{1,3})\$?([0-9]{0,7})$`)

// ParseArea reads "A3:H900". A row that is left out (A:H, A3:H) stands for the edge of the sheet, and "" for the
// whole sheet. False: the text is no area, or an area that does not fit into a sheet.
func ParseArea(text string) (Area, bool) {
	a := Area{1, 1, maxColumns, maxRows}
	if text == "" {
		return a, true
	}
	m := areaForm.FindStringSubmatch(text)
	if m == nil {
		return a, false
	}
	a.FirstColumn, a.LastColumn = columnNumber(m[1]), columnNumber(m[3])
	for _, edge := range []struct {
		digits string
		row    *int
	}{{m[2], &a.FirstRow}, {m[4], &a.LastRow}} {
		if edge.digits == "" {
			continue
		}
		n, err := strconv.Atoi(edge.digits)
		if err != nil {
			return a, false
		}
		*edge.row = n
	}
	fits := 1 <= a.FirstRow && a.FirstRow <= a.LastRow && a.LastRow <= maxRows &&
		a.FirstColumn <= a.LastColumn && a.LastColumn <= maxColumns
	return a, fits
}

// columnNumber returns the number of a column by its letters: "B" is 2, "ab" is 28.
func columnNumber(letters string) int {
	n := 0
	for i := range len(letters) {
		n = n*26 + int(letters[i]&^0x20-'A') + 1
	}
	return n
}

// ColumnName writes the number of a column, from 1, as Excel does: 2 is "B", 28 is "AB".
func ColumnName(column int) string {
	var name []byte
	for ; column > 0; column = (column - 1) / 26 {
		name = append([]byte{byte('A' + (column-1)%26)}, name...)
	}
	return string(name)
}

// CellName writes the place of a cell as Excel does: column 2, row 7 is "B7".
func CellName(column, row int) string { return ColumnName(column) + strconv.Itoa(row) }

// parseCellName returns the column and the row of a cell by its name: "B7" is 2, 7. False: no cell has that name.
func parseCellName(ref []byte) (column, row int, ok bool) {
	letters := 0
	for letters < len(ref) && letters < 4 && ref[letters] >= 'A' {
		letters++
	}
	for i := range letters {
		if c := ref[i] &^ 0x20; c < 'A' || c > 'Z' {
			return 0, 0, false
		}
	}
	column = columnNumber(string(ref[:letters]))
	row, err := strconv.Atoi(string(ref[letters:]))
	ok = err == nil && letters > 0 && column <= maxColumns && row > 0 && row <= maxRows
	return column, row, ok
}
