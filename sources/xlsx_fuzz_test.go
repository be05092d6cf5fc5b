package sources_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/kustsync/kustsync/sources"
	wbtest "github.com/kustsync/kustsync/sources/workbook/workbooktest"
)

// FuzzXLSX opens workbooks made of any parts, with one byte of the file changed: each is refused with a
// message, or has no more rows than a sheet and the file can have.
func FuzzXLSX(f *testing.F) {
	good := wbtest.Book(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row>`)
	add := func(p wbtest.Parts, at uint16, flip byte) {
		f.Add(p["_rels/.rels"], p["xl/workbook.xml"], p["xl/_rels/workbook.xml.rels"], p["xl/styles.xml"], p[wbtest.SheetPart], at, flip)
	}
	add(good, 0, 0)
	add(good, 30, 1)
	add(good, 65000, 255)
	add(good.Edit(wbtest.SheetPart, `r="2"`, `r="2147483647"`), 0, 0)
	add(good.Edit("xl/workbook.xml", `r:id="rId1"`, `r:id="rId1" state="hidden"`), 0, 0)
	add(good.Edit("xl/_rels/workbook.xml.rels", "worksheets/sheet1.xml", "../../../etc/passwd"), 0, 0)
	add(good.Without("xl/styles.xml"), 0, 0)
	path := filepath.Join(f.TempDir(), "in.xlsx")
	f.Fuzz(func(t *testing.T, root, workbook, relations, styles, sheet string, at uint16, flip byte) {
		p := good.With("_rels/.rels", root).With("xl/workbook.xml", workbook).With("xl/_rels/workbook.xml.rels", relations)
		packed := []byte(p.With("xl/styles.xml", styles).With(wbtest.SheetPart, sheet).Zip())
		packed[int(at)%len(packed)] ^= flip
		if err := os.WriteFile(path, packed, 0o600); err != nil {
			t.Fatal(err)
		}
		source, err := sources.Open(t.Context(), sources.Options{Path: path, MaxUnpacked: 16 << 20})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a message")
			}
			return
		}
		rows := 0
		for row, err := range source.Rows(t.Context()) {
			if err != nil {
				return
			}
			if rows++; rows > len(sheet) || row.Pos.Line > 1<<20 {
				t.Fatalf("row %d in line %d, of a sheet of %d bytes", rows, row.Pos.Line, len(sheet))
			}
		}
	})
}
