package config

import (
	"strings"

	"github.com/kustsync/kustsync/mappings"
)

// Nearest returns the known word that word was most likely meant to be.
func Nearest(word string, known []string) (string, bool) { return mappings.Nearest(word, known) }

// fold drops what people mix up: case, and the separators between words.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}
