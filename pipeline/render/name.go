package render

import "errors"

// DamagedError says that the row could not be read from its source.
type DamagedError struct{ Err error }

func (e *DamagedError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *DamagedError) Unwrap() error { return e.Err }

// FieldError is the error of a template of a step outside its mapping.
type FieldError struct {
	Field string // "when", "key", "ordering_key"
	Err   error
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *FieldError) Unwrap() error { return e.Err }

var errNoKey = errors.New("the key is empty; every row needs one to be found again")

// Name finds the row's key; skip: the step's when leaves the row out, which has no key then. The error is a
// *DamagedError or a *FieldError.
func (r *Renderer) Name(row *Row) (skip bool, err error) {
	if row.Err != nil {
		return false, &DamagedError{row.Err}
	}
	in := r.input(row, "")
	defer release(in)
	if r.step.When != nil {
		wanted, err := r.step.When.Bool(in)
		if err != nil {
			return false, &FieldError{"when", err}
		}
		if !wanted {
			return true, nil
		}
	}
	key, err := r.step.Key.Text(in)
	if err == nil && key == "" {
		err = errNoKey
	}
	if err != nil {
		return false, &FieldError{"key", err}
	}
	row.Key = key
	return false, nil
}
