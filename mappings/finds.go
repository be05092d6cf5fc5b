package mappings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// FindForm is one way to find something, as templates name it: find "KIND" "BY" ARGS...
type FindForm struct {
	Kind string
	By   string   // "" where there is nothing to choose
	Args []string // the values that follow, in words
}

// FindUse is a use of find or findOr in a template.
type FindUse struct {
	Kind, By string
	Pos      Pos
}

// Later is what a template gives in a dry run when it uses find: only a real run finds something.
type Later struct {
	Question string // what would be asked
}

// laterError ends a template whose value only a real run knows.
type laterError struct{ Later }

func (*laterError) Error() string { return "find asks only in a real run" }

// asLater returns what a template gives that ended with a laterError.
func asLater(err error) (Later, bool) {
	if err == nil {
		return Later{}, false
	}
	if e, ok := errors.AsType[*laterError](err); ok {
		return e.Later, true
	}
	return Later{}, false
}

// written is how a template writes the form: find "user" "email" EMAIL.
func (f FindForm) written(name string) string {
	words := []string{name}
	if name == "findOr" {
		words = append(words, "DEFAULT")
	}
	words = append(words, fmt.Sprintf("%q", f.Kind))
	if f.By != "" {
		words = append(words, fmt.Sprintf("%q", f.By))
	}
	for _, arg := range f.Args {
		words = append(words, strings.ToUpper(arg))
	}
	return strings.Join(words, " ")
}

func bindFind(s *site) impl {
	form, ok := s.findForm(0)
	if !ok {
		return nil
	}
	from := len(s.args) - len(form.Args)
	return func(f *frame, args []any) (any, error) {
		v, found, err := callFind(f, form, args[from:])
		switch {
		case err != nil:
			return nil, err
		case !found:
			return nil, &ownWords{nothingFound(form, args[from:])}
		}
		return v, nil
	}
}

func bindFindOr(s *site) impl {
	form, ok := s.findForm(1)
	if !ok {
		return nil
	}
	from := len(s.args) - len(form.Args)
	return func(f *frame, args []any) (any, error) {
		v, found, err := callFind(f, form, args[from:])
		if err == nil && !found {
			return args[0], nil
		}
		return v, err
	}
}

// findForm checks what a template wants to find; its kind is the argument at first.
func (s *site) findForm(first int) (form FindForm, ok bool) {
	if s.c.opts.NoFind {
		s.fault(-1, "this must be known before Kustomer is asked", "use it in the mapping; keys, conditions and ordering keys are made of the row's columns")
		return form, false
	}
	kind, _ := s.text(first)
	forms := slices.DeleteFunc(slices.Clone(s.c.opts.Finds), func(f FindForm) bool { return f.Kind != kind })
	if len(forms) == 0 {
		s.fault(first, fmt.Sprintf("nothing of the kind %q can be found", kind), nearestOf(kind, kindsOf(s.c.opts.Finds)))
		return form, false
	}
	rest := s.args[first+1:]
	form = forms[0]
	if form.By != "" { // else there is nothing to choose
		if form, ok = s.findBy(forms, first+1); !ok {
			return form, false
		}
		rest = rest[1:]
	}
	if len(rest) != len(form.Args) {
		s.fault(-1, fmt.Sprintf("wrong number of values (%d) behind the kind", len(rest)), "write "+form.written(s.name))
		return form, false
	}
	s.c.program.finds = append(s.c.program.finds, FindUse{Kind: form.Kind, By: form.By, Pos: s.c.program.text.At(s.at)})
	return form, true
}

// findBy checks by what something is to be found; forms are those of its kind.
func (s *site) findBy(forms []FindForm, arg int) (FindForm, bool) {
	var ways []string
	for _, f := range forms {
		ways = append(ways, f.By)
	}
	by, written := s.text(arg)
	if !written {
		s.fault(min(arg, len(s.args)-1), fmt.Sprintf("by what the %s is found must be written out in quotes", forms[0].Kind), "write one of: "+waysOf(forms, s.name))
		return FindForm{}, false
	}
	for _, f := range forms {
		if f.By == by {
			return f, true
		}
	}
	s.fault(arg, fmt.Sprintf("a %s cannot be found by %q", forms[0].Kind, by), nearestOf(by, ways))
	return FindForm{}, false
}

func waysOf(forms []FindForm, name string) string {
	var ways []string
	for _, f := range forms {
		ways = append(ways, f.written(name))
	}
	return strings.Join(ways, ", ")
}

func kindsOf(forms []FindForm) []string {
	var kinds []string
	for _, f := range forms {
		if !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	return kinds
}

func nearestOf(word string, known []string) string {
	switch near, ok := Nearest(word, known); {
	case ok:
		return fmt.Sprintf("did you mean %q?", near)
	case len(known) == 0:
		return "there is nothing to find here"
	}
	return "use one of " + strings.Join(known, ", ")
}

// callFind asks for what a form finds. A value that is empty finds nothing, and nobody is asked.
func callFind(f *frame, form FindForm, values []any) (v any, found bool, err error) {
	if f.in.Find == nil {
		return nil, false, errors.New("nothing can be found here")
	}
	args := make([]string, len(values))
	for i, value := range values {
		if args[i], err = asText(value); err != nil || args[i] == "" {
			return nil, false, err
		}
	}
	v, found, err = f.in.Find(form.Kind, form.By, args)
	if err != nil {
		return nil, false, &ownWords{err}
	}
	if later, ok := v.(Later); ok {
		return nil, false, &laterError{later}
	}
	return v, found, nil
}

// nothingFound is the error of find without a hit.
func nothingFound(form FindForm, values []any) error {
	name := FindForm{Kind: form.Kind, By: form.By}.written("find")
	for i, value := range values {
		if isEmpty(value) {
			return fmt.Errorf("%s: the %s is empty; correct the row, or give a default with findOr", name, form.Args[i])
		}
	}
	e := &ValueError{Message: name + ": Kustomer has none; correct the row, or give a default with findOr", Absent: true}
	if len(values) > 0 {
		e.Value = shown(values[len(values)-1])
	}
	return e
}
