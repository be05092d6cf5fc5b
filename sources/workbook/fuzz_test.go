package workbook

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// FuzzSheet reads a worksheet part made of any bytes. Where that works, encoding/xml reads it too and finds as many rows
// and cells.
func FuzzSheet(f *testing.F) {
	for _, rows := range []string{
		`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" s="3"><f>A1</f><v>1.5</v></c></row><row/>`,
		`<row r="7"><c t="inlineStr"><is><t xml:space="preserve"> a&amp;&#x41; </t><rPh><t>b</t></rPh></is></c></row>`,
		"<row r='2'><c r='B2'><v><![CDATA[<1>]]></v></c><!-- x --></row>\r\n<?x y?>",
		`<x:row><x:c t="b"><x:v>1</x:v></x:c></x:row>`,
		`<row r="1048577"/>`, `<row r="2"/><row r="2"/>`, `<row><c r="B9"/></row>`, `<row><c t="z"/></row>`, `<row`, `&#0;`, `]]>`, "\xFF", "<row\x00/>",
		`<row a="1" a="2"></row >`, `<row a = "<"/>`, `<row a='"'/>`, "<a:b:c/>", `<row><v>_x000D_</v></row>`,
	} {
		f.Add(`<?xml version="1.0"?><worksheet><cols/><sheetData>` + rows + `</sheetData><x/></worksheet>`)
	}
	f.Fuzz(func(t *testing.T, part string) {
		sheet := newSheetReader(strings.NewReader(part))
		rows, cells := 0, 0
		for {
			more, err := sheet.next()
			if err != nil {
				return
			}
			if !more {
				break
			}
			last := 0
			for _, c := range sheet.cells {
				if c.Column <= last || c.Column > maxColumns {
					t.Fatalf("column %d comes after column %d", c.Column, last)
				}
				last = c.Column
			}
			rows, cells = rows+1, cells+len(sheet.cells)
		}
		wantRows, wantCells, err := countXML(part)
		if err != nil || rows != wantRows || cells != wantCells {
			t.Fatalf("%d rows and %d cells, encoding/xml finds %d and %d, %v", rows, cells, wantRows, wantCells, err)
		}
	})
}

// countXML counts the rows and cells of a worksheet with the decoder of the standard library.
func countXML(part string) (rows, cells int, err error) {
	d := xml.NewDecoder(strings.NewReader(part))
	var path []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return rows, cells, nil
		}
		if err != nil {
			return rows, cells, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			path = append(path, e.Name.Local)
			switch strings.Join(path, "/") {
			case "worksheet/sheetData/row":
				rows++
			case "worksheet/sheetData/row/c":
				cells++
			}
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
}

// FuzzSharedStrings reads a shared string part made of any bytes, and compares its texts with those of
// encoding/xml.
func FuzzSharedStrings(f *testing.F) {
	for _, list := range []string{
		`<si><t>a</t></si><si/><si><r><t xml:space="preserve">b </t></r><r><t>c</t></r></si>`,
		`<si><t>x</t><rPh><t>y</t></rPh></si><extLst/>`, `<si><t>_x005F__x000D_&#10;</t></si>`, "<si><t>\r\n</t></si>", `<si>`, `<si><t>a<b>c</b>d</t></si>`,
	} {
		f.Add(`<sst count="1">` + list + `</sst>`)
	}
	f.Fuzz(func(t *testing.T, part string) {
		table, err := readSharedStrings(strings.NewReader(part))
		if err != nil {
			return
		}
		var want struct {
			Items []struct {
				T []string `xml:"t"`
				R []struct {
					T []string `xml:"t"`
				} `xml:"r"`
			} `xml:"si"`
		}
		if err := xml.Unmarshal([]byte(part), &want); err != nil {
			t.Fatalf("%d strings, encoding/xml finds %v", table.len(), err)
		}
		if table.len() != len(want.Items) {
			t.Fatalf("%d strings, encoding/xml finds %d", table.len(), len(want.Items))
		}
		for i, item := range want.Items {
			if len(item.T) == 1 && len(item.R) == 0 && !strings.ContainsAny(item.T[0], "_\r") {
				if got := string(table.at(i)); strings.Trim(got, xmlSpace) != strings.Trim(item.T[0], xmlSpace) {
					t.Fatalf("string %d is %q, want %q", i, got, item.T[0])
				}
			}
		}
	})
}

// FuzzUnescapeCell decodes any text: the result is never longer, and always UTF-8.
func FuzzUnescapeCell(f *testing.F) {
	for _, text := range []string{"_x000D_", "_x005F_x000D_", "_xD83D__xDE00_", "_xDE00_", "_x0000_", "a_x", "_x00zz_", "\r\n", "_x000D__x000A_"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		valid := strings.ToValidUTF8(text, "")
		got := string(unescapeCell([]byte(valid)))
		if len(got) > len(valid) || got != strings.ToValidUTF8(got, "") || strings.Contains(got, "\r") {
			t.Fatalf("%q becomes %q", valid, got)
		}
	})
}
