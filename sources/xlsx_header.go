package sources

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sheetColumn is a column of the source: its name in the header, its place in the sheet.
type sheetColumn struct {
	name   string
	number int // 1-based
}

// namedColumns gives the columns of a sheet whose names the pipeline file lists, from column first on.
func namedColumns(names []string, first int) ([]sheetColumn, error) {
	names = cleanNames(names)
	columns := make([]sheetColumn, len(names))
	for i, name := range names {
		columns[i] = sheetColumn{name, first + i}
	}
	return columns, checkNames(names, Pos{})
}

// headerColumns reads the names from the cells of the header row. A column without a name is none.
func headerColumns(w *sheetWalk, values *cellValues) ([]sheetColumn, error) {
	names := make([]string, len(w.cells))
	for i := range w.cells {
		c := &w.cells[i]
		value, err := values.value(c)
		if fault := (*cellFault)(nil); errors.As(err, &fault) {
			return nil, &Error{Message: "the header cell " + cellName(c.column, w.row) + " " + fault.what, Hint: fault.hint}
		}
		names[i] = headerText(value)
	}
	var columns []sheetColumn
	for i, name := range cleanNames(names) {
		if name != "" {
			columns = append(columns, sheetColumn{name, w.cells[i].column})
		}
	}
	if len(columns) == 0 {
		return nil, &Error{Message: "the header row has no names", Hint: "set header_row: to the row with the column names, or list them in header:"}
	}
	return columns, checkColumns(columns)
}

// headerText writes the value of a header cell as text: a year, a month, a yes or no can be a name.
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
		places[c.name] = append(places[c.name], columnName(c.number))
	}
	var faults []string
	for _, c := range columns {
		if at := places[c.name]; len(at) > 1 && at[0] == columnName(c.number) {
			faults = append(faults, fmt.Sprintf("%s (columns %s)", quote(c.name), strings.Join(at, " and ")))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return &Error{
		Message: "the header names columns twice: " + few(faults),
		Hint:    "give every column a name of its own, in the sheet or by header:",
	}
}

// unnamedColumns collects the columns that have values and, left of the last name, no name.
type unnamedColumns struct {
	columns []sheetColumn
	seen    map[int]int // column -> first row with a value
}

func (u *unnamedColumns) visit(w *sheetWalk) {
	last := u.columns[len(u.columns)-1].number
	next := 0
	for _, c := range w.cells {
		for next < len(u.columns) && u.columns[next].number < c.column {
			next++
		}
		if c.column > last || u.columns[next].number == c.column {
			continue
		}
		if _, known := u.seen[c.column]; !known {
			u.seen[c.column] = w.row
		}
	}
}

func (u *unnamedColumns) err() error {
	if len(u.seen) == 0 {
		return nil
	}
	var places []string
	for column, row := range u.seen {
		places = append(places, cellName(column, row))
	}
	slices.Sort(places)
	return &Error{
		Message: "the header has no name above the values of " + few(places),
		Hint:    "name the columns in the sheet, list all names in header:, or set range: to the columns with names",
	}
}
