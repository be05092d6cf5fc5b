package mappings

import (
	"fmt"
	"slices"
	"strings"
)

func bindCol(s *site) impl {
	name, _ := s.text(0)
	s.c.checkColumn(s.args[0].at, theRow, []string{name})
	return func(f *frame, _ []any) (any, error) { return f.in.Row.Get(name), nil }
}

func bindParent(s *site) impl {
	if !s.c.opts.Each {
		return s.fault(-1, "there is no outer row", "it is the row around the elements of each:, which this step does not have")
	}
	return func(f *frame, _ []any) (any, error) { return f.in.Parent, nil }
}

func bindKey(s *site) impl {
	if s.c.opts.KeyText {
		return s.fault(-1, "the key cannot be made from itself", "make it of the row's columns")
	}
	return func(f *frame, _ []any) (any, error) { return f.in.Key, nil }
}

func bindRef(s *site) impl {
	step, _ := s.text(0)
	o := s.c.opts
	switch {
	case o.KeyText:
		return s.fault(-1, "a key cannot hold an id that Kustomer gives", "make it of the row's columns, so that it is known before anything is sent")
	case step == o.Step && step != "":
		return s.fault(0, "a step cannot refer to itself", "name the step that loads the parents")
	case !slices.Contains(o.Steps, step):
		return s.fault(0, fmt.Sprintf("no step %q", step), stepHint(step, o.Steps))
	case len(s.args) == 1 && !slices.Contains(o.SameRow, step):
		return s.fault(0, fmt.Sprintf("step %q reads another source, so this row has no key in it", step), fmt.Sprintf("give the parent's key: ref %q (print ... .column)", step))
	}
	s.c.program.refs = append(s.c.program.refs, RefUse{Step: step, Pos: s.c.program.text.At(s.at)})
	return func(f *frame, args []any) (any, error) { return callRef(f, step, args[1:]) }
}

func stepHint(step string, steps []string) string {
	if near, ok := Nearest(step, steps); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(steps) == 0 {
		return "there is no other step in this file"
	}
	return "the steps are " + strings.Join(steps, ", ")
}

func callRef(f *frame, step string, key []any) (any, error) {
	if f.in.Ref == nil {
		return nil, fmt.Errorf("the ids of step %q are not known here", step)
	}
	var given *string
	if len(key) > 0 {
		text, err := asText(key[0])
		if err != nil {
			return nil, err
		}
		if text == "" {
			return nil, &ownWords{fmt.Errorf("ref %q: the key is empty; if a row may have no parent, put {{ if .column }} around the ref", step)}
		}
		given = &text
	}
	id, err := f.in.Ref(step, given)
	if err != nil {
		return nil, &ownWords{err}
	}
	return id, nil
}

func bindLookup(s *site) impl {
	name, _ := s.text(0)
	table, ok := s.c.opts.Tables[name]
	if !ok {
		var names []string
		for n := range s.c.opts.Tables {
			names = append(names, n)
		}
		slices.Sort(names)
		hint := "declare it under tables:"
		if near, ok := Nearest(name, names); ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return s.fault(0, fmt.Sprintf("no table %q", name), hint)
	}
	return func(_ *frame, args []any) (any, error) {
		key, err := asText(args[1])
		if err != nil {
			return nil, err
		}
		if v, ok := table[key]; ok {
			return v, nil
		}
		if key == "" {
			return "", nil
		}
		if v, ok := table["*"]; ok {
			return v, nil
		}
		return nil, &ValueError{
			Message: fmt.Sprintf(`table %q has no such key; add it, or "*" for every other key`, name),
			Value:   key,
		}
	}
}

// bindVolatile is for values that differ from run to run, which a key must not.
func bindVolatile(fn impl) binder {
	return func(s *site) impl {
		if s.c.opts.KeyText {
			return s.fault(-1, "a key must be the same in every run", "make it of the row's columns")
		}
		s.c.program.volatile = true
		return fn
	}
}

func rowNumber(f *frame, _ []any) (any, error) { return int64(f.in.Number), nil }
func fileName(f *frame, _ []any) (any, error)  { return f.in.File, nil }
func runStart(f *frame, _ []any) (any, error)  { return f.in.Now, nil }
func runID(f *frame, _ []any) (any, error)     { return f.in.RunID, nil }
func nullValue(*frame, []any) (any, error)     { return Null, nil }
