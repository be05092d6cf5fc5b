package report

import "github.com/rivo/uniseg"

// width is how many columns of a terminal a text takes.
func width(text string) int { return uniseg.StringWidth(text) }
