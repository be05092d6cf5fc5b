package functions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

func listFunctions() []Function {
	const g = "list"
	return []Function{
		{"list", g, `list [A...]`,
			"A list of the values.",
			`{{ list "a" .id }}`, `["a","7"]`, run(list)},
		{"split", g, `split SEPARATOR TEXT`,
			`The parts of the text as a list; "" is an empty list.`,
			`{{ .labels | split "|" }}`, `["vip","new"]`, run(split)},
		{"join", g, `join SEPARATOR LIST`,
			"The items as one text.",
			`{{ list "a" "b" | join ", " }}`, "a, b", run(join)},
		{"first", g, `first LIST`,
			"The first item; nothing of an empty list.",
			`{{ first .tags }}`, "red", run(onList(first))},
		{"last", g, `last LIST`,
			"The last item; nothing of an empty list.",
			`{{ last .tags }}`, "blue", run(onList(last))},
		{"rest", g, `rest LIST`,
			"All but the first item.",
			`{{ rest .tags }}`, `["blue"]`, run(onList(rest))},
		{"index", g, `index A KEY...`,
			"The item of a list (counted from 0) or the member of an object; nothing when there is none.",
			`{{ index .tags 1 }}`, "blue", bindIndex},
		{"slice", g, `slice A START [END]`,
			"The items of a list, or the characters of a text, from START, counted from 0, up to END.",
			`{{ slice "hello" 1 3 }}`, "el", ordered(run(slice))},
		{"len", g, `len A`,
			"The number of items, of members, or of characters.",
			`{{ len "Grüße" }}`, "5", run(length)},
		{"has", g, `has A LIST`,
			"Whether the list has the item.",
			`{{ has "red" .tags }}`, "true", run(has)},
		{"uniq", g, `uniq LIST`,
			"Without items that were there before.",
			`{{ uniq (list 1 2 1) }}`, "[1,2]", run(uniq)},
		{"compact", g, `compact LIST`,
			"Without empty items.",
			`{{ compact (list "a" "") }}`, `["a"]`, run(onList(compact))},
		{"sortAlpha", g, `sortAlpha LIST`,
			"Sorted as text.",
			`{{ sortAlpha (list "b" "a") }}`, `["a","b"]`, run(onList(sortAlpha))},
		{"reverse", g, `reverse LIST`,
			"The other way round.",
			`{{ reverse (list 1 2) }}`, "[2,1]", run(onList(reverse))},
		{"concat", g, `concat LIST...`,
			"The items of all lists in one.",
			`{{ concat .tags (list "x") }}`, `["red","blue","x"]`, run(concat)},
		{"pluck", g, `pluck NAME LIST`,
			"One member of every object in a list.",
			`{{ pluck "email" .emails }}`, `["a@x.io","b@x.io"]`, run(pluck)},
	}
}

// onList returns a function of one list.
func onList(fn func([]any) (any, error)) mappings.Func {
	return func(_ *mappings.Frame, args []any) (any, error) {
		l, err := values.List(args[0])
		if err != nil {
			return nil, err
		}
		return fn(l)
	}
}

func list(_ *mappings.Frame, args []any) (any, error) { return slices.Clone(args), nil }

func split(_ *mappings.Frame, args []any) (any, error) {
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
	if parts > values.MaxItems {
		return nil, values.ErrTooMany
	}
	items := make([]any, 0, parts)
	for part := range strings.SplitSeq(s, separator) {
		items = append(items, part)
	}
	return items, nil
}

func join(_ *mappings.Frame, args []any) (any, error) {
	separator, err := values.Text(args[0])
	if err != nil {
		return nil, err
	}
	items, err := values.List(args[1])
	if err != nil {
		return nil, err
	}
	var b []byte
	for i, item := range items {
		if i > 0 {
			b = append(b, separator...)
		}
		if b, err = values.AppendText(b, item); err != nil {
			return nil, err
		}
		if len(b) > values.MaxText {
			return nil, values.ErrTooLong
		}
	}
	return string(b), nil
}

