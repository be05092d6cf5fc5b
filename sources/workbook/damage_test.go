package workbook_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/kustsync/kustsync/sources/workbook"
	"github.com/kustsync/kustsync/sources/workbook/workbooktest"
)

// wantFailure checks the error for a damaged file.
func wantFailure(t *testing.T, d workbooktest.Damaged) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.xlsx")
	write(t, path, d.File)
	_, err := readSheet(t, path, d.MaxUnpacked)
	if err == nil || !strings.Contains(err.Error(), d.Want) {
		t.Fatalf("error = %v, want one that says %q", err, d.Want)
	}
	if fault := (*workbook.Fault)(nil); errors.As(err, &fault) != d.Fault || d.Fault && fault.Hint == "" {
		t.Errorf("error = %#v; that it is a *Fault with a hint should be %v", err, d.Fault)
	}
}

func TestDamagedSheets(t *testing.T) {
	for _, d := range workbooktest.DamagedSheets() {
		t.Run(d.Name, func(t *testing.T) { wantFailure(t, d) })
	}
}

func TestDamagedFiles(t *testing.T) {
	for _, d := range workbooktest.DamagedFiles() {
		t.Run(d.Name, func(t *testing.T) { wantFailure(t, d) })
	}
}

func TestBombs(t *testing.T) {
	for _, d := range workbooktest.Bombs() {
		t.Run(d.Name, func(t *testing.T) {
			start := time.Now()
			wantFailure(t, d)
			if took := time.Since(start); took > 2*time.Second {
				t.Errorf("refused after %v", took)
			}
		})
	}
}

// A file that is cut off anywhere is an error.
func TestCutOffFile(t *testing.T) {
	whole := workbooktest.Book(workbooktest.Header + workbooktest.Texts(2, "1", "Ann") + workbooktest.Texts(3, "2", "Bob")).Zip()
	path := filepath.Join(t.TempDir(), "in.xlsx")
	for size := 0; size < len(whole); size += 3 {
		write(t, path, whole[:size])
		if rows, err := readSheet(t, path, 0); err == nil {
			t.Fatalf("cut to %d of %d bytes: %d rows and no error", size, len(whole), len(rows))
		}
	}
}

// A sheet that was cut off before it was packed is damaged, wherever the cut is.
func TestCutOffSheet(t *testing.T) {
	p := workbooktest.Book(workbooktest.Header + workbooktest.Texts(2, "1", "Ann &amp; Bob") + `<row r="3"><c r="A3"><f>A2</f><v>2</v></c></row>`)
	sheet, path := p[workbooktest.SheetPart], filepath.Join(t.TempDir(), "in.xlsx")
	for size := range len(sheet) {
		write(t, path, p.With(workbooktest.SheetPart, sheet[:size]).Zip())
		_, err := readSheet(t, path, 0)
		if fault := (*workbook.Fault)(nil); err == nil || errors.As(err, &fault) {
			t.Fatalf("sheet cut to %q: error = %v, want one that calls it damaged", sheet[:size], err)
		}
	}
}

// A file with one byte changed is an error, or is read as before.
func TestFlippedBytes(t *testing.T) {
	text := workbooktest.Book(workbooktest.Header + workbooktest.Texts(2, "1", "Ann") + workbooktest.Texts(3, "2", "Bob")).Zip()
	path := filepath.Join(t.TempDir(), "in.xlsx")
	for i := 0; i < len(text); i += 7 {
		data := []byte(text)
		data[i] ^= 0x20
		must(t, os.WriteFile(path, data, 0o600))
		rows, err := readSheet(t, path, 0)
		if err != nil {
			continue
		}
		var names []any
		for _, row := range rows[min(1, len(rows)):] {
			names = append(names, row.values["B"])
		}
		if got := fmt.Sprint(names); got != "[Ann Bob]" {
			t.Fatalf("byte %d changed: rows %s and no error", i, got)
		}
	}
}

// What excelize's own row iterator does with the damage that this package refuses: the reason for a scanner of our
// own. When this test fails, the library has learned to refuse it, and the package can use the library instead.
func TestLibraryReadsPastDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.xlsx")
	write(t, path, workbooktest.Book(workbooktest.Header+workbooktest.Texts(2, "1")+workbooktest.Texts(3, "a & b")+workbooktest.Texts(4, "4")).Zip())
	f, err := excelize.OpenFile(path)
	must(t, err)
	rows, err := f.GetRows("Sheet1")
	if err != nil || len(rows) != 2 {
		t.Errorf("the library gave %d rows and %v, where it used to give 2 of 4 and no error", len(rows), err)
	}
	must(t, f.Close())
}
