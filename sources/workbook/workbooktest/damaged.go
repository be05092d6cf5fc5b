package workbooktest

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"strings"
)

// Damaged is a file that cannot be read as a workbook, or not to its end.
type Damaged struct {
	Name        string // of the test
	File        string // its bytes
	Want        string // words of the error that it gives
	Fault       bool   // the error is a *workbook.Fault, not one that calls the file damaged
	MaxUnpacked int64  // bytes that it may unpack to; 0 for 1 GiB
}

// DamagedSheets are workbooks whose first sheet is damaged: opening them works, reading the sheet to its end fails.
func DamagedSheets() []Damaged {
	const row2 = `<row r="2"><c r="A2"><v>1</v></c></row>`
	return []Damaged{
		{Name: "an & in row 3", File: Book(Header + row2 + Texts(3, "a & b") + Texts(4, "c")).Zip(), Want: "in row 3: cell A3: an & that begins no entity"},
		{Name: "unknown entity", File: Book(Header + Texts(2, "a&nbsp;b")).Zip(), Want: "in row 2: cell A2: an unknown entity"},
		{Name: "entity that is no character", File: Book(Header + Texts(2, "a&#0;b")).Zip(), Want: "an unknown entity"},
		{Name: "control character", File: Book(Header + Texts(2, "a\x01b")).Zip(), Want: "a control character (0x01)"},
		{Name: "not UTF-8", File: Book(Header + Texts(2, "a\xFFb")).Zip(), Want: "bytes that are not UTF-8"},
		{Name: "lesser than", File: Book(Header + Texts(2, "1 < 2")).Zip(), Want: "a < inside of a tag"},
		{Name: "wrong end", File: Book(Header + `<row r="2"><c r="A2"><v>1</c></v></row>`).Zip(), Want: "the end of another element where </v> should be"},
		{Name: "end too many", File: Book(Header + `</row>`).Zip(), Want: "the end of another element where </sheetData> should be"},
		{Name: "attribute without quotes", File: Book(Header + `<row r=2/>`).Zip(), Want: "attribute r has no quotes"},
		{Name: "no attribute", File: Book(Header + `<row r/>`).Zip(), Want: "a tag with something that is no attribute"},
		{Name: "declaration", File: Book(Header + `<!ENTITY x "y">`).Zip(), Want: "a declaration (<!...)"},
		{Name: "shared string out of the table", File: Book(Header + `<row r="2"><c r="A2" t="s"><v>3</v></c></row>`).Zip(), Want: "cell A2 points to a shared text that is not among the 3"},
		{Name: "shared string below zero", File: Book(Header + `<row r="2"><c r="B2" t="s"><v>-1</v></c></row>`).Zip(), Want: "cell B2 points to a shared text"},
		{Name: "shared string that is no number", File: Book(Header + `<row r="2"><c r="B2" t="s"><v>x</v></c></row>`).Zip(), Want: "cell B2 points to a shared text"},
		{Name: "shared string in a column that nobody reads", File: Book(Header + `<row r="2"><c r="Z2" t="s"><v>9</v></c></row>`).Zip(), Want: "cell Z2 points to a shared text"},
		{Name: "cells out of order", File: Book(Header + `<row r="2"><c r="C2"/><c r="A2"/></row>`).Zip(), Want: "cell A2 is not to the right of C2"},
		{Name: "a cell twice", File: Book(Header + `<row r="2"><c r="A2"/><c r="A2"/></row>`).Zip(), Want: "cell A2 is not to the right of A2"},
		{Name: "a cell of another row", File: Book(Header + `<row r="2"><c r="A3"/></row>`).Zip(), Want: "cell A3 is in row 2"},
		{Name: "no cell", File: Book(Header + `<row r="2"><c r="7"/></row>`).Zip(), Want: `"7" is no cell`},
		{Name: "no format", File: Book(Header + `<row r="2"><c s="x"/></row>`).Zip(), Want: `"x" is no cell format`},
		{Name: "no type", File: Book(Header + `<row r="2"><c t="x"/></row>`).Zip(), Want: `"x" is no type of cell`},
		{Name: "two values", File: Book(Header + `<row r="2"><c r="A2"><v>1</v><v>2</v></c></row>`).Zip(), Want: "cell A2: a second value"},
		{Name: "rows out of order", File: Book(Header + `<row r="3"/>` + row2).Zip(), Want: "row 2 comes after row 3"},
		{Name: "a row twice", File: Book(Header + row2 + row2).Zip(), Want: "row 2 comes after row 2"},
		{Name: "row zero", File: Book(`<row r="0"/>`).Zip(), Want: "row 0 comes after row 0"},
		{Name: "row that is no number", File: Book(Header + `<row r="2a"/>`).Zip(), Want: `"2a" is no row number`},
		{Name: "row after the last", File: Book(Header + `<row r="1048577"/>`).Zip(), Want: "row number 1048577 is above 1048576"},
		{Name: "row long after the last", File: Book(Header + `<row r="2"/><row r="2147483647"/>`).Zip(), Want: "row number 2147483647 is above 1048576"},
		{Name: "column after the last", File: Book(Header + `<row r="2"><c r="XFD2"/><c/></row>`).Zip(), Want: "more than 16384 cells"},
		{Name: "damage after the rows that are read", File: Book(Header + row2 + Texts(2000, "x") + `<row r="5"/>`).Zip(), Want: "row 5 comes after row 2000"},
		{Name: "nested too deep", File: Book(Header + strings.Repeat("<x>", 200)).Zip(), Want: "nested more than 128 deep"},
	}
}

