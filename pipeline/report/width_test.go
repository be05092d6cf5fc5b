package report

import "testing"

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"customer  12 rows", 17, "customer  12 rows"},
		{"customer  12 rows", 10, "customer …"},
		{"日本語のテスト", 7, "日本語…"},
		{"customer", -3, "…"},
		{"", 0, ""},
	} {
		if got := cut(c.text, c.columns); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}
