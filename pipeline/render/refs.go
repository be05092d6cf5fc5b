package render

import (
	"context"
	"errors"
	"fmt"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// Ref names an object that a template may ask for by ref: that of a step's row with a key.
type Ref struct{ Step, Key string }

// ParentError says that the object that a row refers to is not there, and what becomes of the row.
type ParentError struct {
	Ref
	Outcome ledger.Outcome // of the row that refers to it
	Reason  string
}

func (e *ParentError) Error() string {
	return fmt.Sprintf("%s %q %s", e.Step, e.Key, e.Reason)
}

// UnreadError says that the ledger could not be asked, which is no fault of a row.
type UnreadError struct{ Err error }

func (e *UnreadError) Error() string { return "reading the ledger: " + e.Err.Error() }

// Unwrap returns Err.
func (e *UnreadError) Unwrap() error { return e.Err }

// refOf is what ref gives in the templates of a row.
func (r *Renderer) refOf(ctx context.Context, row *Row) func(step string, key *string) (string, error) {
	return func(step string, key *string) (string, error) { return r.refer(ctx, row, step, key) }
}

// refer returns the Kustomer id of another step's object; key nil is the key that the row has there.
func (r *Renderer) refer(ctx context.Context, row *Row, name string, key *string) (string, error) {
	parent, ok := r.run.program.Step(name)
	if !ok {
		return "", noStep(name)
	}
	object, at, err := r.referTo(ctx, row, parent, key)
	if err == nil && parent.Finalizer != nil && r.step.Spec.Kind != sinks.Changes {
		row.Undoes = append(row.Undoes, Parent{parent, at.Key, object.ID})
	}
	if object.Gone != nil && (row.Gone == nil || object.Gone.Gone) {
		row.Gone = object.Gone
	}
	row.ParentMade = max(row.ParentMade, object.CreatedIn)
	return object.ID, err
}

func noStep(name string) error { return fmt.Errorf("ref: there is no step %q", name) }

// referTo is refer, once the step is known; it also returns which object that is.
func (r *Renderer) referTo(ctx context.Context, row *Row, parent *program.Step, key *string) (object Object, at Ref, err error) {
	name := parent.Name()
	own, skipped, err := r.inParent(&row.View, parent)
	if key == nil {
		if err != nil {
			return Object{}, at, fmt.Errorf("ref %q: the row has no key in that step: %w", name, err)
		}
		key = &own
	}
	if *key == "" {
		return Object{}, at, fmt.Errorf("ref %q: the key is empty", name)
	}
	at = Ref{name, *key}
	if object, ok := r.run.objects.get(at); ok {
		return object, at, nil
	}
	skipped = skipped && own == *key
	object, err = r.lookups.Parent(ctx, at, skipped)
	var missing *ParentError
	switch {
	case skipped && errors.As(err, &missing):
		missing.Outcome, missing.Reason = ledger.Skipped, "is skipped on the same row"
	case err == nil && object.ID == "": // a placeholder is made anew for each row, which shows it as what it stands for
		object.ID = row.Placeholders.id(at)
	case err == nil:
		r.run.objects.put(at, object)
	}
	return object, at, err
}

// inParent renders the key that a row has in another step of the same source, and reports whether
// that step skips the row. Rows of another source have none.
func (r *Renderer) inParent(v *View, parent *program.Step) (key string, skipped bool, err error) {
	if parent.Source != r.step.Source {
		return "", false, nil
	}
	seen := *v
	if parent.Config.Each.Value == "" {
		seen = v.outer()
	}
	in := r.inputOf(&seen, "")
	if key, err = parent.Key.Text(&in); err != nil {
		return "", false, err
	}
	if parent.When != nil {
		wanted, err := parent.When.Bool(&in)
		skipped = err == nil && !wanted
	}
	return key, skipped, nil
}
