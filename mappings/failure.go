package mappings

import (
	"errors"
	"fmt"
)

// break and continue end the body of a range as errors, which range takes.
var (
	errBreak    = errors.New("break outside range")
	errContinue = errors.New("continue outside range")
)

// failure is an error of a template that is being rendered, and the offset in the template of what failed.
type failure struct {
	at  int
	err error
}

func (e *failure) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *failure) Unwrap() error { return e.err }

// failAt gives an error its offset, unless it has one, or is nil, errBreak or errContinue.
func failAt(at int, err error) error {
	if err == nil || err == errBreak || err == errContinue {
		return err
	}
	if _, ok := err.(*failure); ok {
		return err
	}
	return &failure{at: at, err: err}
}

// failIn is failAt for an error of a function, before which it puts the function's name.
func failIn(function string, at int, err error) error {
	if _, ok := err.(*failure); ok {
		return err
	}
	if own, ok := err.(*unprefixed); ok {
		return &failure{at: at, err: own.error}
	}
	return &failure{at: at, err: fmt.Errorf("%s: %w", function, err)}
}

type unprefixed struct{ error }

// Unwrap returns the cause.
func (e *unprefixed) Unwrap() error { return e.error }

// Unprefixed marks an error of a function whose text says by itself what failed: the function's name is not put
// before it.
func Unprefixed(err error) error { return &unprefixed{err} }
