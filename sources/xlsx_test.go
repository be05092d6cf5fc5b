package sources_test

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kustsync/kustsync/sources"
	wbtest "github.com/kustsync/kustsync/sources/workbook/workbooktest"
)

func TestXLSXRows(t *testing.T) {
	runShown(t, "in.xlsx", []shown{
		{"plain", wbtest.Book(wbtest.Header + wbtest.Texts(2, "007", "Ann") + wbtest.Texts(3, "2", " b ")).Zip(), sources.Options{}, `
			header: id name
			2: id="007" name="Ann"
			3: id="2" name=" b "
			`},
		{"shared strings", wbtest.Book(wbtest.Header + `<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="s"><v> 0 </v></c></row>`).Zip(), sources.Options{}, `
			header: id name
			2: id="third" name="first"
			`},
		{"rich text is joined, what is read aloud is not", wbtest.Book(wbtest.Header+`<row r="2"><c r="A2" t="s"><v>0</v></c></row>`).
			With(wbtest.StringsPart, `<sst><si><r><rPr><b/></rPr><t>a</t></r><r><t xml:space="preserve"> b</t></r><rPh sb="0" eb="1"><t>no</t></rPh><phoneticPr fontId="1"/></si></sst>`).Zip(), sources.Options{}, `
			header: id name
			2: id="a b" name=""
			`},
		{"spaces count when they are preserved", wbtest.Book(wbtest.Header + `<row r="2"><c r="A2" t="inlineStr"><is><t> a
</t></is></c><c r="B2" t="inlineStr"><is><t xml:space="preserve"> b
</t></is></c></row>`).Zip(), sources.Options{}, `
			header: id name
			2: id="a" name=" b\n"
			`},
		{"escapes of characters", wbtest.Book(wbtest.Header + wbtest.Texts(2, "a_x000D_\nb_x0009_&amp;&#x41;", "_x005F_x000D_ _xD83D__xDE00_ _xD83D_ _x0000_")).Zip(), sources.Options{}, `
			header: id name
			2: id="a\nb\t&A" name="_x000D_ 😀 _xD83D_ _x0000_"
			`},
		{"CDATA and comments", wbtest.Book(wbtest.Header + `<!-- x --><row r="2"><c r="A2" t="inlineStr"><is><t><![CDATA[<a & b>]]></t></is></c></row>`).Zip(), sources.Options{}, `
			header: id name
			2: id="<a & b>" name=""
			`},
		{"no places on rows and cells", wbtest.Book(`<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row/><row><c/><c t="s"><v>2</v></c></row>`).Zip(), sources.Options{}, `
			header: first second
			3: first="" second="third"
			`},
		{"names have prefixes", wbtest.Book("").With(wbtest.SheetPart, strings.NewReplacer("<?", "<?", "</", "</x:", "<", "<x:").Replace(wbtest.Worksheet(wbtest.Header+wbtest.Texts(2, "1", "Ann")))).Zip(), sources.Options{}, `
			header: id name
			2: id="1" name="Ann"
			`},
		{"blank rows count as lines, not as rows", wbtest.Book(wbtest.Header + `<row r="2"/><row r="4"><c r="A4"/><c r="B4" t="str"><f>""</f><v></v></c></row>` + wbtest.Texts(7, "", "Ann")).Zip(), sources.Options{}, `
			header: id name
			7: id="" name="Ann"
			`},
		{"a thousand blank rows end the sheet", wbtest.Book(wbtest.Header + wbtest.Texts(1001, "1") + wbtest.Texts(2001, "2") + wbtest.Texts(3002, "3")).Zip(), sources.Options{}, `
			header: id name
			1001: id="1" name=""
			2001: id="2" name=""
			`},
		{"a value beside an inline text", wbtest.Book(wbtest.Header + `<row r="2"><c r="A2" t="inlineStr"><v>1</v><is><t>a</t></is></c><c r="B2" t="inlineStr"><is><t>b</t></is><v>2</v></c></row>`).Zip(), sources.Options{}, `
			header: id name
			2: id="a" name="b"
			`},
		{"hidden rows are read", wbtest.Book(wbtest.Header + strings.Replace(wbtest.Texts(2, "1"), "<row ", `<row hidden="1" `, 1)).Zip(), sources.Options{}, `
			header: id name
			2: id="1" name=""
			`},
		{"a merged cell has its value in the corner", wbtest.Book(wbtest.Header+wbtest.Texts(2, "1", "Ann")+`<row r="3"><c r="A3"/><c r="B3"/></row>`+wbtest.Texts(4, "", "Bob")).
			Edit(wbtest.SheetPart, "</sheetData>", `</sheetData><mergeCells count="1"><mergeCell ref="A2:A4"/></mergeCells>`).Zip(), sources.Options{}, `
			header: id name
			2: id="1" name="Ann"
			4: id="" name="Bob"
			`},
		{"no styles and no relations to texts", wbtest.Book(wbtest.Header+`<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" s="3"><v>1</v></c></row>`).Without("xl/styles.xml").
			Edit("xl/_rels/workbook.xml.rels", wbtest.RelationsTo+"styles", "x").Edit("xl/_rels/workbook.xml.rels", wbtest.RelationsTo+"sharedStrings", "y").Zip(), sources.Options{}, `
			header: id name
			2: id="first" name="1"
			`},
		{"null values", wbtest.Book(wbtest.Header + wbtest.Texts(2, "NULL", "null") + `<row r="3"><c r="A3" t="e"><v>#N/A</v></c><c r="B3"><v>-1</v></c></row>`).Zip(), sources.Options{NullValues: []string{"NULL", "#N/A", "-1", ""}}, `
			header: id name
			2: id=<nil> name="null"
			3: id=<nil> name=<nil>
			`},
		{"no rows below the header", wbtest.Book(wbtest.Header).Zip(), sources.Options{}, `
			header: id name
			`},
	})
}