// DamagedFiles are files that are no workbook, or have damaged parts.
func DamagedFiles() []Damaged {
	good := Book(Header + `<row r="2"><c r="A2" t="s"><v>0</v></c></row>`)
	sheet := good[SheetPart]
	return []Damaged{
		{Name: "empty", File: "", Want: "the file is empty", Fault: true},
		{Name: "text", File: "id,name\n1,Ann\n", Want: "this is no .xlsx workbook", Fault: true},
		{Name: "web page", File: "<html><table>", Want: "a web page or an XML file", Fault: true},
		{Name: "old workbook", File: oleFile("Workbook"), Want: "an old Excel workbook (.xls)", Fault: true},
		{Name: "password", File: oleFile("EncryptedPackage"), Want: "password protected", Fault: true},
		{Name: "binary workbook", File: good.Without("xl/workbook.xml").With("xl/workbook.bin", "x").Zip(), Want: ".xlsb", Fault: true},
		{Name: "OpenDocument", File: Parts{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "x"}.Zip(), Want: ".ods", Fault: true},
		{Name: "text document", File: Parts{"word/document.xml": "<x/>"}.Zip(), Want: "a text document", Fault: true},
		{Name: "some archive", File: Parts{"a.csv": "id\n1\n"}.Zip(), Want: "holds no workbook", Fault: true},
		{Name: "sheet is missing", File: good.Without(SheetPart).Zip(), Want: "its part xl/worksheets/sheet1.xml is missing"},
		{Name: "styles are missing", File: good.Without("xl/styles.xml").Zip(), Want: "its part xl/styles.xml is missing"},
		{Name: "shared strings are missing", File: good.Without(StringsPart).Zip(), Want: "its part xl/sharedStrings.xml is missing"},
		{Name: "shared strings are not even named", File: good.Without(StringsPart).Edit("xl/_rels/workbook.xml.rels", "sharedStrings", "x").Zip(), Want: "points to a shared text that is not among the 0"},
		{Name: "shared strings end early", File: good.With(StringsPart, good[StringsPart][:120]).Zip(), Want: "its shared texts: after string"},
		{Name: "shared strings are something else", File: good.With(StringsPart, sheet).Zip(), Want: "its shared texts: it begins with <worksheet>, not <sst>"},
		{Name: "workbook ends early", File: good.With("xl/workbook.xml", good["xl/workbook.xml"][:200]).Zip(), Want: "its list of sheets"},
		{Name: "styles end early", File: good.With("xl/styles.xml", good["xl/styles.xml"][:200]).Zip(), Want: "its cell formats"},
		{Name: "relations are no XML", File: good.With("xl/_rels/workbook.xml.rels", "<Relationships>").Zip(), Want: "xl/_rels/workbook.xml.rels"},
		{Name: "sheet is empty", File: good.With(SheetPart, "").Zip(), Want: "it holds no XML element"},
		{Name: "sheet is something else", File: good.With(SheetPart, "<sst/>").Zip(), Want: "it begins with <sst>, not <worksheet>"},
		{Name: "sheet has a DOCTYPE", File: good.With(SheetPart, `<!DOCTYPE x [<!ENTITY y "z">]>`+sheet).Zip(), Want: "a declaration"},
		{Name: "sheet in another encoding", File: good.With(SheetPart, strings.Replace(sheet, "UTF-8", "UTF-16", 1)).Zip(), Want: `its encoding is "UTF-16"`},
		{Name: "two roots", File: good.With(SheetPart, sheet+"<x/>").Zip(), Want: "a second root element"},
		{Name: "text after the root", File: good.With(SheetPart, sheet+"x").Zip(), Want: "text outside of the root"},
		{Name: "two lists of rows", File: good.Edit(SheetPart, "</sheetData>", "</sheetData><sheetData/>").Zip(), Want: "a second list of rows"},
		{Name: "a part outside of the folder", File: good.With("xl/../../x", "x").Zip(), Want: "leaves the workbook"},
		{Name: "a part twice", File: good.With("XL/Worksheets/SHEET1.xml", sheet).Zip(), Want: "twice"},
		{Name: "encrypted part", File: flagged(good.Zip()), Want: "password protected", Fault: true},
	}
}

