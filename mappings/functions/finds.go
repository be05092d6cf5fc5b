package functions

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

func bindFind(c *mappings.Call) mappings.Func {
	form, ok := findForm(c, 0)
	if !ok {
		return nil
	}
	from := c.Args() - len(form.Args)
	return func(f *mappings.Frame, args []any) (any, error) {
		v, found, err := callFind(f, form, args[from:])
		switch {
		case err != nil:
			return nil, err
		case !found:
			return nil, mappings.Unprefixed(nothingFound(form, args[from:]))
		}
		return v, nil
	}
}

func bindFindOr(c *mappings.Call) mappings.Func {
	form, ok := findForm(c, 1)
	if !ok {
		return nil
	}
	from := c.Args() - len(form.Args)
	return func(f *mappings.Frame, args []any) (any, error) {
		v, found, err := callFind(f, form, args[from:])
		if err == nil && !found {
			return args[0], nil
		}
		return v, err
	}
}

// findForm returns the form of a call of find or findOr, whose kind is the argument number first. False: there is
// no such form, which is reported.
func findForm(c *mappings.Call, first int) (form mappings.FindForm, ok bool) {
	o := c.Options()
	if o.NoFind {
		c.Refuse(-1, "this must be known before Kustomer is asked", "use it in the mapping; keys, conditions and ordering keys are made of the row's columns")
		return form, false
	}
	kind, _ := c.Text(first)
	forms := slices.DeleteFunc(slices.Clone(o.Finds), func(f mappings.FindForm) bool { return f.Kind != kind })
	if len(forms) == 0 {
		c.Refuse(first, fmt.Sprintf("nothing of the kind %q can be found", kind), nearestOf(kind, kindsOf(o.Finds)))
		return form, false
	}
	given := c.Args() - first - 1
	form = forms[0]
	if form.By != "" { // else the kind is found in one way only
		if form, ok = findBy(c, forms, first+1); !ok {
			return form, false
		}
		given--
	}
	if given != len(form.Args) {
		c.Refuse(-1, fmt.Sprintf("wrong number of values (%d) behind the kind", given), "write "+written(c.Name(), form))
		return form, false
	}
	c.UsesFind(form.Kind, form.By)
	return form, true
}

// findBy returns the form, of those of one kind, whose By is the argument number arg. False: there is none, which is
// reported.
func findBy(c *mappings.Call, forms []mappings.FindForm, arg int) (mappings.FindForm, bool) {
	var ways, calls []string
	for _, f := range forms {
		ways = append(ways, f.By)
		calls = append(calls, written(c.Name(), f))
	}
	by, ok := c.Text(arg)
	if !ok {
		c.Refuse(min(arg, c.Args()-1), fmt.Sprintf("by what the %s is found must be written out in quotes", forms[0].Kind), "write one of: "+strings.Join(calls, ", "))
		return mappings.FindForm{}, false
	}
	if i := slices.Index(ways, by); i >= 0 {
		return forms[i], true
	}
	c.Refuse(arg, fmt.Sprintf("a %s cannot be found by %q", forms[0].Kind, by), nearestOf(by, ways))
	return mappings.FindForm{}, false
}

// written returns how a template writes the form: find "user" "email" EMAIL.
func written(function string, form mappings.FindForm) string {
	words := []string{function}
	if function == "findOr" {
		words = append(words, "DEFAULT")
	}
	words = append(words, fmt.Sprintf("%q", form.Kind))
	if form.By != "" {
		words = append(words, fmt.Sprintf("%q", form.By))
	}
	for _, arg := range form.Args {
		words = append(words, strings.ToUpper(arg))
	}
	return strings.Join(words, " ")
}

func kindsOf(forms []mappings.FindForm) []string {
	var kinds []string
	for _, f := range forms {
		if !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	return kinds
}

func nearestOf(word string, known []string) string {
	switch near, ok := mappings.Nearest(word, known); {
	case ok:
		return fmt.Sprintf("did you mean %q?", near)
	case len(known) == 0:
		return "there is nothing to find here"
	}
	return "use one of " + strings.Join(known, ", ")
}

// callFind asks for what a form finds. An empty value finds nothing, and Kustomer is not asked.
func callFind(f *mappings.Frame, form mappings.FindForm, given []any) (v any, found bool, err error) {
	if f.Input().Find == nil {
		return nil, false, errors.New("nothing can be found here")
	}
	args := make([]string, len(given))
	for i, value := range given {
		if args[i], err = values.Text(value); err != nil || args[i] == "" {
			return nil, false, err
		}
	}
	v, found, err = f.Input().Find(form.Kind, form.By, args)
	if err != nil {
		return nil, false, mappings.Unprefixed(err)
	}
	if later, ok := v.(mappings.RunTimeValue); ok {
		return nil, false, later.Err()
	}
	return v, found, nil
}

// nothingFound is the error of find for a form that found nothing.
func nothingFound(form mappings.FindForm, given []any) error {
	name := written("find", mappings.FindForm{Kind: form.Kind, By: form.By})
	for i, value := range given {
		if values.IsEmpty(value) {
			return fmt.Errorf("%s: the %s is empty; correct the row, or give a default with findOr", name, form.Args[i])
		}
	}
	e := &values.Error{Message: name + ": Kustomer has none; correct the row, or give a default with findOr", Absent: true}
	if len(given) > 0 {
		e.Value = values.Shown(given[len(given)-1])
	}
	return e
}
