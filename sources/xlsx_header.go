package sources

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kustsync/kustsync/sources/workbook"
)

// sheetColumn is a column of the source: its name, and where it is in the sheet.
type sheetColumn struct {
	name   string
	number int // from 1
}

// namedColumns returns the columns whose names the pipeline file lists, from column first on.
func namedColumns(names []string, first int) ([]sheetColumn, error) {
	names = cleanNames(names)
	columns := make([]sheetColumn, len(names))
	for i, name := range names {
		columns[i] = sheetColumn{name, first + i}
	}
	return columns, checkNames(names, Pos{})
}

// headerColumns returns the columns that have names in the header row, which was read last.
func headerColumns(rows *workbook.Rows, values *workbook.Values) ([]sheetColumn, error) {
	names := make([]string, len(rows.Cells))
	for i := range rows.Cells {
		cell := &rows.Cells[i]
		value, fault := values.Of(cell)
		if fault != nil {
			return nil, &Error{Message: "the header cell " + workbook.CellName(cell.Column, rows.Number) + " " + fault.Message, Hint: fault.Hint}
		}
		names[i] = headerText(value)
	}
	var columns []sheetColumn
	for i, name := range cleanNames(names) {
		if name != "" {
			columns = append(columns, sheetColumn{name, rows.Cells[i].Column})
		}
	}
	if len(columns) == 0 {
		return nil, &Error{Message: "the header row has no names", Hint: "set header_row: to the row with the column names, or list them in header:"}
	}
	return columns, checkColumns(columns)
}

// headerText returns the value of a header cell as text: a year, a month, true or false can be a name.
func headerText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		if v.Equal(time.Date(v.Year(), v.Month(), v.Day(), 0, 0, 0, 0, v.Location())) {
			return v.Format(time.DateOnly)
		}
		return v.Format("2006-01-02T15:04:05")
	}
	return ""
}

// checkColumns refuses a header with one name twice.
func checkColumns(columns []sheetColumn) error {
	places := map[string][]string{}
	for _, c := range columns {
		places[c.name] = append(places[c.name], workbook.ColumnName(c.number))
	}
	var twice []string
	for _, c := range columns {
		if at := places[c.name]; len(at) > 1 && at[0] == workbook.ColumnName(c.number) {
			twice = append(twice, fmt.Sprintf("%s (columns %s)", quote(c.name), strings.Join(at, " and ")))
		}
	}
	if len(twice) == 0 {
		return nil
	}
	return &Error{
		Message: "the header names columns twice: " + joinFirst(twice),
		Hint:    "give every column a name of its own, in the sheet or by header:",
	}
}

// unnamedColumns collects the columns to the left of the last named one that have values and no name.
type unnamedColumns struct {
	columns []sheetColumn
	seen    map[int]int // column -> first row with a value
}

// visit notes the cells of a row whose columns have no name.
func (u *unnamedColumns) visit(rows *workbook.Rows) {
	last := u.columns[len(u.columns)-1].number
	next := 0
	for _, c := range rows.Cells {
		for next < len(u.columns) && u.columns[next].number < c.Column {
			next++
		}
		if c.Column > last || u.columns[next].number == c.Column {
			continue
		}
		if _, known := u.seen[c.Column]; !known {
			u.seen[c.Column] = rows.Number
		}
	}
}

// err names the first values without a name, nil when there are none.
func (u *unnamedColumns) err() error {
	if len(u.seen) == 0 {
		return nil
	}
	var places []string
	for column, row := range u.seen {
		places = append(places, workbook.CellName(column, row))
	}
	slices.Sort(places)
	return &Error{
		Message: "the header has no name above the values of " + joinFirst(places),
		Hint:    "name the columns in the sheet, list all names in header:, or set range: to the columns with names",
	}
}
