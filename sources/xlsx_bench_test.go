package sources

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/kustsync/kustsync/sources/workbook"
)

// benchRows is the length of the sheet that is read, 10 columns wide.
const benchRows = 20_000

// writeBenchSheet writes a sheet as an export of customers looks: seven texts, a number, a date and true
// or false in each row. Shared texts are all different, which is the worst case.
func writeBenchSheet(b testing.TB, path string, rows int, shared bool) {
	b.Helper()
	var sheet, table strings.Builder
	texts := 0
	sheet.WriteString(`<worksheet><sheetData>`)
	for r := 1; r <= rows+1; r++ {
		fmt.Fprintf(&sheet, `<row r="%d">`, r)
		for c := 1; c <= 10; c++ {
			ref := workbook.CellName(c, r)
			switch {
			case r > 1 && c == 8:
				fmt.Fprintf(&sheet, `<c r="%s"><v>%d.25</v></c>`, ref, r)
			case r > 1 && c == 9:
				fmt.Fprintf(&sheet, `<c r="%s" s="1"><v>%d.5</v></c>`, ref, 40000+r%5000)
			case r > 1 && c == 10:
				fmt.Fprintf(&sheet, `<c r="%s" t="b"><v>%d</v></c>`, ref, r%2)
			case shared:
				fmt.Fprintf(&sheet, `<c r="%s" t="s"><v>%d</v></c>`, ref, texts)
				fmt.Fprintf(&table, "<si><t>Text %d of row %d</t></si>", c, r)
				texts++
			default:
				fmt.Fprintf(&sheet, `<c r="%s" t="inlineStr"><is><t>Text %d of row %d</t></is></c>`, ref, c, r)
			}
		}
		sheet.WriteString("</row>")
	}
	sheet.WriteString(`</sheetData></worksheet>`)
	parts := []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`},
		{"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="b" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="a"/></sheets></workbook>`},
		{"xl/styles.xml", `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`},
		{"xl/worksheets/sheet1.xml", sheet.String()},
		{"xl/sharedStrings.xml", `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` + table.String() + `</sst>`},
	}
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := zip.NewWriter(file)
	for _, part := range parts {
		f, err := w.Create(part.name)
		if err == nil {
			_, err = f.Write([]byte(part.text))
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkXLSX opens and reads a workbook, which reads the sheet twice. For comparison, excelize's own iterator reads it
// once, and returns text alone.
func BenchmarkXLSX(b *testing.B) {
	for _, kind := range []struct {
		name   string
		shared bool
	}{{"inline", false}, {"shared", true}} {
		path := filepath.Join(b.TempDir(), kind.name+".xlsx")
		writeBenchSheet(b, path, benchRows, kind.shared)
		b.Run(kind.name, func(b *testing.B) {
			for b.Loop() {
				if n := readRows(b, path); n != benchRows {
					b.Fatalf("%d rows", n)
				}
			}
			b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
		b.Run(kind.name+"/excelize", func(b *testing.B) {
			for b.Loop() {
				libraryRows(b, path)
			}
			b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func readRows(b testing.TB, path string) (n int) {
	b.Helper()
	src, err := openXLSX(b.Context(), Options{Path: path})
	if err != nil {
		b.Fatal(err)
	}
	for row, err := range src.Rows(b.Context()) {
		if err != nil || row.Err != nil {
			b.Fatal(err, row.Err)
		}
		n++
	}
	return n
}

func libraryRows(b testing.TB, path string) {
	b.Helper()
	f, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true, UnzipXMLSizeLimit: 1 << 20, TmpDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	rows, err := f.Rows("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	for rows.Next() {
		if _, err := rows.Columns(); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Close(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// Memory does not grow with the sheet: twenty times as many rows need about as much.
func TestXLSXMemoryIsBounded(t *testing.T) {
	inUse := func(rows int) (most uint64) {
		path := filepath.Join(t.TempDir(), "in.xlsx")
		writeBenchSheet(t, path, rows, false)
		src, err := openXLSX(t.Context(), Options{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err := range src.Rows(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n%(rows/4) == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		return most
	}
	small, large := inUse(400), inUse(8_000)
	if large > small+4<<20 {
		t.Errorf("%d KiB in use for 400 rows, %d KiB for 8,000", small>>10, large>>10)
	}
}
