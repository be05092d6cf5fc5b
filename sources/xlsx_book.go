package sources

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// workbook is what a file says beside its rows: its sheets, its shared strings, how its numbers are
// shown and where its days are counted from.
type workbook struct {
	sheets   []bookSheet
	strings  string       // the part with the shared strings; "" when it has none
	formats  []formatKind // by the index of a cell's format
	date1904 bool
}

// bookSheet is one tab of a workbook.
type bookSheet struct {
	name   string
	part   string // where its cells are
	hidden bool
	table  bool // it has cells: no chart, no dialog
}

// readWorkbook reads all but the rows of an open file. excelize decodes workbook and styles, from a
// container that holds these two alone, since it unpacks into memory whatever it is given. The rows come
// from a scanner of our own: excelize's iterator (v2.11.0) gives text without the type of a cell, so that
// 0012 and 12, or "#N/A" and an error, look alike; it ends without an error where the XML is damaged; and
// it costs three to four times the CPU of our two passes.
func readWorkbook(ctx context.Context, z *zipParts) (*workbook, error) {
	root, err := readRelations(ctx, z, "")
	if err != nil {
		return nil, err
	}
	main := cmp.Or(root.target("officeDocument"), "xl/workbook.xml")
	if err := checkWorkbook(z, main); err != nil {
		return nil, err
	}
	rels, err := readRelations(ctx, z, main)
	if err != nil {
		return nil, err
	}
	lib, err := openWithLibrary(ctx, z, main, rels.partOf(z, "styles", "xl/styles.xml"))
	if err != nil {
		return nil, err
	}
	book := &workbook{strings: rels.partOf(z, "sharedStrings", "xl/sharedStrings.xml"), formats: cellFormats(lib)}
	props, err := lib.GetWorkbookProps()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", main, err)
	}
	book.date1904 = props.Date1904 != nil && *props.Date1904
	for _, s := range lib.WorkBook.Sheets.Sheet {
		rel := rels.byID(s.ID)
		book.sheets = append(book.sheets, bookSheet{
			name:   s.Name,
			part:   rel.part,
			hidden: s.State != "" && s.State != "visible",
			table:  rel.kind == "worksheet",
		})
	}
	return book, lib.Close()
}

// openWithLibrary lets excelize decode the workbook and its styles.
func openWithLibrary(ctx context.Context, z *zipParts, main, styles string) (*excelize.File, error) {
	const relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	workbook, err := z.read(ctx, main)
	if err != nil {
		return nil, err
	}
	var style []byte // without a part for them there are no formats
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

// relation is one arrow from a part to another.
type relation struct{ id, kind, part string }

type relations []relation

// readRelations reads the relations of a part, or of the package itself when source is "".
func readRelations(ctx context.Context, z *zipParts, source string) (relations, error) {
	dir, file := path.Split(source)
	name := dir + "_rels/" + file + ".rels"
	if !z.has(name) {
		return nil, nil
	}
	data, err := z.read(ctx, name)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Type   string `xml:",attr"`
			Target string `xml:",attr"`
		}
	}
	if err := xml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var rels relations
	for _, r := range doc.Relationship {
		part := slashed(r.Target)
		if !strings.HasPrefix(part, "/") {
			part = path.Join(dir, part)
		}
		rels = append(rels, relation{id: r.ID, kind: path.Base(r.Type), part: strings.TrimPrefix(part, "/")})
	}
	return rels, nil
}

// target gives the part of the first relation of a kind; "" when there is none. The kind is the end
// of a relation's type, which is the same in strict and in transitional workbooks.
func (rs relations) target(kind string) string {
	for _, r := range rs {
		if r.kind == kind {
			return r.part
		}
	}
	return ""
}

// partOf is target, or the usual part when nothing names another and it is there.
func (rs relations) partOf(z *zipParts, kind, usual string) string {
	part := rs.target(kind)
	if part == "" && z.has(usual) {
		return usual
	}
	return part
}

func (rs relations) byID(id string) relation {
	for _, r := range rs {
		if r.id == id {
			return r
		}
	}
	return relation{}
}

// pick finds the sheet that the pipeline file names: by its name, else by its number among all tabs
// from the left, hidden ones and charts included; without a wish it is the first visible one with cells.
func (b *workbook) pick(wish string) (bookSheet, error) {
	sheet, err := b.find(wish)
	switch {
	case err != nil:
		return sheet, err
	case sheet.part == "":
		return sheet, fmt.Errorf("it does not say where sheet %s is", quote(sheet.name))
	case !sheet.table:
		return sheet, &Error{Message: fmt.Sprintf("sheet %s holds a chart or a dialog, no rows", quote(sheet.name)), Hint: b.hint()}
	}
	return sheet, nil
}

func (b *workbook) find(wish string) (bookSheet, error) {
	if wish == "" {
		for _, s := range b.sheets {
			if !s.hidden && (s.table || s.part == "") {
				return s, nil
			}
		}
		return bookSheet{}, &Error{Message: "the workbook has no visible sheet with rows", Hint: b.hint()}
	}
	for _, same := range []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold} {
		for _, s := range b.sheets {
			if same(s.name, wish) {
				return s, nil
			}
		}
	}
	if n, err := strconv.Atoi(wish); err == nil && n >= 1 && n <= len(b.sheets) {
		return b.sheets[n-1], nil
	}
	return bookSheet{}, &Error{Message: fmt.Sprintf("the workbook has no sheet %s", quote(wish)), Hint: b.hint()}
}

func (b *workbook) hint() string {
	const most = 20
	var names []string
	for _, s := range b.sheets {
		if s.table {
			names = append(names, quote(s.name))
		}
	}
	if len(names) == 0 {
		return "name a workbook with rows"
	}
	if len(names) > most {
		names = append(names[:most], "...")
	}
	return "set sheet: to one of " + strings.Join(names, ", ")
}
