package sources_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sources"
)

// The header of most sheets here is "id", "name".
const header = `<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>`

// texts is a row of inline text cells from column A on.
func texts(row int, cells ...string) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<row r="%d">`, row)
	for i, text := range cells {
		fmt.Fprintf(&out, `<c r="%c%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, 'A'+i, row, text)
	}
	return out.String() + "</row>"
}

func TestXLSXRows(t *testing.T) {
	runShown(t, "in.xlsx", []shown{
		{"plain", book(header + texts(2, "007", "Ann") + texts(3, "2", " b ")).zip(), sources.Options{}, `
			header: id name
			2: id="007" name="Ann"
			3: id="2" name=" b "
			`},
		{"shared strings", book(header + `<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="s"><v> 0 </v></c></row>`).zip(), sources.Options{}, `
			header: id name
			2: id="third" name="first"
			`},
		{"rich text is joined, what is read aloud is not", book(header+`<row r="2"><c r="A2" t="s"><v>0</v></c></row>`).
			with(stringsPart, `<sst><si><r><rPr><b/></rPr><t>a</t></r><r><t xml:space="preserve"> b</t></r><rPh sb="0" eb="1"><t>no</t></rPh><phoneticPr fontId="1"/></si></sst>`).zip(), sources.Options{}, `
			header: id name
			2: id="a b" name=""
			`},
		{"spaces count when they are preserved", book(header + `<row r="2"><c r="A2" t="inlineStr"><is><t> a
</t></is></c><c r="B2" t="inlineStr"><is><t xml:space="preserve"> b
</t></is></c></row>`).zip(), sources.Options{}, `
			header: id name
			2: id="a" name=" b\n"
			`},
		{"escapes of characters", book(header + texts(2, "a_x000D_\nb_x0009_&amp;&#x41;", "_x005F_x000D_ _xD83D__xDE00_ _xD83D_ _x0000_")).zip(), sources.Options{}, `
			header: id name
			2: id="a\nb\t&A" name="_x000D_ 😀 _xD83D_ _x0000_"
			`},
		{"CDATA and comments", book(header + `<!-- x --><row r="2"><c r="A2" t="inlineStr"><is><t><![CDATA[<a & b>]]></t></is></c></row>`).zip(), sources.Options{}, `
			header: id name
			2: id="<a & b>" name=""
			`},
		{"no places on rows and cells", book(`<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row/><row><c/><c t="s"><v>2</v></c></row>`).zip(), sources.Options{}, `
			header: first second
			3: first="" second="third"
			`},
		{"names have prefixes", book("").with(sheetPart, strings.NewReplacer("<?", "<?", "</", "</x:", "<", "<x:").Replace(worksheet(header+texts(2, "1", "Ann")))).zip(), sources.Options{}, `
			header: id name
			2: id="1" name="Ann"
			`},
		{"blank rows count as lines, not as rows", book(header + `<row r="2"/><row r="4"><c r="A4"/><c r="B4" t="str"><f>""</f><v></v></c></row>` + texts(7, "", "Ann")).zip(), sources.Options{}, `
			header: id name
			7: id="" name="Ann"
			`},
		{"a thousand blank rows end the sheet", book(header + texts(1001, "1") + texts(2001, "2") + texts(3002, "3")).zip(), sources.Options{}, `
			header: id name
			1001: id="1" name=""
			2001: id="2" name=""
			`},
		{"a value beside an inline text", book(header + `<row r="2"><c r="A2" t="inlineStr"><v>1</v><is><t>a</t></is></c><c r="B2" t="inlineStr"><is><t>b</t></is><v>2</v></c></row>`).zip(), sources.Options{}, `
			header: id name
			2: id="a" name="b"
			`},
		{"hidden rows are read", book(header + strings.Replace(texts(2, "1"), "<row ", `<row hidden="1" `, 1)).zip(), sources.Options{}, `
			header: id name
			2: id="1" name=""
			`},
		{"a merged cell has its value in the corner", book(header+texts(2, "1", "Ann")+`<row r="3"><c r="A3"/><c r="B3"/></row>`+texts(4, "", "Bob")).
			edit(sheetPart, "</sheetData>", `</sheetData><mergeCells count="1"><mergeCell ref="A2:A4"/></mergeCells>`).zip(), sources.Options{}, `
			header: id name
			2: id="1" name="Ann"
			4: id="" name="Bob"
			`},
		{"no styles and no relations to texts", book(header+`<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" s="3"><v>1</v></c></row>`).without("xl/styles.xml").
			edit("xl/_rels/workbook.xml.rels", relationsTo+"styles", "x").edit("xl/_rels/workbook.xml.rels", relationsTo+"sharedStrings", "y").zip(), sources.Options{}, `
			header: id name
			2: id="first" name="1"
			`},
		{"null values", book(header + texts(2, "NULL", "null") + `<row r="3"><c r="A3" t="e"><v>#N/A</v></c><c r="B3"><v>-1</v></c></row>`).zip(), sources.Options{NullValues: []string{"NULL", "#N/A", "-1", ""}}, `
			header: id name
			2: id=<nil> name="null"
			3: id=<nil> name=<nil>
			`},
		{"no rows below the header", book(header).zip(), sources.Options{}, `
			header: id name
			`},
	})
}

