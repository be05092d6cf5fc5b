package sources

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Error says why a source cannot be opened or cannot be read to its end. As Row.Err it says what is
// wrong with one row; its Pos is then zero, since the row has one.
type Error struct {
	Pos     Pos    // Line is 0 when it is not known
	Message string // what went wrong, in one line; names and places, never a cell's value
	Hint    string // the next thing to do; may be empty
	Err     error  // cause; may be nil
}

func (e *Error) Error() string {
	text := e.Message
	if e.Pos.File != "" {
		text = e.Pos.String() + ": " + text
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// place returns an Error for err, which ended the reading of a source, with the place where that happened. The
// error of a context that is done is returned as it is.
func place(err error, pos Pos) error {
	if isContextError(err) {
		return err
	}
	var known *Error
	if !errors.As(err, &known) {
		return &Error{Pos: pos, Message: "cannot be read: " + reason(err), Err: err}
	}
	placed := *known
	if placed.Pos.File == "" {
		placed.Pos.File, placed.Pos.Sheet = pos.File, pos.Sheet
	}
	if placed.Pos.Line == 0 {
		placed.Pos.Line = pos.Line
	}
	return &placed
}

// isContextError reports whether err says that a context is done.
func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// reason returns the text of err without the path, which the place of an Error names already.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// quote returns a name for a message, in quotes: all of it if it has at most 60 characters, else its beginning.
func quote(name string) string {
	const longest = 60
	if runes := []rune(name[:min(len(name), 4*longest)]); len(runes) > longest {
		name = string(runes[:longest]) + "…"
	}
	return strconv.Quote(name)
}

// quoteAll returns the first 10 names of a list for a message, and how many more there are.
func quoteAll(names []string) string {
	const most = 10
	shown := make([]string, 0, most+1)
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, quote(name))
	}
	if more := len(names) - most; more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(shown, ", ")
}

// joinFirst joins the first 5 items of a list for a message, and says how many more there are.
func joinFirst(items []string) string {
	const most = 5
	if more := len(items) - most; more > 0 {
		return strings.Join(items[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(items, ", ")
}
