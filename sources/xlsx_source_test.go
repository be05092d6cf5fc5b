package sources

import (
	"path/filepath"
	"strings"
	"testing"
)

// A pass that finds another number of rows than were counted ends with an error, even if the file is whole.
func TestXLSXCountsRowsAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.xlsx")
	writeBenchSheet(t, path, 5, true)
	src, err := openXLSX(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	for _, now := range []int{3, 5} {
		writeBenchSheet(t, path, now, true)
		rows := 0
		var last error
		for _, err := range src.Rows(t.Context()) {
			if last = err; err == nil {
				rows++
			}
		}
		if rows != now || (last != nil) != (now != 5) {
			t.Errorf("%d rows where 5 were counted, and then %v", rows, last)
		}
		if now != 5 && (!strings.Contains(last.Error(), "gave 3 rows where 5 were counted") || !strings.Contains(last.Error(), "Sheet1:4")) {
			t.Errorf("error = %v", last)
		}
	}
}
