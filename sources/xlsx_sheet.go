package sources

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kustsync/kustsync/sources/workbook"
)

// pickSheet finds the sheet that the pipeline file names: by its name, else by its number among all tabs from the
// left, hidden ones and charts included. Without a name it is the first visible sheet with cells. An error about a
// sheet that was found comes with the sheet.
func pickSheet(sheets []workbook.Sheet, name string) (workbook.Sheet, error) {
	sheet, err := findSheet(sheets, name)
	switch {
	case err != nil:
		return sheet, err
	case sheet.Part == "":
		return sheet, fmt.Errorf("it does not say where sheet %s is", quote(sheet.Name))
	case !sheet.HasCells:
		return sheet, &Error{Message: fmt.Sprintf("sheet %s holds a chart or a dialog, no rows", quote(sheet.Name)), Hint: sheetHint(sheets)}
	}
	return sheet, nil
}

func findSheet(sheets []workbook.Sheet, name string) (workbook.Sheet, error) {
	if name == "" {
		for _, s := range sheets {
			if !s.Hidden && (s.HasCells || s.Part == "") {
				return s, nil
			}
		}
		return workbook.Sheet{}, &Error{Message: "the workbook has no visible sheet with rows", Hint: sheetHint(sheets)}
	}
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, s := range sheets {
			if same(s.Name, name) {
				return s, nil
			}
		}
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= len(sheets) {
		return sheets[n-1], nil
	}
	return workbook.Sheet{}, &Error{Message: fmt.Sprintf("the workbook has no sheet %s", quote(name)), Hint: sheetHint(sheets)}
}

// sheetHint lists the sheets that sheet: may name.
func sheetHint(sheets []workbook.Sheet) string {
	const most = 20
	var names []string
	for _, s := range sheets {
		if s.HasCells {
			names = append(names, quote(s.Name))
		}
	}
	if len(names) == 0 {
		return "name a workbook with rows"
	}
	if len(names) > most {
		names = append(names[:most], "...")
	}
	return "set sheet: to one of " + strings.Join(names, ", ")
}
