package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestShortPath(t *testing.T) {
	here := t.TempDir()
	t.Chdir(here)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(here, "a", "b.csv"):      filepath.Join("a", "b.csv"),
		filepath.Join(here, "..", "elsewhere"): filepath.Join(here, "..", "elsewhere"),
	} {
		if got := shortPath(path); got != want {
			t.Errorf("shortPath(%s) = %s, want %s", path, got, want)
		}
	}
}
