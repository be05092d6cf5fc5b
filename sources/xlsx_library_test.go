package sources_test

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/sources"
)

// What is written with excelize comes back with its type and its value.
func TestXLSXRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.xlsx")
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.SliceOfN(cells(), 3, 3), 1, 20).Draw(t, "rows")
		writeSheet(t, path, append([][]any{{"a", "b", "c"}}, want...), rapid.Bool().Draw(t, "stream"))
		src, err := sources.Open(t.Context(), sources.Options{Path: path})
		must(t, err)
		line := 1
		for row, err := range src.Rows(t.Context()) {
			must(t, err)
			must(t, row.Err)
			for line++; line < row.Pos.Line; line++ {
				if fmt.Sprint(want[line-2]...) != "" {
					t.Fatalf("row %d was not given: %q", line, want[line-2])
				}
			}
			got := []any{row.Values.Get("a"), row.Values.Get("b"), row.Values.Get("c")}
			if diff := cmp.Diff(want[line-2], got); diff != "" {
				t.Fatalf("row %d (-want +got):\n%s", line, diff)
			}
		}
	})
}

// cells draws a value as a source gives it: text, number, yes or no, time to the millisecond.
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

// Every sheet of the public collections gives, cell by cell, what excelize's own iterator finds there.
func TestCorpusXLSXAgreesWithLibrary(t *testing.T) {
	const emptyStyle = "empty_s_attribute.xlsx" // the library loses the cells with s=""
	compared := 0
	for _, path := range corpusWorkbooks(t) {
		f, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
		if err != nil {
			continue
		}
		for i, sheet := range f.GetSheetList() {
			theirs, err := f.GetRows(sheet)
			if err != nil {
				continue
			}
			width := 1
			for _, row := range theirs {
				width = max(width, len(row))
			}
			names := make([]string, width)
			for i := range names {
				names[i] = strconv.Itoa(i)
			}
			src, err := sources.Open(t.Context(), sources.Options{Path: path, Sheet: strconv.Itoa(i + 1), Header: names})
			if err != nil || filepath.Base(path) == emptyStyle {
				continue
			}
			compared++
			compareRows(t, filepath.Base(path)+"!"+sheet, src, theirs)
		}
		must(t, f.Close())
	}
	if compared < 190 {
		t.Errorf("%d sheets were compared, there are more than 190", compared)
	}
}

func compareRows(t *testing.T, where string, src sources.Source, theirs [][]string) {
	t.Helper()
	next := 0
	for row, err := range src.Rows(t.Context()) {
		if err != nil {
			t.Errorf("%s: %v", where, err)
			return
		}
		for ; next < row.Pos.Line-1; next++ {
			if next < len(theirs) && strings.Join(theirs[next], "") != "" {
				t.Errorf("%s: row %d was not given: %q", where, next+1, theirs[next])
			}
		}
		for i, name := range src.Columns() {
			text := ""
			if next < len(theirs) && i < len(theirs[next]) {
				text = theirs[next][i]
			}
			if !sameCell(row.Values.Get(name), text) {
				t.Errorf("%s: row %d, column %d is %#v, the library finds %q", where, next+1, i+1, row.Values.Get(name), text)
			}
		}
		next++
	}
}

// sameCell compares a value with the raw text that the library finds in the cell.
func sameCell(value any, raw string) bool {
	raw = strings.TrimSpace(strings.ReplaceAll(raw, "\r\n", "\n"))
	switch v := value.(type) {
	case string:
		if _, err := strconv.ParseFloat(raw, 64); err == nil && strings.Count(v, ":") == 2 {
			return true // a time of day
		}
		return strings.TrimSpace(v) == strings.ReplaceAll(raw, "_x000D_\n", "\n")
	case json.Number:
		a, err := v.Float64()
		b, err2 := strconv.ParseFloat(raw, 64)
		return err == nil && err2 == nil && math.Abs(a-b) <= 1e-14*math.Abs(b)
	case bool:
		return raw == map[bool]string{true: "1", false: "0"}[v]
	case time.Time:
		serial, err := strconv.ParseFloat(raw, 64)
		if err != nil {
			return strings.HasPrefix(raw, v.Format(time.DateOnly))
		}
		if v.Year() == 1900 && v.Month() < time.March {
			return true // the library is a day off before the leap day that never was
		}
		for _, is1904 := range []bool{false, true} {
			if want, err := excelize.ExcelDateToTime(serial, is1904); err == nil && want.Sub(v).Abs() < time.Second {
				return true
			}
		}
	}
	return false
}
