package workbook_test

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

// What excelize writes is read with its type and its value.
func TestRoundTrip(t *testing.T) {
	outer, path := t, filepath.Join(t.TempDir(), "in.xlsx")
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.SliceOfN(cells(), 3, 3), 1, 20).Draw(t, "rows")
		writeSheet(t, path, append([][]any{{"a", "b", "c"}}, want...), rapid.Bool().Draw(t, "stream"))
		rows, err := readSheet(outer, path, 0)
		must(t, err)
		given := map[int]sheetRow{}
		for _, row := range rows {
			given[row.number] = row
		}
		for i, cells := range want {
			row := given[i+2]
			if len(row.faults) > 0 {
				t.Fatalf("row %d: %v", i+2, row.faults)
			}
			for j, value := range cells {
				got, isThere := row.values[string(rune('A'+j))]
				if !isThere {
					got = ""
				}
				if diff := cmp.Diff(value, got); diff != "" {
					t.Fatalf("row %d, column %d (-want +got):\n%s", i+2, j+1, diff)
				}
			}
			delete(given, i+2)
		}
		if delete(given, 1); len(given) > 0 {
			t.Fatalf("rows that were not written: %v", given)
		}
	})
}

// cells draws a value as a source gives it: text, number, true or false, time to the second.
func cells() *rapid.Generator[any] {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("abc 0123_xD\"'<>&;\n\t=é名😀")), 0, 12, -1)
	return rapid.OneOf(
		rapid.Map(text, func(s string) any { return s }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.Int64Range(-999_999_999_999_999, 999_999_999_999_999), func(n int64) any {
			return json.Number(strconv.FormatInt(n, 10))
		}),
		rapid.Map(rapid.Int64Range(-99_999_999, 99_999_999), func(n int64) any {
			return json.Number(strconv.FormatFloat(float64(n)/1000, 'f', -1, 64))
		}),
		rapid.Map(rapid.Int64Range(0, 4e9), func(s int64) any {
			return time.Date(1901, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(s) * time.Second)
		}),
	)
}

// writeSheet writes rows with excelize, cell by cell or by its stream writer.
func writeSheet(t *rapid.T, path string, rows [][]any, stream bool) {
	f := excelize.NewFile()
	style, err := f.NewStyle(&excelize.Style{NumFmt: 22})
	must(t, err)
	if stream {
		w, err := f.NewStreamWriter("Sheet1")
		must(t, err)
		for i, row := range rows {
			out := make([]any, len(row))
			for j, value := range row {
				out[j] = native(value)
				if _, ok := value.(time.Time); ok {
					out[j] = excelize.Cell{StyleID: style, Value: value}
				}
			}
			must(t, w.SetRow("A"+strconv.Itoa(i+1), out))
		}
		must(t, w.Flush())
	} else {
		for i, row := range rows {
			for j, value := range row {
				cell, err := excelize.CoordinatesToCellName(j+1, i+1)
				must(t, err)
				must(t, f.SetCellValue("Sheet1", cell, native(value)))
			}
		}
	}
	must(t, f.SaveAs(path))
	must(t, f.Close())
}

// native turns a json.Number into what excelize writes as a number.
func native(value any) any {
	n, ok := value.(json.Number)
	if !ok {
		return value
	}
	if i, err := n.Int64(); err == nil {
		return i
	}
	f, _ := n.Float64()
	return f
}
