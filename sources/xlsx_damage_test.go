package sources_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/kustsync/kustsync/sources"
)

// openText opens a file that holds some bytes, and reads it when that works.
func openText(t *testing.T, text string, o sources.Options) (rows int, err error) {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "in.xlsx"), text, o)
}

func openAt(t *testing.T, path, text string, o sources.Options) (rows int, err error) {
	t.Helper()
	o.Path, o.Name = path, "in.xlsx"
	must(t, os.WriteFile(path, []byte(text), 0o600))
	src, err := sources.Open(t.Context(), o)
	if err != nil {
		return 0, err
	}
	for _, err := range src.Rows(t.Context()) {
		if err != nil {
			return rows, err
		}
		rows++
	}
	return rows, nil
}

// wantDamage checks that an error is about in.xlsx, says what is wrong and ends with what to do.
func wantDamage(t *testing.T, err error, words string) {
	t.Helper()
	var fault *sources.Error
	switch {
	case !errors.As(err, &fault):
		t.Fatalf("error = %v, want a *sources.Error that says %q", err, words)
	case fault.Pos.File != "in.xlsx" || fault.Hint == "" || !strings.Contains(fault.Message, words):
		t.Errorf("error = %v, want one about in.xlsx that says %q and what to do", err, words)
	}
}

func TestXLSXDamagedSheet(t *testing.T) {
	const row2 = `<row r="2"><c r="A2"><v>1</v></c></row>`
	for _, test := range []struct{ name, rows, want string }{
		{"an & in row 3", header + row2 + texts(3, "a & b") + texts(4, "c"), "in row 3: cell A3: an & that begins no entity"},
		{"unknown entity", header + texts(2, "a&nbsp;b"), "in row 2: cell A2: an unknown entity"},
		{"entity that is no character", header + texts(2, "a&#0;b"), "an unknown entity"},
		{"control character", header + texts(2, "a\x01b"), "a control character (0x01)"},
		{"not UTF-8", header + texts(2, "a\xFFb"), "bytes that are not UTF-8"},
		{"lesser than", header + texts(2, "1 < 2"), "a < inside of a tag"},
		{"wrong end", header + `<row r="2"><c r="A2"><v>1</c></v></row>`, "the end of another element where </v> should be"},
		{"end too many", header + `</row>`, "the end of another element where </sheetData> should be"},
		{"attribute without quotes", header + `<row r=2/>`, "attribute r has no quotes"},
		{"no attribute", header + `<row r/>`, "a tag with something that is no attribute"},
		{"declaration", header + `<!ENTITY x "y">`, "a declaration (<!...)"},
		{"shared string out of the table", header + `<row r="2"><c r="A2" t="s"><v>3</v></c></row>`, "cell A2 points to a shared text that is not among the 3"},
		{"shared string below zero", header + `<row r="2"><c r="B2" t="s"><v>-1</v></c></row>`, "cell B2 points to a shared text"},
		{"shared string that is no number", header + `<row r="2"><c r="B2" t="s"><v>x</v></c></row>`, "cell B2 points to a shared text"},
		{"shared string in a column that nobody reads", header + `<row r="2"><c r="Z2" t="s"><v>9</v></c></row>`, "cell Z2 points to a shared text"},
		{"cells out of order", header + `<row r="2"><c r="C2"/><c r="A2"/></row>`, "cell A2 is not to the right of C2"},
		{"a cell twice", header + `<row r="2"><c r="A2"/><c r="A2"/></row>`, "cell A2 is not to the right of A2"},
		{"a cell of another row", header + `<row r="2"><c r="A3"/></row>`, "cell A3 is in row 2"},
		{"no cell", header + `<row r="2"><c r="7"/></row>`, `"7" is no cell`},
		{"no format", header + `<row r="2"><c s="x"/></row>`, `"x" is no cell format`},
		{"no type", header + `<row r="2"><c t="x"/></row>`, `"x" is no type of cell`},
		{"two values", header + `<row r="2"><c r="A2"><v>1</v><v>2</v></c></row>`, "cell A2: a second value"},
		{"rows out of order", header + `<row r="3"/>` + row2, "row 2 comes after row 3"},
		{"a row twice", header + row2 + row2, "row 2 comes after row 2"},
		{"row zero", `<row r="0"/>`, "row 0 comes after row 0"},
		{"row that is no number", header + `<row r="2a"/>`, `"2a" is no row number`},
		{"row behind the last", header + `<row r="1048577"/>`, "row number 1048577 is above 1048576"},
		{"row far behind the last", header + `<row r="2"/><row r="2147483647"/>`, "row number 2147483647 is above 1048576"},
		{"column behind the last", header + `<row r="2"><c r="XFD2"/><c/></row>`, "more than 16384 cells"},
		{"damage behind the range", header + row2 + texts(2000, "x") + `<row r="5"/>`, "row 5 comes after row 2000"},
		{"nested too deep", header + strings.Repeat("<x>", 200), "nested more than 128 deep"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, err := openText(t, book(test.rows).zip(), sources.Options{})
			if rows > 0 {
				t.Errorf("%d rows were given", rows)
			}
			wantDamage(t, err, test.want)
			if !errors.Is(err, sources.ErrDamaged) || !strings.Contains(err.Error(), "in.xlsx!Sheet1") {
				t.Errorf("error = %v, want ErrDamaged that names the sheet", err)
			}
		})
	}
}

