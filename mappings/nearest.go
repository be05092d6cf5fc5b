package mappings

import (
	"strings"
	"unicode"
)

// nearest returns the candidate that a user most likely meant by word, or "".
func nearest(word string, candidates []string) string {
	plain := letters(word)
	for _, c := range candidates {
		if letters(c) == plain && plain != "" {
			return c
		}
	}
	best, least := "", max(1, len(plain)/3)+1
	for _, c := range candidates {
		if d := distance(plain, letters(c)); d < least {
			best, least = c, d
		}
	}
	return best
}

// letters drops case, spaces and punctuation: "First Name", "first_name" and "firstName" are one.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// distance counts the edits between two words: a letter added, dropped, changed, or two swapped.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 64
	}
	var before, previous []int
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before, previous, row = previous, row, make([]int, len(y)+1)
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			row[j+1] = min(previous[j]+cost, previous[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(y)]
}
