package main

import (
	"regexp"
	"slices"
	"strings"
)

// commandLine is a command with the global flags of this call, as it is typed into a shell. verb may be of two words.
func (g *globalFlags) commandLine(verb, path string, flags []string) string {
	words := append(append([]string{"kustsync"}, strings.Fields(verb)...), path)
	if g.stateDir != "" && verb != "preview" {
		words = append(words, "--state-dir", g.stateDir)
	}
	for _, v := range g.vars {
		words = append(words, "--var", v)
	}
	words = append(words, flags...)
	for i, w := range words {
		words[i] = shellQuote(w)
	}
	return strings.Join(words, " ")
}

// resolveLine is the command that settles a row in doubt of a step; KEY is for the user to fill in.
func (g *globalFlags) resolveLine(path, step string, targetFlags []string) string {
	return g.commandLine("resolve", path, slices.Concat(targetFlags, []string{"--step", step, "--key", "KEY", "--as", "absent"})) + " (or created:ID)"
}

// plainWord is what shells take as it is.
var plainWord = regexp.MustCompile(`^[\w@%+=:,./\\-]+$`)

// shellQuote puts quotes around a word that a shell would take apart.
func shellQuote(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