func TestXLSXDamagedRows(t *testing.T) {
	row := func(cells string) string {
		return wbtest.Book(wbtest.Header + `<row r="2">` + cells + `</row>` + wbtest.Texts(3, "3", "Cid")).Zip()
	}
	runShown(t, "in.xlsx", []shown{
		{"error cell", row(`<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>`), sources.Options{}, `
			header: id name
			2! cell B2 holds the error #DIV/0! | raw: ""
			3: id="3" name="Cid"
			`},
		{"formula without a result", row(`<c r="A2"><f>A1+1</f></c><c r="B2"><f>A1</f><v/></c>`), sources.Options{}, `
			header: id name
			2! cell A2 holds a formula without its result, and B2 cannot be used either | raw: ""
			3: id="3" name="Cid"
			`},
		{"value beyond the header", row(`<c r="A2" t="s"><v>0</v></c><c r="D2" t="s"><v>1</v></c>`), sources.Options{}, `
			header: id name
			2! cell D2 has a value, but its column has no name in the header | raw: "first\t\t\tsecond"
			3: id="3" name="Cid"
			`},
		{"no number", row(`<c r="A2"><v>12a</v></c><c r="B2"><v>0x1p4</v></c>`), sources.Options{}, `
			header: id name
			2! cell A2 is marked as a number and is none, and B2 cannot be used either | raw: ""
			3: id="3" name="Cid"
			`},
	})
}

