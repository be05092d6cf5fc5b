package mappings

import (
	"strings"
	"unicode/utf8"
)

// Nearest returns the known word that a user most likely meant by word: one that Fold makes equal, or one that is a
// few typing errors away (one, and one more for every four characters). False: none is near.
func Nearest(word string, known []string) (string, bool) {
	best, found := "", false
	limit := 1 + utf8.RuneCountInString(word)/4
	for _, k := range known {
		if Fold(k) == Fold(word) {
			return k, true
		}
		if d := distance([]rune(strings.ToLower(word)), []rune(strings.ToLower(k)), limit); d <= limit {
			if d == 0 || d < utf8.RuneCountInString(k) {
				best, found, limit = k, true, d-1
			}
		}
	}
	return best, found
}

// Fold returns a word without what people mix up: case, and the separators between words (space, point, - and _).
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// distance counts the insertions, deletions, replacements and swaps of neighbours that turn a into b. It returns
// limit+1 for any count above limit.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, previous, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, previous, row = previous, row, before
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(previous[j]+cost, previous[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return min(row[len(b)], limit+1)
}
