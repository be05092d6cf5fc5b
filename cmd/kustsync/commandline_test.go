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

func TestCommandLine(t *testing.T) {
	g := globalFlags{stateDir: "/my state", vars: []string{"A=b"}}
	const want = "kustsync ledger mv p.yaml --state-dir '/my state' --var A=b --step old NEW"
	if got := g.commandLine("ledger mv", "p.yaml", []string{"--step", "old", "NEW"}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
