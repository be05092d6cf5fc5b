package mappings

import (
	"errors"

	"github.com/kustsync/kustsync/mappings/values"
)

// template is one compiled template.
type template struct {
	text     Text
	constant bool      // there is no {{ in it
	value    evaluator // set when the template is exactly one {{ ... }}
	body     writer    // set for every other one: prints it
	vars     int       // number of its variables

	refs     []RefUse
	finds    []FindUse
	volatile bool
	columns  []string
}

// eval returns the template's value: typed when it is exactly one {{ ... }}, else text. It is a RunTimeValue when anything
// in it is. field is for the *Error.
func (t *template) eval(f *Frame, field string) (any, error) {
	v, err := t.evalNow(f, field)
	if later, ok := asLater(err); ok {
		return later, nil
	}
	return v, err
}

// evalNow is eval, but for a RunTimeValue, which is an error.
func (t *template) evalNow(f *Frame, field string) (any, error) {
	if t.value == nil {
		return t.print(f, field)
	}
	f.reset(t.vars)
	v, err := t.value(f)
	if s, ok := v.(string); ok && err == nil && len(s) > values.MaxText {
		err = errPrint
	}
	return v, t.fail(field, err)
}

// print returns the template's text.
func (t *template) print(f *Frame, field string) (string, error) {
	if t.constant {
		return t.text.Value, nil
	}
	f.reset(t.vars)
	if t.value == nil {
		err := t.body(f)
		return string(f.out), t.fail(field, err)
	}
	v, err := t.value(f)
	if text, ok := v.(string); ok && len(text) <= values.MaxText {
		return text, t.fail(field, err)
	}
	if err == nil {
		err = f.print(v)
	}
	return string(f.out), t.fail(field, err)
}

// fail turns an error of rendering into the *Error that a caller sees.
func (t *template) fail(field string, err error) error {
	if err == nil {
		return nil
	}
	var at *failure
	if errors.As(err, &at) {
		return &Error{Field: field, Pos: t.text.At(at.at), Err: at.err}
	}
	return &Error{Field: field, Pos: t.text.Pos, Err: err}
}
