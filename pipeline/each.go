package pipeline

import (
	"fmt"
	"iter"
	"strings"

	"github.com/kustsync/kustsync/sources"
)

// viewsOf yields what a step sees of a row: the row itself, or with each (a dotted path to an
// array inside it) every element of that array. An array that is missing or null has no elements.
func viewsOf(each string, row sources.Row, number int) iter.Seq[view] {
	whole := view{row: row, number: number, values: row.Values, err: row.Err}
	if each == "" || row.Err != nil {
		return func(yield func(view) bool) { yield(whole) }
	}
	return func(yield func(view) bool) {
		object := row.Values.Object()
		elements, err := arrayAt(object, each)
		if err != nil {
			whole.err = err
			yield(whole)
			return
		}
		for i, e := range elements {
			v := view{row: row, number: number, element: i + 1, parent: object}
			if element, ok := e.(map[string]any); ok {
				v.values = sources.Object(element)
			} else {
				v.err = fmt.Errorf("element %d of %q is not an object; each needs an array of objects", i+1, each)
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