func TestXLSXDamagedPackage(t *testing.T) {
	good := book(header + `<row r="2"><c r="A2" t="s"><v>0</v></c></row>`)
	sheet := good[sheetPart]
	for _, test := range []struct {
		name string
		text string
		want string
	}{
		{"empty", "", "the file is empty"},
		{"text", "id,name\n1,Ann\n", "this is no .xlsx workbook"},
		{"web page", "<html><table>", "a web page or an XML file"},
		{"old workbook", oleFile("Workbook"), "an old Excel workbook (.xls)"},
		{"password", oleFile("EncryptedPackage"), "password protected"},
		{"binary workbook", good.without("xl/workbook.xml").with("xl/workbook.bin", "x").zip(), ".xlsb"},
		{"OpenDocument", parts{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "x"}.zip(), ".ods"},
		{"text document", parts{"word/document.xml": "<x/>"}.zip(), "a text document"},
		{"some archive", parts{"a.csv": "id\n1\n"}.zip(), "holds no workbook"},
		{"sheet is missing", good.without(sheetPart).zip(), "its part xl/worksheets/sheet1.xml is missing"},
		{"styles are missing", good.without("xl/styles.xml").zip(), "its part xl/styles.xml is missing"},
		{"sheet is nowhere", good.edit("xl/_rels/workbook.xml.rels", "rId1", "rId7").zip(), `it does not say where sheet "Sheet1" is`},
		{"shared strings are missing", good.without(stringsPart).zip(), "its part xl/sharedStrings.xml is missing"},
		{"shared strings are not even named", good.without(stringsPart).edit("xl/_rels/workbook.xml.rels", "sharedStrings", "x").zip(), "points to a shared text that is not among the 0"},
		{"shared strings end early", good.with(stringsPart, good[stringsPart][:120]).zip(), "its shared texts: after string"},
		{"shared strings are something else", good.with(stringsPart, sheet).zip(), "its shared texts: it begins with <worksheet>, not <sst>"},
		{"workbook ends early", good.with("xl/workbook.xml", good["xl/workbook.xml"][:200]).zip(), "its list of sheets"},
		{"styles end early", good.with("xl/styles.xml", good["xl/styles.xml"][:200]).zip(), "its cell formats"},
		{"relations are no XML", good.with("xl/_rels/workbook.xml.rels", "<Relationships>").zip(), "xl/_rels/workbook.xml.rels"},
		{"sheet is empty", good.with(sheetPart, "").zip(), "it holds no XML element"},
		{"sheet is something else", good.with(sheetPart, "<sst/>").zip(), "it begins with <sst>, not <worksheet>"},
		{"sheet has a DOCTYPE", good.with(sheetPart, `<!DOCTYPE x [<!ENTITY y "z">]>`+sheet).zip(), "a declaration"},
		{"sheet in another encoding", good.with(sheetPart, strings.Replace(sheet, "UTF-8", "UTF-16", 1)).zip(), `its encoding is "UTF-16"`},
		{"two roots", good.with(sheetPart, sheet+"<x/>").zip(), "a second root element"},
		{"text behind the root", good.with(sheetPart, sheet+"x").zip(), "text outside of the root"},
		{"two lists of rows", good.edit(sheetPart, "</sheetData>", "</sheetData><sheetData/>").zip(), "a second list of rows"},
		{"a name that leaves the archive", good.with("xl/../../x", "x").zip(), "leaves the workbook"},
		{"a part twice", good.with("XL/Worksheets/SHEET1.xml", sheet).zip(), "twice"},
		{"locked part", flagged(good.zip()), "password protected"},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, err := openText(t, test.text, sources.Options{})
			if rows > 0 {
				t.Errorf("%d rows were given", rows)
			}
			wantDamage(t, err, test.want)
		})
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

