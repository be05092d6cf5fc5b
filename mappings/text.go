// Package mappings compiles the templates of a pipeline file and applies them to rows.
package mappings

import (
	"fmt"
	"unicode/utf8"
)

// Pos is a place in a pipeline file. Line and Column are 1-based; Column counts characters. Line 0 is the file as
// a whole.
type Pos struct {
	File   string
	Line   int
	Column int
}

// String prints the place as "pipeline.yaml:12:7".
func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column) }

// Text is a template as written in a pipeline file, after ${NAME} substitution.
type Text struct {
	Value  string
	Pos    Pos // of the first character of Value, which is behind an opening quote
	Indent int // columns before the later lines of a block scalar
}

// At returns the place of the byte at offset in Value. An offset beyond Value counts as its nearest end.
func (t Text) At(offset int) Pos {
	offset = min(max(offset, 0), len(t.Value))
	pos, start := t.Pos, 0
	for i := range offset {
		if t.Value[i] == '\n' {
			pos.Line++
			pos.Column = t.Indent + 1
			start = i + 1
		}
	}
	pos.Column += utf8.RuneCountInString(t.Value[start:offset])
	return pos
}

// Diagnostic says what is wrong in a template. It is found before any row is read.
type Diagnostic struct {
	Pos     Pos
	Message string // what is wrong
	Hint    string // what to do about it: the nearest right word, or the fix; may be empty
}