// Bombs are files that would take far more memory or time than their size says.
func Bombs() []Damaged {
	zeros := strings.Repeat("0", 64<<20)
	small := Book(Header + Texts(2, "1")).Zip()
	lying := bytes.Replace([]byte(small), size32(len(Book(Header + Texts(2, "1"))[SheetPart])), size32(10), 2)
	return []Damaged{
		{Name: "a part that unpacks a thousandfold", File: packed(Book(Header), zeros), Want: "as no real data does"},
		{Name: "more than max_unpacked", File: small, MaxUnpacked: 1000, Want: "unpacks to more than max_unpacked (1000 bytes)", Fault: true},
		{Name: "parts that overlap", File: overlapping(), Want: "overlap"},
		{Name: "a size that is not true", File: string(lying), Want: "sheet1.xml has not the size that the workbook's directory states"},
	}
}

// oleFile looks like an OLE file with a stream of some name.
func oleFile(stream string) string {
	var name strings.Builder
	for _, c := range stream {
		name.WriteRune(c)
		name.WriteByte(0)
	}
	return "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 100_000) + name.String() + "\x00\x00"
}

// flagged marks every part of a zip container as encrypted.
func flagged(text string) string {
	data := []byte(text)
	const directory = "PK\x01\x02"
	for i := 0; ; {
		n := strings.Index(text[i:], directory)
		if n < 0 {
			return string(data)
		}
		i += n + len(directory)
		data[i+4] |= 1
	}
}

func size32(n int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }

// packed puts text into the sheet of a workbook and compresses it.
func packed(p Parts, text string) string {
	return p.Edit(SheetPart, "<sheetData>", "<sheetData>"+"<!--"+text+"-->").Zip()
}

// overlapping is a container whose parts all share the bytes of one.
func overlapping() string {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for range 3 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: "same.xml", Method: zip.Store})
		if err == nil {
			_, err = f.Write([]byte("<x/>"))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	// Let the second entry of the directory point to the first part, and bear another name.
	data := out.Bytes()
	entry := bytes.LastIndex(data, []byte("PK\x01\x02"))
	copy(data[entry+42:], size32(0))
	copy(data[entry+46:], "diff.xml")
	return string(data)
}