func TestXLSXHeader(t *testing.T) {
	title := wbtest.Texts(1, "Report of May") + `<row r="2"/>`
	table := title + wbtest.Texts(3, "id", "name") + wbtest.Texts(4, "1", "Ann") + wbtest.Texts(5, "2", "Bob")
	runShown(t, "in.xlsx", []shown{
		{"header_row", wbtest.Book(table).Zip(), sources.Options{HeaderRow: 3}, `
			header: id name
			4: id="1" name="Ann"
			5: id="2" name="Bob"
			`},
		{"range", wbtest.Book(table + wbtest.Texts(6, "total", "2")).Zip(), sources.Options{Range: "A3:B5"}, `
			header: id name
			4: id="1" name="Ann"
			5: id="2" name="Bob"
			`},
		{"range of some columns", wbtest.Book(table).Zip(), sources.Options{Range: "$b$3:b5", HeaderRow: 1}, `
			header: name
			4: name="Ann"
			5: name="Bob"
			`},
		{"range without rows", wbtest.Book(wbtest.Header + wbtest.Texts(2, "1", "Ann", "x")).Zip(), sources.Options{Range: "B:B"}, `
			header: name
			2: name="Ann"
			`},
		{"header", wbtest.Book(wbtest.Texts(1, "1", "Ann") + wbtest.Texts(2, "2")).Zip(), sources.Options{Header: []string{"id", " name "}}, `
			header: id name
			1: id="1" name="Ann"
			2: id="2" name=""
			`},
		{"header and range", wbtest.Book(table).Zip(), sources.Options{Range: "B4:B5", Header: []string{"who"}}, `
			header: who
			4: who="Ann"
			5: who="Bob"
			`},
		{"header and header_row", wbtest.Book(table).Zip(), sources.Options{HeaderRow: 3, Header: []string{"id", "name"}}, `
			error: in.xlsx!Sheet1: header: and header_row: cannot both be set; use range: to begin below the rows before the first
			`},
		{"header_row outside of range", wbtest.Book(table).Zip(), sources.Options{HeaderRow: 2, Range: "A3:B5"}, `
			error: in.xlsx!Sheet1: header_row: 2 lies outside of range: A3:B5; header_row: is the number of a row in the sheet; leave it out when it is the first of the range
			`},
		{"header_row below zero", wbtest.Book(table).Zip(), sources.Options{HeaderRow: -1}, `
			error: in.xlsx!Sheet1: header_row: cannot be negative; count rows from 1
			`},
		{"names are trimmed and composed", wbtest.Book(wbtest.Texts(1, " id ", "Gro\u0308\u00dfe") + wbtest.Texts(2, "1", "2")).Zip(), sources.Options{}, `
			header: id Größe
			2: Größe="2" id="1"
			`},
		{"names that are no text", wbtest.Book(`<row><c><v>2024</v></c><c t="b"><v>1</v></c><c s="1"><v>45351</v></c><c s="7"><v>45351.5</v></c></row>`).Zip(), sources.Options{}, `
			header: 2024 true 2024-02-29 2024-02-29T12:00:00
			`},
		{"twice", wbtest.Book(wbtest.Texts(1, "a", "b", "a", "b", "a") + wbtest.Texts(2, "1")).Zip(), sources.Options{}, `
			error: in.xlsx!Sheet1:1: the header names columns twice: "a" (columns A and C and E), "b" (columns B and D); give every column a name of its own, in the sheet or by header:
			`},
		{"twice in header", wbtest.Book(wbtest.Header).Zip(), sources.Options{Header: []string{"a", "a"}}, `
			error: in.xlsx!Sheet1: the header names columns twice: "a" (columns 1 and 2); give every column a name of its own
			`},
		{"without a name, but with values", wbtest.Book(wbtest.Texts(1, "a", "", "c", " ") + wbtest.Texts(2, "1", "", "3") + wbtest.Texts(3, "1", "2", "3")).Zip(), sources.Options{}, `
			error: in.xlsx!Sheet1: the header has no name above the values of B3; name the columns in the sheet, list all names in header:, or set range: to the columns with names
			`},
		{"without a name and without values", wbtest.Book(wbtest.Texts(1, "", "b", "", "d") + wbtest.Texts(2, "", "2", "", "4")).Zip(), sources.Options{}, `
			header: b d
			2: b="2" d="4"
			`},
		{"blank", wbtest.Book(table).Zip(), sources.Options{HeaderRow: 2}, `
			error: in.xlsx!Sheet1: row 2, the header, is blank; the first row with values is 3; set header_row: to the row with the column names
			`},
		{"nothing at all", wbtest.Book("").Zip(), sources.Options{}, `
			error: in.xlsx!Sheet1: row 1, the header, and all below it are blank; set header_row: to the row with the column names
			`},
		{"an error in the header", wbtest.Book(`<row><c t="e"><v>#REF!</v></c></row>`).Zip(), sources.Options{}, `
			error: in.xlsx!Sheet1:1: the header cell A1 holds the error #REF!; correct the cell and save the workbook
			`},
		{"no range", wbtest.Book(table).Zip(), sources.Options{Range: "A3"}, `
			error: in.xlsx!Sheet1: "A3" is no range of a sheet; write range: as the first and the last cell, such as A3:H900
			`},
		{"range upside down", wbtest.Book(table).Zip(), sources.Options{Range: "A5:B3"}, `
			error: in.xlsx!Sheet1: "A5:B3" is no range of a sheet; write range: as the first and the last cell, such as A3:H900
			`},
	})
}

