package sources_test

import (
	"encoding/json"
	"io/fs"
	"math"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/kustsync/kustsync/sources"
)

// corpusFiles lists the spreadsheets of the public collections that have one of the extensions.
func corpusFiles(t *testing.T, extensions ...string) (paths []string) {
	t.Helper()
	for _, name := range []string{"calamine", "readxl"} {
		must(t, filepath.WalkDir(corpus(t, name), func(path string, entry fs.DirEntry, err error) error {
			for _, ext := range extensions {
				if err == nil && filepath.Ext(path) == ext {
					paths = append(paths, path)
				}
			}
			return err
		}))
	}
	return paths
}

func corpusWorkbooks(t *testing.T) []string { return corpusFiles(t, ".xlsx", ".xlsm") }

// Every sheet of every spreadsheet has rows or gives one clear error, within 5 seconds and 256 MiB.
func TestCorpusXLSX(t *testing.T) {
	damaged := map[string]bool{"issue252.xlsx": true} // whose checksums are wrong
	for _, path := range corpusFiles(t, ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods") {
		name := filepath.Base(path)
		start, allocated := time.Now(), totalAlloc()
		for sheet := 1; sheet < 20; sheet++ {
			r := readIn(t, sources.Options{Path: path, Name: name, Type: "xlsx", Sheet: strconv.Itoa(sheet), Header: []string{"a", "b", "c"}})
			if r.err == nil {
				continue
			}
			text := r.err.Error()
			if strings.Contains(text, "has no sheet") || strings.Contains(text, "chart") {
				continue
			}
			if strings.HasSuffix(name, ".xlsx") && !damaged[name] && !strings.Contains(text, "password") || strings.HasSuffix(name, ".xlsm") {
				t.Errorf("%s, sheet %d: %v", name, sheet, r.err)
			}
			break
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s took %v", name, d)
		}
		if n := totalAlloc() - allocated; n > 256<<20 {
			t.Errorf("%s allocated %d MiB in all", name, n>>20)
		}
	}
}

