package sources_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/kustsync/kustsync/sources/sourcetest"
)

func TestXLSXContract(t *testing.T) {
	sourcetest.Run(t, sourcetest.Format{Ext: ".xlsx", Write: writeTextSheet, Framed: true})
	sourcetest.Run(t, sourcetest.Format{Ext: ".xlsm", Write: writeTextSheet, Framed: true})
}

// writeTextSheet writes, with excelize, a workbook whose cells are all text.
func writeTextSheet(t *testing.T, path string, columns []string, rows [][]string) {
	t.Helper()
	f := excelize.NewFile()
	for i, row := range append([][]string{columns}, rows...) {
		for j, text := range row {
			must(t, f.SetCellStr("Sheet1", cellAt(t, j+1, i+1), text))
		}
	}
	must(t, f.SaveAs(path))
	must(t, f.Close())
}

func must(t interface {
	Helper()
	Fatal(args ...any)
}, err error,
) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func cellAt(t testing.TB, column, row int) string {
	t.Helper()
	name, err := excelize.CoordinatesToCellName(column, row)
	must(t, err)
	return name
}

// parts are the files inside of a workbook, by their names.
type parts map[string]string

const (
	relationsTo   = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	sheetRelation = `<Relationship Id="rId%d" Type="` + relationsTo + `worksheet" Target="worksheets/sheet%d.xml"/>`
	sheetPart     = "xl/worksheets/sheet1.xml"
	stringsPart   = "xl/sharedStrings.xml"
)

// sheetFormats are the number formats of the cells that books are made of, by the attribute s of a
// cell. What is no number is a format code of the workbook's own.
var sheetFormats = []string{
	"0", "14", "22", "20", "46", "9", "dd/mm/yyyy", "yyyy-mm-dd hh:mm:ss.000", "00000", "[$€-407] #,##0.00", "mm:ss.0", `0.0 "days"`, "49",
}

// book makes the parts of a workbook with one sheet; rows is what stands in its sheetData.
func book(rows string) parts {
	return books(rows)
}

// books makes the parts of a workbook with sheets named Sheet1, Sheet2 ...
func books(sheets ...string) parts {
	p := parts{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels":         relationships(`<Relationship Id="rId1" Type="` + relationsTo + `officeDocument" Target="xl/workbook.xml"/>`),
		"xl/styles.xml":       styles(),
		stringsPart:           sharedStrings("first", "second", "third"),
	}
	var list, rels strings.Builder
	for i, rows := range sheets {
		n := i + 1
		fmt.Fprintf(&list, `<sheet name="Sheet%d" sheetId="%d" r:id="rId%d"/>`, n, n, n)
		fmt.Fprintf(&rels, sheetRelation, n, n)
		p[fmt.Sprintf("xl/worksheets/sheet%d.xml", n)] = worksheet(rows)
	}
	rels.WriteString(`<Relationship Id="rId98" Type="` + relationsTo + `sharedStrings" Target="sharedStrings.xml"/>`)
	rels.WriteString(`<Relationship Id="rId99" Type="` + relationsTo + `styles" Target="styles.xml"/>`)
	p["xl/_rels/workbook.xml.rels"] = relationships(rels.String())
	p["xl/workbook.xml"] = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` +
		strings.TrimSuffix(relationsTo, "/") + `"><workbookPr/><sheets>` + list.String() + `</sheets></workbook>`
	return p
}

func worksheet(rows string) string {
	return `<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` +
		rows + `</sheetData></worksheet>`
}

func relationships(list string) string {
	return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` + list + `</Relationships>`
}

func sharedStrings(texts ...string) string {
	var list strings.Builder
	for _, text := range texts {
		list.WriteString("<si><t>" + text + "</t></si>")
	}
	return `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` + list.String() + `</sst>`
}

func styles() string {
	var own, cells strings.Builder
	for i, format := range sheetFormats {
		id := format
		if strings.Trim(format, "0123456789") != "" || len(format) > 2 {
			id = fmt.Sprint(170 + i)
			fmt.Fprintf(&own, `<numFmt numFmtId="%s" formatCode="%s"/>`, id, strings.ReplaceAll(format, `"`, "&quot;"))
		}
		fmt.Fprintf(&cells, `<xf numFmtId="%s"/>`, id)
	}
	return `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts>` + own.String() +
		`</numFmts><cellXfs>` + cells.String() + `</cellXfs></styleSheet>`
}

// with replaces or adds a part.
func (p parts) with(name, text string) parts {
	p = maps.Clone(p)
	p[name] = text
	return p
}

// without takes a part away.
func (p parts) without(name string) parts {
	p = maps.Clone(p)
	delete(p, name)
	return p
}

// edit replaces some text in a part.
func (p parts) edit(name, old, text string) parts {
	return p.with(name, strings.Replace(p[name], old, text, 1))
}

// zip packs the parts, in the order of their names.
func (p parts) zip() string {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(p)) {
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(p[name]))
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.String()
}
