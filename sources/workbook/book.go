package workbook

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"fmt"

	"github.com/xuri/excelize/v2"
)

// Book is what a workbook file says beside its rows: its sheets, where its shared strings are, how its numbers are
// shown and from which day its dates are counted. It holds no file open.
type Book struct {
	Sheets []Sheet // the tabs, from left to right

	path        string
	maxUnpacked int64
	strings     string       // the part with the shared strings; "" when it has none
	formats     []formatKind // by the index of a cell's format
	date1904    bool
}

// Sheet is one tab of a workbook.
type Sheet struct {
	Name     string
	Part     string // the part of the file with its cells; "" when the workbook does not say which one it is
	Hidden   bool
	HasCells bool // false: it is a chart or a dialog
}

// Open reads the workbook at a path, without its rows. The parts of the file may unpack to maxUnpacked bytes
// together.
func Open(ctx context.Context, path string, maxUnpacked int64) (*Book, error) {
	z, err := openZip(path, maxUnpacked)
	if err != nil {
		return nil, err
	}
	book := &Book{path: path, maxUnpacked: maxUnpacked}
	if err := cmp.Or(book.read(ctx, z), z.Close()); err != nil {
		return nil, err
	}
	return book, nil
}

// read reads all but the rows of an open file. excelize decodes workbook and styles, from a container that holds
// these two alone, since it unpacks into memory whatever it is given. The rows come from a scanner of our own:
// excelize's iterator (v2.11.0) gives text without the type of a cell, so that 0012 and 12, or "#N/A" and an
// error, look alike; it ends without an error where the XML is damaged; and it costs three to four times the CPU
// of our two passes.
func (b *Book) read(ctx context.Context, z *zipParts) error {
	root, err := readRelations(ctx, z, "")
	if err != nil {
		return err
	}
	main := cmp.Or(root.target("officeDocument"), "xl/workbook.xml")
	if err := checkWorkbook(z, main); err != nil {
		return err
	}
	rels, err := readRelations(ctx, z, main)
	if err != nil {
		return err
	}
	lib, err := openWithLibrary(ctx, z, main, rels.partOf(z, "styles", "xl/styles.xml"))
	if err != nil {
		return err
	}
	b.strings, b.formats = rels.partOf(z, "sharedStrings", "xl/sharedStrings.xml"), cellFormats(lib)
	props, err := lib.GetWorkbookProps()
	if err != nil {
		return fmt.Errorf("%s: %w", main, err)
	}
	b.date1904 = props.Date1904 != nil && *props.Date1904
	for _, s := range lib.WorkBook.Sheets.Sheet {
		rel := rels.byID(s.ID)
		b.Sheets = append(b.Sheets, Sheet{
			Name:     s.Name,
			Part:     rel.part,
			Hidden:   s.State != "" && s.State != "visible",
			HasCells: rel.kind == "worksheet",
		})
	}
	return lib.Close()
}

// openWithLibrary opens the workbook and its styles with excelize.
func openWithLibrary(ctx context.Context, z *zipParts, main, styles string) (*excelize.File, error) {
	const relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	workbook, err := z.read(ctx, main)
	if err != nil {
		return nil, err
	}
	var style []byte // nil: the workbook has no formats
	if styles != "" {
		if style, err = z.read(ctx, styles); err != nil {
			return nil, err
		}
	}
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for _, part := range []struct {
		name string
		data []byte
	}{{"_rels/.rels", []byte(relations)}, {"xl/workbook.xml", workbook}, {"xl/styles.xml", style}} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Store})
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(part.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	lib, err := excelize.OpenReader(&packed)
	if err != nil {
		return nil, fmt.Errorf("its list of sheets or its cell formats: %w", err)
	}
	return lib, nil
}

// otherPackages are zip containers of other programs, by a part that they alone have.
var otherPackages = [...]struct{ part, what, hint string }{
	{"xl/workbook.bin", "a binary Excel workbook (.xlsb)", HintSaveAs},
	{"mimetype", "an OpenDocument file (.ods)", HintSaveAs},
	{"Index/Document.iwa", "a Numbers spreadsheet", "export it as .xlsx or .csv"},
	{"word/document.xml", "a text document", "save its table as .xlsx or .csv"},
	{"ppt/presentation.xml", "a presentation", "save its table as .xlsx or .csv"},
}

// checkWorkbook refuses a zip container that is no workbook, or does not have the main part that it names.
func checkWorkbook(z *zipParts, main string) error {
	for _, k := range otherPackages {
		if z.has(k.part) {
			return &Fault{Message: "this is " + k.what + ", not an .xlsx workbook", Hint: k.hint}
		}
	}
	if !z.has(main) {
		return &Fault{Message: "this zip archive holds no workbook", Hint: "unpack it and name the file inside"}
	}
	return nil
}
