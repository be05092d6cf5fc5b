package workbook_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kustsync/kustsync/sources/workbook"
	"github.com/kustsync/kustsync/sources/workbook/workbooktest"
)

// Reading stops in the middle of a large sheet when the context is done.
func TestStopsInsideASheet(t *testing.T) {
	var rows strings.Builder
	for n := 1; n <= 5_000; n++ {
		rows.WriteString(workbooktest.Texts(n, strings.Repeat("text", 20), strings.Repeat("more", 20)))
	}
	path := filepath.Join(t.TempDir(), "in.xlsx")
	write(t, path, workbooktest.Book(rows.String()).Zip())
	book, err := workbook.Open(t.Context(), path, 1<<30)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	all, _ := workbook.ParseArea("")
	sheet, err := book.Rows(ctx, book.Sheets[0], all)
	must(t, err)
	if more, err := sheet.Next(); !more || err != nil {
		t.Fatal(more, err)
	}
	cancel()
	for more := true; more && err == nil; {
		more, err = sheet.Next()
	}
	if !errors.Is(err, context.Canceled) || sheet.Number > 1_000 {
		t.Errorf("after row %d: %v, want the context's error soon", sheet.Number, err)
	}
	must(t, sheet.Close())
}