func first(l []any) (any, error) {
	if len(l) == 0 {
		return nil, nil
	}
	return l[0], nil
}

func last(l []any) (any, error) {
	if len(l) == 0 {
		return nil, nil
	}
	return l[len(l)-1], nil
}

func rest(l []any) (any, error) { return l[min(1, len(l)):], nil }

func bindIndex(c *mappings.Call) mappings.Func {
	if !c.ReadsMember(1) {
		return nil
	}
	return func(_ *mappings.Frame, args []any) (v any, err error) {
		v = args[0]
		for _, key := range args[1:] {
			if v, err = item(v, key); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
}

// item returns an item of a list or a member of an object; nil when it is not there.
func item(v, key any) (any, error) {
	if _, ok := v.([]any); !ok {
		name, err := values.Text(key)
		if err != nil {
			return nil, err
		}
		return values.Member(v, name)
	}
	i, err := values.Int(key)
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

func slice(_ *mappings.Frame, args []any) (any, error) {
	start, err := values.Int(args[1])
	if err != nil {
		return nil, err
	}
	end := -1
	if len(args) > 2 {
		if end, err = values.Int(args[2]); err != nil {
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

func length(_ *mappings.Frame, args []any) (any, error) {
	switch v := args[0].(type) {
	case []any:
		return int64(len(v)), nil
	case map[string]any:
		return int64(len(v)), nil
	}
	s, err := values.Text(args[0])
	return int64(utf8.RuneCountInString(s)), err
}

func has(_ *mappings.Frame, args []any) (any, error) {
	l, err := values.List(args[1])
	if err != nil {
		return nil, err
	}
	for _, item := range l {
		if same, err := values.Equal(item, args[0]); err == nil && same {
			return true, nil
		}
	}
	return false, nil
}

func uniq(f *mappings.Frame, args []any) (any, error) {
	l, err := values.List(args[0])
	if err != nil {
		return nil, err
	}
	seen, kept := make(map[string]bool, len(l)), make([]any, 0, len(l))
	for _, item := range l {
		b, err := values.AppendJSON(nil, item)
		if err != nil {
			return nil, err
		}
		text := string(b)
		if err := f.Spend(text); err != nil {
			return nil, err
		}
		if !seen[text] {
			seen[text] = true
			kept = append(kept, item)
		}
	}
	return kept, nil
}

func compact(l []any) (any, error) {
	return slices.DeleteFunc(slices.Clone(l), values.IsEmpty), nil
}

func sortAlpha(l []any) (any, error) {
	texts := make([]string, len(l))
	for i, item := range l {
		var err error
		if texts[i], err = values.Text(item); err != nil {
			return nil, err
		}
	}
	slices.Sort(texts)
	sorted := make([]any, len(l))
	for i, t := range texts {
		sorted[i] = t
	}
	return sorted, nil
}

func reverse(l []any) (any, error) {
	turned := slices.Clone(l)
	slices.Reverse(turned)
	return turned, nil
}

func concat(_ *mappings.Frame, args []any) (any, error) {
	all := []any{}
	for _, a := range args {
		l, err := values.List(a)
		if err != nil {
			return nil, err
		}
		if len(all)+len(l) > values.MaxItems {
			return nil, values.ErrTooMany
		}
		all = append(all, l...)
	}
	return all, nil
}

func pluck(_ *mappings.Frame, args []any) (any, error) {
	name, err := values.Text(args[0])
	if err != nil {
		return nil, err
	}
	l, err := values.List(args[1])
	if err != nil {
		return nil, err
	}
	members := make([]any, 0, len(l))
	for _, object := range l {
		v, err := values.Member(object, name)
		if err != nil {
			return nil, err
		}
		if v != nil {
			members = append(members, v)
		}
	}
	return members, nil
}
