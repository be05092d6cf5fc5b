package sources

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCells(t *testing.T) {
	long := strings.Repeat("x", maxShared)
	own := []string{"id", "name", "note"}
	for _, test := range []struct {
		name, text string
		columns    []string
		nulls      []string
		want       map[string]any
	}{
		{"texts", "1,Ann,", own, nil, map[string]any{"id": "1", "name": "Ann", "note": ""}},
		{"nulls", "1,NULL,", own, []string{"NULL", ""}, map[string]any{"id": "1", "name": nil, "note": nil}},
		{"long", "1," + long + ",é", own, nil, map[string]any{"id": "1", "name": long, "note": "é"}},
		{"corrected", "'=1,NULL,'-,1,2,3,4,5,6,7,8,9", append(own, RejectColumns()...), []string{"NULL"}, map[string]any{"id": "=1", "name": nil, "note": "-"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &csvReader{
				scan: newScanner(strings.NewReader(test.text+"\nnext,row,comes\n"), ",", ""),
				own:  newHeader(test.columns, test.nulls), names: test.columns,
			}
			row, err := c.next()
			if err != nil || row.Err != nil {
				t.Fatal(err, row.Err)
			}
			if _, err := c.next(); err != nil { // what a row holds is its own
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, row.Values.Object()); diff != "" {
				t.Error(diff)
			}
			for name, want := range test.want {
				if got := row.Values.Get(name); got != want {
					t.Errorf("%s is %v, want %v", name, got, want)
				}
			}
			for _, name := range []string{"_file", "Id", ""} {
				if got := row.Values.Get(name); got != nil {
					t.Errorf("%q is %v, want nil", name, got)
				}
			}
		})
	}
}
