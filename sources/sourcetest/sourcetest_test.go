package sourcetest

import (
	"slices"
	"testing"

	"github.com/kustsync/kustsync/sources"
)

// TestMissing: the suite notices a format of which it has no files.
func TestMissing(t *testing.T) {
	formats := []sources.Format{{Words: []string{"csv", "txt"}}, {Words: []string{"new"}}, {Words: []string{"json"}}}
	for _, test := range []struct {
		extensions, want []string
	}{
		{[]string{".txt.gz", ".new", ".json"}, nil},
		{[]string{".csv", ".json"}, []string{"new"}},
		{nil, []string{"csv", "new", "json"}},
	} {
		var all []Files
		for _, ext := range test.extensions {
			all = append(all, Files{Ext: ext})
		}
		if got := missing(formats, all); !slices.Equal(got, test.want) {
			t.Errorf("with %q: missing = %q, want %q", test.extensions, got, test.want)
		}
	}
}
