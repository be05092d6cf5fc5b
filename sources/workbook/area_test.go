package workbook

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func TestParseArea(t *testing.T) {
	for text, want := range map[string]Area{
		"":              {1, 1, maxColumns, maxRows},
		"A3:H900":       {1, 3, 8, 900},
		"$b$2:$XFD$9":   {2, 2, 16384, 9},
		"A:C":           {1, 1, 3, maxRows},
		"B7:C":          {2, 7, 3, maxRows},
		"A1:A1048576":   {1, 1, 1, 1048576},
		"aa10:ab12":     {27, 10, 28, 12},
		"XFC1:XFD1":     {16383, 1, 16384, 1},
		"A1:XFD1048576": {1, 1, 16384, 1048576},
	} {
		if got, ok := ParseArea(text); !ok || got != want {
			t.Errorf("ParseArea(%q) = %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"A1", "1:2", "A0:B2", "B1:A2", "A2:B1", "A1:XFE2", "A1:B1048577", "Sheet1!A1:B2", "A1:B2:C3", "A1 : B2", "ABCD1:ABCE2"} {
		if got, ok := ParseArea(text); ok {
			t.Errorf("ParseArea(%q) = %v, want no area", text, got)
		}
	}
}

// Every cell has one name: the one that excelize gives it.
func TestCellNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		column, row := rapid.IntRange(1, maxColumns).Draw(t, "column"), rapid.IntRange(1, maxRows).Draw(t, "row")
		name := CellName(column, row)
		if want, err := excelize.CoordinatesToCellName(column, row); err != nil || name != want {
			t.Fatalf("cell %d, %d is %s, want %s", column, row, name, want)
		}
		for _, name := range []string{name, strings.ToLower(name)} {
			if c, r, ok := parseCellName([]byte(name)); !ok || c != column || r != row {
				t.Fatalf("%s is %d, %d, %v", name, c, r, ok)
			}
		}
	})
	for _, name := range []string{"", "A", "1", "A0", "XFE1", "A1048577", "AAAA1", "A-1", "A1A", "A 1", "[1", "A1 ", "Ä1"} {
		if c, r, ok := parseCellName([]byte(name)); ok {
			t.Errorf("%q is read as %d, %d", name, c, r)
		}
	}
}