// A file that is cut off anywhere is an error, and so is a sheet that was cut off before it was packed; a
// file with one byte changed is an error, or gives all that it gave before.
func TestXLSXCutOff(t *testing.T) {
	whole := book(header + texts(2, "1", "Ann") + texts(3, "2", "Bob")).zip()
	path := filepath.Join(t.TempDir(), "in.xlsx")
	for size := 0; size < len(whole); size += 3 {
		if rows, err := openAt(t, path, whole[:size], sources.Options{}); err == nil {
			t.Fatalf("cut to %d of %d bytes: %d rows and no error", size, len(whole), rows)
		}
	}
}

func TestXLSXSheetCutOff(t *testing.T) {
	p := book(header + texts(2, "1", "Ann &amp; Bob") + `<row r="3"><c r="A3"><f>A2</f><v>2</v></c></row>`)
	sheet, path := p[sheetPart], filepath.Join(t.TempDir(), "in.xlsx")
	for size := range len(sheet) {
		_, err := openAt(t, path, p.with(sheetPart, sheet[:size]).zip(), sources.Options{})
		if !errors.Is(err, sources.ErrDamaged) {
			t.Fatalf("sheet cut to %q: error = %v, want ErrDamaged", sheet[:size], err)
		}
	}
}

func TestXLSXFlippedBytes(t *testing.T) {
	text := book(header + texts(2, "1", "Ann") + texts(3, "2", "Bob")).zip()
	path := filepath.Join(t.TempDir(), "in.xlsx")
	for i := 0; i < len(text); i += 7 {
		data := []byte(text)
		data[i] ^= 0x20
		must(t, os.WriteFile(path, data, 0o600))
		src, err := sources.Open(t.Context(), sources.Options{Path: path})
		if err != nil {
			continue
		}
		var names []any
		for row, err := range src.Rows(t.Context()) {
			if err == nil {
				names = append(names, row.Values.Get("name"))
			}
		}
		if got := fmt.Sprint(names); got != "[Ann Bob]" {
			t.Fatalf("byte %d changed: rows %s and no error", i, got)
		}
	}
}

// What excelize's own row iterator does with the damage that we refuse: the reason for a pass of our
// own. When this test fails the library has learned to tell, and xlsx.go can lean on it.
func TestXLSXLibraryReadsPastDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.xlsx")
	write(t, path, book(header+texts(2, "1")+texts(3, "a & b")+texts(4, "4")).zip())
	f, err := excelize.OpenFile(path)
	must(t, err)
	rows, err := f.GetRows("Sheet1")
	if err != nil || len(rows) != 2 {
		t.Errorf("the library gave %d rows and %v, where it used to give 2 of 4 and no error", len(rows), err)
	}
	must(t, f.Close())
}

func TestXLSXBombs(t *testing.T) {
	zeros := strings.Repeat("0", 64<<20)
	small := book(header + texts(2, "1")).zip()
	lying := bytes.Replace([]byte(small), size32(len(book(header + texts(2, "1"))[sheetPart])), size32(10), 2)
	for _, test := range []struct {
		name, text string
		o          sources.Options
		want       string
	}{
		{"a part that unpacks a thousandfold", packed(book(header), zeros), sources.Options{}, "as no real data does"},
		{"more than max_unpacked", small, sources.Options{MaxUnpacked: 1000}, "unpacks to more than max_unpacked (1000 bytes)"},
		{"parts that overlap", overlapping(), sources.Options{}, "overlap"},
		{"a size that is not true", string(lying), sources.Options{}, "sheet1.xml has not the size that the workbook's directory states"},
	} {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			_, err := openText(t, test.text, test.o)
			wantDamage(t, err, test.want)
			if d := time.Since(start); d > 2*time.Second {
				t.Errorf("refused after %v", d)
			}
		})
	}
}

func size32(n int) []byte { return binary.LittleEndian.AppendUint32(nil, uint32(n)) }

// packed puts text into the sheet of a workbook and compresses it.
func packed(p parts, text string) string {
	return p.edit(sheetPart, "<sheetData>", "<sheetData>"+"<!--"+text+"-->").zip()
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
