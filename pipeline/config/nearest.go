package config

import (
	"fmt"
	"strings"

	"github.com/kustsync/kustsync/mappings"
)

// Nearest returns the known word that a user most likely meant by word (see mappings.Nearest); false: none is near.
func Nearest(word string, known []string) (string, bool) { return mappings.Nearest(word, known) }

// oneOf is a fix that offers the nearest of the words, or all of them when none is near.
func oneOf(word string, words []string) string {
	if near, ok := Nearest(word, words); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return "use one of " + strings.Join(words, ", ")
}