func totalAlloc() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// The error for a file of another program says how to save it.
func TestCorpusNotXLSX(t *testing.T) {
	for ext, want := range map[string]string{".xls": "old Excel workbook", ".xlsb": "(.xlsb)", ".ods": "(.ods)"} {
		for _, path := range corpusFiles(t, ext) {
			name := filepath.Base(path)
			_, err := sources.Open(t.Context(), sources.Options{Path: path, Name: name, Type: "xlsx"})
			if err == nil {
				t.Errorf("%s was opened", name)
				continue
			}
			words := want
			switch {
			case strings.HasPrefix(name, "pass_protected") && ext != ".ods":
				words = "without a password"
			case name == "too_small.xls":
				words = "no .xlsx workbook"
			}
			if text := err.Error(); !strings.Contains(text, words) || !strings.Contains(text, "save it") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// The values in a few files are what a person reads in their cells.
func TestCorpusXLSXValues(t *testing.T) {
	date := func(text string) time.Time {
		d, err := time.Parse("2006-01-02 15:04:05", text)
		must(t, err)
		return d
	}
	day := func(text string) time.Time { return date(text + " 00:00:00") }
	type n = json.Number
	type row = map[string]any
	for _, test := range []struct {
		file string // below its collection's folder
		o    sources.Options
		want []row // the first ones
		rows int
	}{
		{"calamine/tests/date.xlsx", sources.Options{Header: []string{"d", "n"}}, []row{{"d": day("2021-01-01"), "n": n("15")}, {"d": day("2021-01-02"), "n": n("16")}, {"d": n("10.6320601851852"), "n": n("17")}}, 3},
		{"calamine/tests/date_1904.xlsx", sources.Options{Header: []string{"d", "n"}}, []row{{"d": day("2021-01-01"), "n": n("15")}, {"d": day("2021-01-02"), "n": n("16")}, {"d": n("10.6320601851852"), "n": n("17")}}, 3},
		{"calamine/tests/date_iso.xlsx", sources.Options{Header: []string{"d"}}, []row{{"d": day("2021-01-01")}, {"d": date("2021-01-01 10:10:10")}, {"d": "10:10:10"}}, 6},
		{"calamine/tests/date_quoted_format.xlsx", sources.Options{Header: []string{"d"}}, []row{{"d": day("2021-01-01")}, {"d": day("2021-01-01")}, {"d": day("2021-01-01")}, {"d": day("2021-01-01")}}, 4},
		{"calamine/tests/header-row.xlsx", sources.Options{HeaderRow: 9}, []row{{"Columns": "put data here", "Column A": n("1"), "Column B": n("2"), "Column C": n("3")}}, 1},
		{"calamine/tests/temperature-in-middle.xlsx", sources.Options{HeaderRow: 4}, []row{{"label": "celsius", "value": n("22.2222")}, {"label": "fahrenheit", "value": n("72")}}, 2},
		{"calamine/tests/empty_shared_string_value.xlsx", sources.Options{}, []row{{"Name": "Alice", "City": "", "Status": "Active"}, {"Name": "", "City": "Berlin", "Status": ""}}, 2},
		{"calamine/tests/has_x000D_.xlsx", sources.Options{Header: []string{"a"}}, []row{{"a": "ABC\nDEF"}}, 1},
		{"calamine/tests/has_x000D_inline.xlsx", sources.Options{Header: []string{"a"}}, []row{{"a": "ABC\nDEF"}}, 1},
		{"calamine/tests/inlineStr_cdata.xlsx", sources.Options{}, []row{{"Hello CDATA": "12345", "World": "NormalText"}}, 1},
		{"calamine/tests/inlineStr_with_value.xlsx", sources.Options{Range: "C1:D2"}, []row{{"Outline Number": "1."}}, 1},
		{"calamine/tests/rph.xlsx", sources.Options{Header: []string{"a"}}, []row{{"a": "課きく　毛こ"}}, 1},
		{"calamine/tests/string-ref.xlsx", sources.Options{}, []row{{"col1": "-8086931554011838357"}}, 1},
		{"calamine/tests/nonstandard-xml-ns-prefix.xlsx", sources.Options{}, []row{{"a": n("1"), "b": n("3")}, {"a": n("2"), "b": n("4")}}, 2},
		{"calamine/tests/issue_530.xlsx", sources.Options{Range: "A1:B3"}, []row{{"报表导出人：": "报表导出时间：", "于国栋": "2023年03月04日"}}, 2},
		{"calamine/tests/pivots.xlsx", sources.Options{Sheet: "DataSheet", Range: "A1:H4"}, []row{
			{"Id": n("1"), "Name": "a", "Category": "blue", "Value": n("10"), "Size": n("1.78"), "Date": day("2024-11-01"), "Value / Size": n("5.61797752808989"), "IsBlue": true},
		}, 3},
		{"readxl/inst/extdata/deaths.xlsx", sources.Options{Sheet: "arts", Range: "A5:F15"}, []row{
			{"Name": "David Bowie", "Profession": "musician", "Age": n("69"), "Has kids": true, "Date of birth": day("1947-01-08"), "Date of death": day("2016-01-10")},
		}, 10},
		{"readxl/inst/extdata/clippy.xlsx", sources.Options{}, []row{{"name": "Name", "value": "Clippy"}, {"name": "Species", "value": "paperclip"}, {"name": "Approx date of death", "value": day("2007-01-01")}, {"name": "Weight in grams", "value": n("0.9")}}, 4},
		{"readxl/inst/extdata/datasets.xlsx", sources.Options{Sheet: "quakes"}, []row{{"lat": n("-20.42"), "long": n("181.62"), "depth": n("562"), "mag": n("4.8"), "stations": n("41")}}, 1000},
		{"readxl/tests/testthat/sheets/big-texty-numbers-xlsx.xlsx", sources.Options{Range: "A1:B3"}, []row{{"number": "blah blah", "number as text": "blah blah"}, {"number": n("2147483647"), "number as text": "2147483647"}}, 2},
		{"readxl/tests/testthat/sheets/currency-formats-xlsx.xlsx", sources.Options{}, []row{{"product": "apple", "cost_EUR": n("0.5"), "cost_CHF": n("0.5"), "cost_mixed": n("0.5")}}, 2},
		{"readxl/tests/testthat/sheets/dates-1900-LibreOffice.xlsx", sources.Options{Header: []string{"a", "b", "c", "d", "e"}}, []row{{"a": day("2000-01-01"), "b": day("2000-01-01"), "c": day("2000-01-01"), "d": day("2000-01-01"), "e": day("2000-01-01")}}, 1},
		{"readxl/tests/testthat/sheets/color-date-xlsx.xlsx", sources.Options{Header: []string{"a"}}, []row{{"a": n("0")}}, 8},
		{"readxl/tests/testthat/sheets/missing-first-column.xlsx", sources.Options{Header: []string{"a"}, Range: "B:B"}, []row{{"a": n("1")}, {"a": n("2")}, {"a": n("3")}}, 3},
		{"readxl/tests/testthat/sheets/no-styles-or-sharedStrings-parts.xlsx", sources.Options{}, []row{{"Language": "german", "Age": n("73"), "Churn probability": n("0.143292665")}}, 11},
		{"readxl/tests/testthat/sheets/los-angeles-arrests-xlsx.xlsx", sources.Options{Range: "A3:C192"}, []row{{"BKG_NUM": "4894831", "BKG_DT": "01/30/17", "BKG_TM": "00:05"}}, 189},
		{"readxl/tests/testthat/sheets/whitespace-xlsx.xlsx", sources.Options{Header: []string{"a"}}, []row{
			{"a": " <-space, space-> "}, {"a": " <-space"}, {"a": "space-> "}, {"a": "\t   \t"}, {"a": "\t<-tab, tab->\t"}, {"a": "\t<-tab"}, {"a": "tab->\t"},
		}, 7},
		{"readxl/tests/testthat/sheets/types.xlsx", sources.Options{}, []row{
			{"blank": "", "boolean": true, "date": day("2017-02-27"), "numeric": n("1"), "text": "hello"},
			{"blank": "", "boolean": false, "date": day("2017-02-28"), "numeric": n("2"), "text": "world"},
		}, 4},
	} {
		t.Run(filepath.Base(test.file), func(t *testing.T) {
			collection, rest, _ := strings.Cut(test.file, "/")
			test.o.Path = filepath.Join(corpus(t, collection), filepath.FromSlash(rest))
			src, err := sources.Open(t.Context(), test.o)
			must(t, err)
			var got []row
			for r, err := range src.Rows(t.Context()) {
				must(t, err)
				must(t, r.Err)
				got = append(got, r.Values.Object())
			}
			if len(got) != test.rows {
				t.Errorf("%d rows, want %d: %v", len(got), test.rows, got)
			}
			if diff := cmp.Diff(test.want, got[:min(len(test.want), len(got))]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The collection readxl has each of these dates as text, too, in another column.
func TestCorpusXLSXDates(t *testing.T) {
	dir := filepath.Join(corpus(t, "readxl"), "tests", "testthat", "sheets")
	for _, file := range []string{"datetime-rounding.xlsx", "dates-leap-year-1900-xlsx.xlsx"} {
		src, err := sources.Open(t.Context(), sources.Options{Path: filepath.Join(dir, file)})
		must(t, err)
		for row, err := range src.Rows(t.Context()) {
			must(t, err)
			want := row.Values.Get("dttm_string")
			if want == "1900-02-29 08:00:00" {
				if row.Err == nil {
					t.Errorf("%v: 29 February 1900, which never was, is %v", row.Pos, row.Values.Get("dttm"))
				}
				continue
			}
			got, ok := row.Values.Get("dttm").(time.Time)
			if !ok || got.Format("2006-01-02 15:04:05") != want {
				t.Errorf("%v: %v, want %v", row.Pos, row.Values.Get("dttm"), want)
			}
		}
	}
}

// Every cell of every sheet of the public collections has the value that excelize's own iterator finds.
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
				t.Errorf("%s: row %d was not read: %q", where, next+1, theirs[next])
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
			return true // the library is a day off before 1 March 1900
		}
		for _, is1904 := range []bool{false, true} {
			if want, err := excelize.ExcelDateToTime(serial, is1904); err == nil && want.Sub(v).Abs() < time.Second {
				return true
			}
		}
	}
	return false
}
