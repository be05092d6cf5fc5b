package sources

import (
	"fmt"
	"regexp"
	"strconv"
)

// area is the part of a sheet that is read, its edges included, all 1-based.
type area struct{ firstColumn, firstRow, lastColumn, lastRow int }

var areaForm = regexp.MustCompile(`^\$?([A-Za-z]{1,3})\$?([0-9]{0,7}):\$?([A-Za-z]{1,3})\$?([0-9]{0,7})$`)

// parseArea reads "A3:H900"; a row that is left out (A:H, A3:H) stands for the edge of the sheet, and
// "" for the whole of it.
func parseArea(text string) (area, error) {
	a := area{1, 1, maxSheetColumns, maxSheetRows}
	if text == "" {
		return a, nil
	}
	m := areaForm.FindStringSubmatch(text)
	if m == nil {
		return a, areaError(text)
	}
	a.firstColumn, a.lastColumn = columnNumber(m[1]), columnNumber(m[3])
	for _, edge := range []struct {
		digits string
		row    *int
	}{{m[2], &a.firstRow}, {m[4], &a.lastRow}} {
		if edge.digits == "" {
			continue
		}
		n, err := strconv.Atoi(edge.digits)
		if err != nil {
			return a, areaError(text)
		}
		*edge.row = n
	}
	if a.firstRow < 1 || a.firstRow > a.lastRow || a.lastRow > maxSheetRows ||
		a.firstColumn > a.lastColumn || a.lastColumn > maxSheetColumns {
		return a, areaError(text)
	}
	return a, nil
}

func areaError(text string) error {
	return &Error{
		Message: fmt.Sprintf("%q is no range of a sheet", text),
		Hint:    "write range: as the first and the last cell, such as A3:H900",
	}
}

// columnNumber reads the letters of a column: "B" is 2, "ab" is 28.
func columnNumber(letters string) int {
	n := 0
	for i := range len(letters) {
		n = n*26 + int(letters[i]&^0x20-'A') + 1
	}
	return n
}

// columnName writes a column as Excel does: 2 is "B", 28 is "AB".
func columnName(column int) string {
	var name []byte
	for ; column > 0; column = (column - 1) / 26 {
		name = append([]byte{byte('A' + (column-1)%26)}, name...)
	}
	return string(name)
}

// cellName writes a place as Excel does: 2, 7 is "B7".
func cellName(column, row int) string { return columnName(column) + strconv.Itoa(row) }

// parseCellName reads "B7" as column 2, row 7.
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
	ok = err == nil && letters > 0 && column <= maxSheetColumns && row > 0 && row <= maxSheetRows
	return column, row, ok
}
