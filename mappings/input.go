package mappings

import (
	"errors"
	"time"

	"github.com/kustsync/kustsync/mappings/values"
)

// Row gives a row's values by column, and nil for a column that it does not have.
type Row interface {
	Get(column string) any
	Object() map[string]any // all of them, which templates do not change
}

// Input is what one row gives to its templates.
type Input struct {
	Row    Row
	Parent map[string]any // the outer row, in a step with each:
	Key    string         // identity of the object
	Number int            // 1-based number of the row in its source
	File   string         // the row's file
	Now    time.Time      // start of the run
	RunID  string
	// Ref returns the Kustomer id that step gave the object with that key; a nil key means the key that this row
	// has in that step. Its errors reach the caller of Apply unchanged (errors.As).
	Ref func(step string, key *string) (string, error)
	// Find asks Kustomer by one of Options.Finds: what was found, which the templates do not change, or found
	// false; in a dry run a RunTimeValue. Its errors reach the caller of Apply unchanged (errors.As).
	Find func(kind, by string, args []string) (v any, found bool, err error)
}

// RefUse is a use of ref in a template.
type RefUse struct {
	Step string
	Pos  Pos
}

// FindUse is a use of find or findOr in a template.
type FindUse struct {
	Kind, By string
	Pos      Pos
}

// Null is the value that is sent as an explicit null, to clear a field. A nil in a row is an empty value instead,
// and is left out of the payload.
var Null = values.Null

// RunTimeValue is the value, in a dry run, of a template that uses find: only a real run asks Kustomer.
type RunTimeValue struct {
	Question string // what a real run would ask
}

// Err is the error that a function returns when its value is l. The value of the whole template is then l.
func (l RunTimeValue) Err() error { return &laterError{l} }

type laterError struct{ RunTimeValue }

func (*laterError) Error() string { return "find asks only in a real run" }

// asLater returns the RunTimeValue of an error that RunTimeValue.Err made.
func asLater(err error) (RunTimeValue, bool) {
	if err == nil {
		return RunTimeValue{}, false
	}
	if e, ok := errors.AsType[*laterError](err); ok {
		return e.RunTimeValue, true
	}
	return RunTimeValue{}, false
}

// Error says what is wrong with one row: in which field, where its template stands, and what went wrong.
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

// ValueError is what is wrong with a value of a row, as the cause of an Error.
type ValueError = values.Error