func TestXLSXDamagedRows(t *testing.T) {
	row := func(cells string) string {
		return book(header + `<row r="2">` + cells + `</row>` + texts(3, "3", "Cid")).zip()
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
	title := texts(1, "Report of May") + `<row r="2"/>`
	table := title + texts(3, "id", "name") + texts(4, "1", "Ann") + texts(5, "2", "Bob")
	runShown(t, "in.xlsx", []shown{
		{"header_row", book(table).zip(), sources.Options{HeaderRow: 3}, `
			header: id name
			4: id="1" name="Ann"
			5: id="2" name="Bob"
			`},
		{"range", book(table + texts(6, "total", "2")).zip(), sources.Options{Range: "A3:B5"}, `
			header: id name
			4: id="1" name="Ann"
			5: id="2" name="Bob"
			`},
		{"range of some columns", book(table).zip(), sources.Options{Range: "$b$3:b5", HeaderRow: 1}, `
			header: name
			4: name="Ann"
			5: name="Bob"
			`},
		{"range without rows", book(header + texts(2, "1", "Ann", "x")).zip(), sources.Options{Range: "B:B"}, `
			header: name
			2: name="Ann"
			`},
		{"header", book(texts(1, "1", "Ann") + texts(2, "2")).zip(), sources.Options{Header: []string{"id", " name "}}, `
			header: id name
			1: id="1" name="Ann"
			2: id="2" name=""
			`},
		{"header and range", book(table).zip(), sources.Options{Range: "B4:B5", Header: []string{"who"}}, `
			header: who
			4: who="Ann"
			5: who="Bob"
			`},
		{"header and header_row", book(table).zip(), sources.Options{HeaderRow: 3, Header: []string{"id", "name"}}, `
			error: in.xlsx!Sheet1: header: and header_row: cannot both be set; use range: to begin below the rows before the first
			`},
		{"header_row outside of range", book(table).zip(), sources.Options{HeaderRow: 2, Range: "A3:B5"}, `
			error: in.xlsx!Sheet1: header_row: 2 lies outside of range: A3:B5; header_row: is the number of a row in the sheet; leave it out when it is the first of the range
			`},
		{"header_row below zero", book(table).zip(), sources.Options{HeaderRow: -1}, `
			error: in.xlsx!Sheet1: header_row: cannot be negative; count rows from 1
			`},
		{"names are trimmed and composed", book(texts(1, " id ", "Gro\u0308\u00dfe") + texts(2, "1", "2")).zip(), sources.Options{}, `
			header: id Größe
			2: Größe="2" id="1"
			`},
		{"names that are no text", book(`<row><c><v>2024</v></c><c t="b"><v>1</v></c><c s="1"><v>45351</v></c><c s="7"><v>45351.5</v></c></row>`).zip(), sources.Options{}, `
			header: 2024 true 2024-02-29 2024-02-29T12:00:00
			`},
		{"twice", book(texts(1, "a", "b", "a", "b", "a") + texts(2, "1")).zip(), sources.Options{}, `
			error: in.xlsx!Sheet1:1: the header names columns twice: "a" (columns A and C and E), "b" (columns B and D); give every column a name of its own, in the sheet or by header:
			`},
		{"twice in header", book(header).zip(), sources.Options{Header: []string{"a", "a"}}, `
			error: in.xlsx!Sheet1: the header names columns twice: "a" (columns 1 and 2); give every column a name of its own
			`},
		{"without a name, but with values", book(texts(1, "a", "", "c", " ") + texts(2, "1", "", "3") + texts(3, "1", "2", "3")).zip(), sources.Options{}, `
			error: in.xlsx!Sheet1: the header has no name above the values of B3; name the columns in the sheet, list all names in header:, or set range: to the columns with names
			`},
		{"without a name and without values", book(texts(1, "", "b", "", "d") + texts(2, "", "2", "", "4")).zip(), sources.Options{}, `
			header: b d
			2: b="2" d="4"
			`},
		{"blank", book(table).zip(), sources.Options{HeaderRow: 2}, `
			error: in.xlsx!Sheet1: row 2, the header, is blank; the first row with values is 3; set header_row: to the row with the column names
			`},
		{"nothing at all", book("").zip(), sources.Options{}, `
			error: in.xlsx!Sheet1: row 1, the header, and all below it are blank; set header_row: to the row with the column names
			`},
		{"an error in the header", book(`<row><c t="e"><v>#REF!</v></c></row>`).zip(), sources.Options{}, `
			error: in.xlsx!Sheet1:1: the header cell A1 holds the error #REF!; correct the cell and save the workbook
			`},
		{"no range", book(table).zip(), sources.Options{Range: "A3"}, `
			error: in.xlsx!Sheet1: "A3" is no range of a sheet; write range: as the first and the last cell, such as A3:H900
			`},
		{"range upside down", book(table).zip(), sources.Options{Range: "A5:B3"}, `
			error: in.xlsx!Sheet1: "A5:B3" is no range of a sheet; write range: as the first and the last cell, such as A3:H900
			`},
	})
}

func TestXLSXSheets(t *testing.T) {
	three := books(header+texts(2, "one"), header+texts(2, "two"), header+texts(2, "three"))
	hidden := three.edit("xl/workbook.xml", `name="Sheet1"`, `name="Sheet1" state="hidden"`)
	named := hidden.edit("xl/workbook.xml", `name="Sheet3"`, `name="2"`)
	chart := three.edit("xl/_rels/workbook.xml.rels", "/worksheet", "/chartsheet")
	runShown(t, "in.xlsx", []shown{
		{"the first", three.zip(), sources.Options{}, "header: id name\n2: id=\"one\" name=\"\"\n"},
		{"the first visible", hidden.zip(), sources.Options{}, "header: id name\n2: id=\"two\" name=\"\"\n"},
		{"the first with cells", chart.zip(), sources.Options{}, "header: id name\n2: id=\"two\" name=\"\"\n"},
		{"a hidden one by name", hidden.zip(), sources.Options{Sheet: "sheet1"}, "header: id name\n2: id=\"one\" name=\"\"\n"},
		{"by number", hidden.zip(), sources.Options{Sheet: "3"}, "header: id name\n2: id=\"three\" name=\"\"\n"},
		{"a name goes before a number", named.zip(), sources.Options{Sheet: "2"}, "header: id name\n2: id=\"three\" name=\"\"\n"},
		{"unknown", three.zip(), sources.Options{Sheet: "Export"}, `
			error: in.xlsx: the workbook has no sheet "Export"; set sheet: to one of "Sheet1", "Sheet2", "Sheet3"
			`},
		{"number too high", three.zip(), sources.Options{Sheet: "4"}, `
			error: in.xlsx: the workbook has no sheet "4"; set sheet: to one of "Sheet1", "Sheet2", "Sheet3"
			`},
		{"chart", chart.zip(), sources.Options{Sheet: "1"}, `
			error: in.xlsx!Sheet1: sheet "Sheet1" holds a chart or a dialog, no rows; set sheet: to one of "Sheet2", "Sheet3"
			`},
	})
}

func TestXLSXPlaceNamesTheSheet(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.xlsx")
	write(t, path, books(header, header+texts(7, "1")).zip())
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
	write(t, path, book(header+texts(2, "1")).zip())
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
	write(t, path, book(header+texts(2, "1")).zip())
	src, err := sources.Open(t.Context(), sources.Options{Path: path})
	must(t, err)
	for range src.Rows(t.Context()) {
		if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
			t.Errorf("temporary files while reading: %v %v", left, err)
		}
	}
}
