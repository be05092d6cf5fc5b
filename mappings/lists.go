package mappings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// onList makes a function of one list.
func onList(fn func([]any) (any, error)) impl {
	return func(_ *frame, args []any) (any, error) {
		l, err := asList(args[0])
		if err != nil {
			return nil, err
		}
		return fn(l)
	}
}

func list(_ *frame, args []any) (any, error) { return slices.Clone(args), nil }

func split(_ *frame, args []any) (any, error) {
	separator, s, err := twoTexts(args)
	switch {
	case err != nil:
		return nil, err
	case separator == "":
		return nil, errors.New("the separator is empty")
	case s == "":
		return []any{}, nil
	}
	parts := strings.Count(s, separator) + 1
	if parts > maxItems {
		return nil, errTooMany
	}
	items := make([]any, 0, parts)
	for part := range strings.SplitSeq(s, separator) {
		items = append(items, part)
	}
	return items, nil
}

func join(_ *frame, args []any) (any, error) {
	separator, err := asText(args[0])
	if err != nil {
		return nil, err
	}
	items, err := asList(args[1])
	if err != nil {
		return nil, err
	}
	var b []byte
	for i, item := range items {
		if i > 0 {
			b = append(b, separator...)
		}
		if b, err = appendText(b, item); err != nil {
			return nil, err
		}
		if len(b) > maxText {
			return nil, errTooLong
		}
	}
	return string(b), nil
}

func first(f *frame, args []any) (any, error) {
	return onList(func(l []any) (any, error) {
		if len(l) == 0 {
			return nil, nil
		}
		return l[0], nil
	})(f, args)
}

func last(f *frame, args []any) (any, error) {
	return onList(func(l []any) (any, error) {
		if len(l) == 0 {
			return nil, nil
		}
		return l[len(l)-1], nil
	})(f, args)
}

func rest(f *frame, args []any) (any, error) {
	return onList(func(l []any) (any, error) { return l[min(1, len(l)):], nil })(f, args)
}

// bindIndex checks the column of index . "name".
func bindIndex(s *site) impl {
	if !bindMember(s, 1) {
		return nil
	}
	return func(_ *frame, args []any) (v any, err error) {
		v = args[0]
		for _, key := range args[1:] {
			if v, err = item(v, key); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
}

// bindMember checks the name of a member of the row, where it must be written out.
func bindMember(s *site, arg int) bool {
	of := s.args[0].shape
	if of == unknown || len(s.args) <= arg {
		return true
	}
	name, ok := s.text(arg)
	if !ok {
		s.fault(arg, "the name of a column must be written out in quotes", "so that it can be checked against the header")
		return false
	}
	s.took = true
	s.c.checkColumn(s.args[arg].at, of, []string{name})
	return true
}

// item reads one item or member. What is not there is nothing.
func item(v, key any) (any, error) {
	if _, ok := v.([]any); !ok {
		name, err := asText(key)
		if err != nil {
			return nil, err
		}
		return memberOf(v, name)
	}
	i, err := asInt(key)
	if err != nil {
		return nil, fmt.Errorf("an item of a list is named by its number: %w", err)
	}
	if i < 0 {
		return nil, errors.New("items are counted from 0; last gives the last one")
	}
	if l := v.([]any); i < len(l) {
		return l[i], nil
	}
	return nil, nil
}

func slice(_ *frame, args []any) (any, error) {
	start, err := asInt(args[1])
	if err != nil {
		return nil, err
	}
	end := -1
	if len(args) > 2 {
		if end, err = asInt(args[2]); err != nil {
			return nil, err
		}
	}
	if start < 0 || len(args) > 2 && end < start {
		return nil, errors.New("wants 0 <= START <= END")
	}
	if l, ok := args[0].([]any); ok {
		if end < 0 || end > len(l) {
			end = len(l)
		}
		return l[min(start, end):end], nil
	}
	return substr(nil, []any{int64(start), int64(end), args[0]})
}

func length(_ *frame, args []any) (any, error) {
	switch v := args[0].(type) {
	case []any:
		return int64(len(v)), nil
	case map[string]any:
		return int64(len(v)), nil
	}
	s, err := asText(args[0])
	return int64(utf8.RuneCountInString(s)), err
}

func has(_ *frame, args []any) (any, error) {
	l, err := asList(args[1])
	if err != nil {
		return nil, err
	}
	for _, item := range l {
		if same, err := equal(item, args[0]); err == nil && same {
			return true, nil
		}
	}
	return false, nil
}

func uniq(f *frame, args []any) (any, error) {
	return onList(func(l []any) (any, error) {
		seen, kept := make(map[string]bool, len(l)), make([]any, 0, len(l))
		for _, item := range l {
			b, err := appendJSON(nil, item, 0)
			if err != nil {
				return nil, err
			}
			text := string(b)
			if err := f.spend(text); err != nil {
				return nil, err
			}
			if !seen[text] {
				seen[text] = true
				kept = append(kept, item)
			}
		}
		return kept, nil
	})(f, args)
}

func compact(f *frame, args []any) (any, error) {
	return onList(func(l []any) (any, error) {
		return slices.DeleteFunc(slices.Clone(l), isEmpty), nil
	})(f, args)
}

func sortAlpha(f *frame, args []any) (any, error) {
	return onList(func(l []any) (any, error) {
		texts := make([]string, len(l))
		for i, item := range l {
			var err error
			if texts[i], err = asText(item); err != nil {
				return nil, err
			}
		}
		slices.Sort(texts)
		sorted := make([]any, len(l))
		for i, t := range texts {
			sorted[i] = t
		}
		return sorted, nil
	})(f, args)
}

func reverse(f *frame, args []any) (any, error) {
	return onList(func(l []any) (any, error) {
		turned := slices.Clone(l)
		slices.Reverse(turned)
		return turned, nil
	})(f, args)
}

func concat(_ *frame, args []any) (any, error) {
	all := []any{}
	for _, a := range args {
		l, err := asList(a)
		if err != nil {
			return nil, err
		}
		if len(all)+len(l) > maxItems {
			return nil, errTooMany
		}
		all = append(all, l...)
	}
	return all, nil
}

func pluck(_ *frame, args []any) (any, error) {
	name, err := asText(args[0])
	if err != nil {
		return nil, err
	}
	l, err := asList(args[1])
	if err != nil {
		return nil, err
	}
	members := make([]any, 0, len(l))
	for _, object := range l {
		v, err := memberOf(object, name)
		if err != nil {
			return nil, err
		}
		if v != nil {
			members = append(members, v)
		}
	}
	return members, nil
}
