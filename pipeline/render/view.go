package render

import (
	"fmt"
	"iter"
	"strings"

	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sources"
)

// View is what one step sees of a row of its source: the row itself, or one element inside it under each.
type View struct {
	Read    sources.Row    // the row as it was read; the outer row under each
	Number  int            // 1-based number of Read in its source
	Element int            // 1-based number of the element; 0 without each
	Values  sources.Values // what "." is in templates; nil when Err is set
	Parent  map[string]any // what parent is in templates: the outer row; nil without each
	Err     error          // the row, or this element of it, cannot be used
}

// Place is where the row stands, as the ledger keeps it.
func (v *View) Place() ledger.Place {
	p := v.Read.Pos
	if p.Sheet != "" {
		return ledger.Place{Source: p.File + "!" + p.Sheet, Line: p.Line}
	}
	return ledger.Place{Source: p.File, Line: p.Line}
}

// outer is the view of a step of the same source without each.
func (v *View) outer() View {
	if v.Parent == nil {
		return *v
	}
	return View{Read: v.Read, Number: v.Number, Values: sources.Object(v.Parent)}
}

// Views yields what a step sees of a row: the row itself, or with each (a dotted path to an
// array inside it) every element of that array. An array that is missing or null has no elements.
func Views(each string, row sources.Row, number int) iter.Seq[View] {
	whole := View{Read: row, Number: number, Values: row.Values, Err: row.Err}
	if each == "" || row.Err != nil {
		return func(yield func(View) bool) { yield(whole) }
	}
	return func(yield func(View) bool) {
		object := row.Values.Object()
		elements, err := arrayAt(object, each)
		if err != nil {
			whole.Err = err
			yield(whole)
			return
		}
		for i, e := range elements {
			v := View{Read: row, Number: number, Element: i + 1, Parent: object}
			if element, ok := e.(map[string]any); ok {
				v.Values = sources.Object(element)
			} else {
				v.Err = fmt.Errorf("element %d of %q is not an object; each needs an array of objects", i+1, each)
			}
			if !yield(v) {
				return
			}
		}
	}
}

// arrayAt returns the array at a dotted path inside a row.
func arrayAt(values map[string]any, path string) ([]any, error) {
	var at any = values
	for name := range strings.SplitSeq(path, ".") {
		object, ok := at.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("each: %q is not an array inside the row", path)
		}
		if at = object[name]; at == nil {
			return nil, nil
		}
	}
	elements, ok := at.([]any)
	if !ok {
		return nil, fmt.Errorf("each: %q is not an array inside the row", path)
	}
	return elements, nil
}
