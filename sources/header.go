package sources

import (
	"cmp"
	"fmt"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// cleanNames trims column names, and writes letters that Unicode can write in two ways in one way (NFC).
func cleanNames(names []string) []string {
	clean := make([]string, len(names))
	for i, name := range names {
		clean[i] = norm.NFC.String(strings.TrimSpace(strings.TrimLeft(name, "\uFEFF")))
	}
	return clean
}

// checkNames refuses column names that a template could not use: empty ones, and a name that two columns have.
func checkNames(names []string, pos Pos) error {
	var empty, twice []string
	seen := make(map[string]int, len(names))
	for i, name := range names {
		switch {
		case name == "" && i > 0:
			empty = append(empty, fmt.Sprintf("column %d (behind %s)", i+1, quote(names[i-1])))
		case name == "":
			empty = append(empty, "column 1")
		case seen[name] > 0:
			twice = append(twice, fmt.Sprintf("%s (columns %d and %d)", quote(name), seen[name], i+1))
		}
		seen[name] = cmp.Or(seen[name], i+1)
	}
	switch {
	case len(empty) > 0 && len(twice) > 0:
		return &Error{Pos: pos, Message: "the header leaves columns without a name: " + joinFirst(empty) + "; and names columns twice: " + joinFirst(twice),
			Hint: "give every column a name of its own, or set header_row: to the line that does"}
	case len(empty) > 0:
		return &Error{Pos: pos, Message: "the header leaves columns without a name: " + joinFirst(empty), Hint: "name every column, or set header_row: to the line that does"}
	case len(twice) > 0:
		return &Error{Pos: pos, Message: "the header names columns twice: " + joinFirst(twice), Hint: "give every column a name of its own"}
	}
	return nil
}
