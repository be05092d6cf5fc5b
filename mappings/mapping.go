// Package mappings compiles the templates of a pipeline file and applies them to rows.
package mappings

import (
	"fmt"
	"time"
	"unicode/utf8"
)

// Pos is a place in a pipeline file. Line and Column are 1-based; Column counts characters.
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
	Pos    Pos // of the first character of Value; an opening quote is already passed
	Indent int // columns before the later lines of a block scalar
}

// At returns the place of the byte at offset in Value.
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

// Kind says which part of a Node is in use.
type Kind int

// The kinds of a Node.
const (
	Scalar Kind = iota // Text, or Const when the scalar is a plain number, bool or null
	List               // Items
	Map                // Fields
)

// Node is one value of a mapping as written: a template, a constant, a list or a map.
type Node struct {
	Kind   Kind
	Pos    Pos
	Text   Text    // Scalar
	Const  any     // Scalar: json.Number, bool or Null for a plain YAML constant, else nil
	Items  []Node  // List
	Fields []Field // Map, in file order
}

// Field is one entry of a map Node.
type Field struct {
	Name  string
	Pos   Pos // of the name
	Value Node
}

// Null is the value that is sent as an explicit null, to clear a field. A nil in a row, by
// contrast, is an empty value and is left out of the payload.
var Null = null{}

type null struct{}

// MarshalJSON writes null.
func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// String is what a text around {{ null }} shows.
func (null) String() string { return "" }

// Empty says what becomes of a value that renders to nothing: "", an empty list or an empty map.
type Empty int

// The policies of a step's empty: key.
const (
	Omit  Empty = iota // leave it out of the payload
	Clear              // send null
)

// Table is a small lookup table: keys to values, "*" for every other key.
type Table map[string]any

// Options is what templates may refer to.
type Options struct {
	Step     string           // the step that the templates belong to; ref may not name it
	Columns  []string         // header of the source; nil when not known before reading
	Each     bool             // the step explodes rows: parent is available
	Parent   []string         // header of the outer row when Each is set; nil when not known
	Steps    []string         // steps that ref may name
	SameRow  []string         // steps of the same source, which ref may name without a key
	Tables   map[string]Table // tables that lookup may name
	Location *time.Location   // zone of dates without an offset; nil is UTC
	Empty    Empty
	KeyText  bool       // the template is a step's key: the functions key and ref are not available
	Finds    []FindForm // what find and findOr may ask for
	NoFind   bool       // the template must be known before Kustomer is asked: there is no find
}

// Fault is something wrong in a template, found before any row is read.
type Fault struct {
	Pos     Pos
	Message string // what is wrong
	Hint    string // what to do about it: the nearest right word, or the fix; may be empty
}

// Row gives a row's values by column, and nil for a column that it does not have.
type Row interface {
	Get(column string) any
	Object() map[string]any // all of them, which templates do not change
}

// Input is what one row gives to its templates.
type Input struct {
	Row    Row
	Parent map[string]any // the outer row, under each
	Key    string         // identity of the object
	Number int            // 1-based number of the row in its source
	File   string         // the row's file
	Now    time.Time      // start of the run
	RunID  string
	// Ref returns the Kustomer id that step gave the object with that key; a nil key means the
	// key that this row has in that step. Its errors reach the caller of Apply unchanged (errors.As).
	Ref func(step string, key *string) (string, error)
	// Find asks the service by one of Options.Finds: what was found, which the templates do not change, or
	// found false; a Later in a dry run. Its errors reach the caller of Apply unchanged (errors.As).
	Find func(kind, by string, args []string) (v any, found bool, err error)
}

// RefUse is a use of ref in a template.
type RefUse struct {
	Step string
	Pos  Pos
}

// Error is a fault of one row: which field, where its template stands, and what went wrong.
type Error struct {
	Field string // "emails[0].email"; "" for a step's key, when or ordering_key
	Pos   Pos    // of the template, or of the function in it that failed
	Err   error
}

func (e *Error) Error() string {
	if e.Field == "" {
		return e.Err.Error()
	}
	return e.Field + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ValueError is a fault of a row's value. Error leaves the value out, since values of rows appear
// in messages only when asked for (--show-values).
type ValueError struct {
	Message string // what is wrong, and what to do
	Value   string // the offending value
	Absent  bool   // find has no answer: what the row names is not there, or not any more
}

func (e *ValueError) Error() string { return e.Message }
