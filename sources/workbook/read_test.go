package workbook_test

import (
	"cmp"
	"os"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sources/workbook"
)

// sheetRow is a row of a sheet in its tests.
type sheetRow struct {
	number int
	values map[string]any // by the letters of the column; the text in the cell where there is a fault
	faults map[string]*workbook.Fault
}

// readSheet reads the first sheet of the workbook at path to its end, with times in UTC. maxUnpacked 0 is 1 GiB.
func readSheet(t testing.TB, path string, maxUnpacked int64) ([]sheetRow, error) {
	t.Helper()
	return readSheetIn(t, path, maxUnpacked, time.UTC)
}

// readSheetIn is readSheet with times in a zone.
func readSheetIn(t testing.TB, path string, maxUnpacked int64, zone *time.Location) (read []sheetRow, err error) {
	t.Helper()
	book, err := workbook.Open(t.Context(), path, cmp.Or(maxUnpacked, 1<<30))
	if err != nil {
		return nil, err
	}
	all, _ := workbook.ParseArea("")
	rows, err := book.Rows(t.Context(), book.Sheets[0], all)
	if err != nil {
		return nil, err
	}
	defer func() { err = cmp.Or(err, rows.Close()) }()
	values := book.Values(zone, nil)
	for {
		more, err := rows.Next()
		if err != nil {
			return read, err
		}
		if !more {
			return read, rows.Drain()
		}
		row := sheetRow{rows.Number, map[string]any{}, map[string]*workbook.Fault{}}
		for i := range rows.Cells {
			column := workbook.ColumnName(rows.Cells[i].Column)
			var fault *workbook.Fault
			if row.values[column], fault = values.Of(&rows.Cells[i]); fault != nil {
				row.faults[column] = fault
			}
		}
		read = append(read, row)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(text), 0o600))
}

// fataler is a *testing.T, *testing.B or *rapid.T.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
