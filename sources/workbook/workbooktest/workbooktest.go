// Package workbooktest makes .xlsx files for tests, sound ones and damaged ones.
package workbooktest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Parts are the files inside of a workbook, by their names.
type Parts map[string]string

const (
	// RelationsTo begins the type of every relation between parts.
	RelationsTo = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	// SheetPart is the part with the cells of the first sheet.
	SheetPart = "xl/worksheets/sheet1.xml"
	// StringsPart is the part with the shared strings, which are "first", "second" and "third".
	StringsPart = "xl/sharedStrings.xml"

	sheetRelation = `<Relationship Id="rId%d" Type="` + RelationsTo + `worksheet" Target="worksheets/sheet%d.xml"/>`
)

// sheetFormats are the number formats of cells, by the attribute s of a cell: the number of a format that every
// spreadsheet program knows, or the code of a format of the workbook's own.
var sheetFormats = []string{
	"0", "14", "22", "20", "46", "9", "dd/mm/yyyy", "yyyy-mm-dd hh:mm:ss.000", "00000", "[$€-407] #,##0.00", "mm:ss.0", `0.0 "days"`, "49",
}

// Book makes the parts of a workbook with one sheet, Sheet1; rows is the XML in its sheetData.
func Book(rows string) Parts {
	return Books(rows)
}

// Books makes the parts of a workbook with sheets named Sheet1, Sheet2 ...
func Books(sheets ...string) Parts {
	p := Parts{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels":         relationships(`<Relationship Id="rId1" Type="` + RelationsTo + `officeDocument" Target="xl/workbook.xml"/>`),
		"xl/styles.xml":       styles(),
		StringsPart:           sharedStrings("first", "second", "third"),
	}
	var list, rels strings.Builder
	for i, rows := range sheets {
		n := i + 1
		fmt.Fprintf(&list, `<sheet name="Sheet%d" sheetId="%d" r:id="rId%d"/>`, n, n, n)
		fmt.Fprintf(&rels, sheetRelation, n, n)
		p[fmt.Sprintf("xl/worksheets/sheet%d.xml", n)] = Worksheet(rows)
	}
	rels.WriteString(`<Relationship Id="rId98" Type="` + RelationsTo + `sharedStrings" Target="sharedStrings.xml"/>`)
	rels.WriteString(`<Relationship Id="rId99" Type="` + RelationsTo + `styles" Target="styles.xml"/>`)
	p["xl/_rels/workbook.xml.rels"] = relationships(rels.String())
	p["xl/workbook.xml"] = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` +
		strings.TrimSuffix(RelationsTo, "/") + `"><workbookPr/><sheets>` + list.String() + `</sheets></workbook>`
	return p
}

// Worksheet is the part of a sheet; rows is the XML in its sheetData.
func Worksheet(rows string) string {
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

// With returns the parts with one replaced or added.
func (p Parts) With(name, text string) Parts {
	p = maps.Clone(p)
	p[name] = text
	return p
}

// Without returns the parts without one of them.
func (p Parts) Without(name string) Parts {
	p = maps.Clone(p)
	delete(p, name)
	return p
}

// Edit returns the parts with the first old in one of them replaced by text.
func (p Parts) Edit(name, old, text string) Parts {
	return p.With(name, strings.Replace(p[name], old, text, 1))
}

// Zip returns the bytes of the file: the parts, packed in the order of their names.
func (p Parts) Zip() string {
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

// Header is the row of column names that most sheets of tests begin with: id and name.
const Header = `<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>`

// Texts is a row of inline text cells from column A on.
func Texts(row int, cells ...string) string {
	var out strings.Builder
	fmt.Fprintf(&out, `<row r="%d">`, row)
	for i, text := range cells {
		fmt.Fprintf(&out, `<c r="%c%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, 'A'+i, row, text)
	}
	return out.String() + "</row>"
}