func TestXLSXSheets(t *testing.T) {
	three := wbtest.Books(wbtest.Header+wbtest.Texts(2, "one"), wbtest.Header+wbtest.Texts(2, "two"), wbtest.Header+wbtest.Texts(2, "three"))
	hidden := three.Edit("xl/workbook.xml", `name="Sheet1"`, `name="Sheet1" state="hidden"`)
	named := hidden.Edit("xl/workbook.xml", `name="Sheet3"`, `name="2"`)
	chart := three.Edit("xl/_rels/workbook.xml.rels", "/worksheet", "/chartsheet")
	runShown(t, "in.xlsx", []shown{
		{"the first", three.Zip(), sources.Options{}, "header: id name\n2: id=\"one\" name=\"\"\n"},
		{"the first visible", hidden.Zip(), sources.Options{}, "header: id name\n2: id=\"two\" name=\"\"\n"},
		{"the first with cells", chart.Zip(), sources.Options{}, "header: id name\n2: id=\"two\" name=\"\"\n"},
		{"a hidden one by name", hidden.Zip(), sources.Options{Sheet: "sheet1"}, "header: id name\n2: id=\"one\" name=\"\"\n"},
		{"by number", hidden.Zip(), sources.Options{Sheet: "3"}, "header: id name\n2: id=\"three\" name=\"\"\n"},
		{"a name goes before a number", named.Zip(), sources.Options{Sheet: "2"}, "header: id name\n2: id=\"three\" name=\"\"\n"},
		{"unknown", three.Zip(), sources.Options{Sheet: "Export"}, `
			error: in.xlsx: the workbook has no sheet "Export"; set sheet: to one of "Sheet1", "Sheet2", "Sheet3"
			`},
		{"number too high", three.Zip(), sources.Options{Sheet: "4"}, `
			error: in.xlsx: the workbook has no sheet "4"; set sheet: to one of "Sheet1", "Sheet2", "Sheet3"
			`},
		{"chart", chart.Zip(), sources.Options{Sheet: "1"}, `
			error: in.xlsx!Sheet1: sheet "Sheet1" holds a chart or a dialog, no rows; set sheet: to one of "Sheet2", "Sheet3"
			`},
	})
}

func TestXLSXPlaceNamesTheSheet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.xlsx")
	write(t, path, wbtest.Books(wbtest.Header, wbtest.Header+wbtest.Texts(7, "1")).Zip())
	src, err := sources.Open(t.Context(), sources.Options{Path: path, Name: "b.xlsx", Sheet: "2"})
	must(t, err)
	for row, err := range src.Rows(t.Context()) {
		must(t, err)
		if got := row.Pos.String(); got != "b.xlsx!Sheet2:7" {
			t.Errorf("place = %s", got)
		}
	}
}

func TestXLSXOpenStopsWithItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.xlsx")
	write(t, path, wbtest.Book(wbtest.Header+wbtest.Texts(2, "1")).Zip())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sources.Open(ctx, sources.Options{Path: path}); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want the context's", err)
	}
}

func TestXLSXLeavesNoFiles(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	path := filepath.Join(t.TempDir(), "b.xlsx")
	write(t, path, wbtest.Book(wbtest.Header+wbtest.Texts(2, "1")).Zip())
	src, err := sources.Open(t.Context(), sources.Options{Path: path})
	must(t, err)
	for range src.Rows(t.Context()) {
		if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
			t.Errorf("temporary files while reading: %v %v", left, err)
		}
	}
}

// rowsOf opens a workbook made of parts and reads it to its end.
func rowsOf(t *testing.T, p wbtest.Parts, o sources.Options) []sources.Row {
	t.Helper()
	o.Path = filepath.Join(t.TempDir(), "in.xlsx")
	write(t, o.Path, p.Zip())
	src, err := sources.Open(t.Context(), o)
	must(t, err)
	var rows []sources.Row
	for row, err := range src.Rows(t.Context()) {
		must(t, err)
		rows = append(rows, row)
	}
	return rows
}

func TestXLSXDatesHaveAZone(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	must(t, err)
	for _, zone := range []*time.Location{nil, newYork} {
		want := time.Date(2024, time.February, 29, 0, 0, 0, 0, cmp.Or(zone, time.UTC))
		rows := rowsOf(t, wbtest.Book(wbtest.Header+`<row><c s="1"><v>45351</v></c></row>`), sources.Options{Location: zone})
		if got, ok := rows[0].Values.Get("id").(time.Time); !ok || !got.Equal(want) || got.Location() != want.Location() {
			t.Errorf("date = %v, want %v", rows[0].Values.Get("id"), want)
		}
	}
}

// A damaged row keeps the values of its sound cells and the text of the others.
func TestXLSXDamagedRowKeepsItsText(t *testing.T) {
	rows := rowsOf(t, wbtest.Book(wbtest.Header+`<row r="2"><c t="e"><v>#N/A</v></c><c t="b"><v>1</v></c></row>`), sources.Options{})
	if len(rows) != 1 || rows[0].Err == nil || rows[0].Values.Get("id") != "#N/A" || rows[0].Values.Get("name") != true {
		t.Errorf("rows = %v", rows)
	}
}

// Damage is found before any row is given, and its error says where it is and what to do.
func TestXLSXDamage(t *testing.T) {
	nowhere := wbtest.Damaged{
		Name: "sheet is nowhere",
		File: wbtest.Book(wbtest.Header).Edit("xl/_rels/workbook.xml.rels", "rId1", "rId7").Zip(),
		Want: `it does not say where sheet "Sheet1" is`,
	}
	for place, list := range map[string][]wbtest.Damaged{
		"in.xlsx!Sheet1": append(wbtest.DamagedSheets(), nowhere),
		"in.xlsx":        append(wbtest.DamagedFiles(), wbtest.Bombs()...),
	} {
		for _, d := range list {
			t.Run(d.Name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "in.xlsx")
				write(t, path, d.File)
				_, err := sources.Open(t.Context(), sources.Options{Path: path, Name: "in.xlsx", MaxUnpacked: d.MaxUnpacked})
				var fault *sources.Error
				if !errors.As(err, &fault) || fault.Hint == "" || !strings.HasPrefix(fault.Pos.String(), place) || !strings.Contains(fault.Message, d.Want) {
					t.Fatalf("error = %v, want one about %s that says %q and what to do", err, place, d.Want)
				}
				if errors.Is(err, sources.ErrDamaged) == d.Fault {
					t.Errorf("error = %v; that it is ErrDamaged should be %v", err, !d.Fault)
				}
			})
		}
	}
}
