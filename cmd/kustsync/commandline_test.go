package main

import (
	"testing"
)

func TestShellQuote(t *testing.T) {
	for word, want := range map[string]string{
		"people=/a/b.csv": "people=/a/b.csv", "a b": "'a b'", "it's": `'it'\''s'`, "": "''", "$HOME": "'$HOME'",
	} {
		if got := shellQuote(word); got != want {
			t.Errorf("shellQuote(%q) = %s, want %s", word, got, want)
		}
	}
}
