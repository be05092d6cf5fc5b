package pipeline

import "testing"

func TestLookUpsText(t *testing.T) {
	for _, c := range []struct {
		keys int
		rate float64
		want string
	}{
		{1, 16, "--adopt looks 1 key up first: less than a minute"},
		{500, 0, "--adopt looks 500 keys up first"},
		{12_000, 16, "--adopt looks 12000 keys up first: about 13m"},
		{100_000, 16, "--adopt looks 100000 keys up first: about 1h44m"},
	} {
		if got := lookUpsText(c.keys, c.rate); got != c.want {
			t.Errorf("%d keys at %v a second: %q, want %q", c.keys, c.rate, got, c.want)
		}
	}
}
