package sources_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/kustsync/kustsync/sources"
)

func TestDigest(t *testing.T) {
	dir := t.TempDir()
	digest := func(path string) string {
		t.Helper()
		sum, err := sources.Digest(t.Context(), sources.Options{Path: filepath.Join(dir, path), Name: path})
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	write(t, filepath.Join(dir, "a.csv"), "id\n1\n")
	write(t, filepath.Join(dir, "b.csv"), "id\n2\n")
	all, one := digest("*.csv"), digest("a.csv")
	if all != digest("*.csv") || one != digest("a.csv") || all == one || len(one) != 64 {
		t.Errorf("digests %s and %s", all, one)
	}
	for name, change := range map[string]func(){
		"a byte":   func() { write(t, filepath.Join(dir, "b.csv"), "id\n3\n") },
		"one more": func() { write(t, filepath.Join(dir, "c.csv"), "id\n") },
		"the border": func() {
			write(t, filepath.Join(dir, "a.csv"), "id\n1\nid\n")
			write(t, filepath.Join(dir, "b.csv"), "3\n")
		},
		"another turn": func() { swap(t, filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.csv")) },
	} {
		before := digest("*.csv")
		if change(); digest("*.csv") == before {
			t.Errorf("%s is not noticed", name)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx  context.Context
		path string
	}{"standard input": {t.Context(), "-"}, "no file": {t.Context(), filepath.Join(dir, "x.csv")},
		"a folder": {t.Context(), dir}, "no match": {t.Context(), filepath.Join(dir, "*.x")}, "the end": {ended, filepath.Join(dir, "a.csv")}} {
		if sum, err := sources.Digest(tt.ctx, sources.Options{Path: tt.path}); err == nil {
			t.Errorf("%s has the digest %s", name, sum)
		}
	}
}

func swap(t *testing.T, a, b string) {
	t.Helper()
	x, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	write(t, a, string(y))
	write(t, b, string(x))
}
