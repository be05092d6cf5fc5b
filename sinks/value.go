package sinks

import (
	"strings"
	"time"
	"unicode/utf8"
)

// maxDepth bounds how deep lists and maps of a Free value may nest.
const maxDepth = 64

// value fits one value to its field. False: it does not fit, and a FitError is recorded. With true a FitError may have
// been recorded for something inside the value, which rejects the row all the same.
func (f *fitter) value(n *preparedField, v any) (any, bool) {
	if v == nil {
		return f.null(n)
	}
	if later, ok := v.(RunTimeValue); ok {
		return later, true
	}
	switch n.Type {
	case Integer, Number:
		return f.number(n, v)
	case Bool:
		return f.boolean(v)
	case Time:
		return f.time(v)
	case List:
		return f.list(n, v)
	case Object:
		return f.object(n, v)
	case Custom:
		return f.custom(n, v)
	case Free:
		return f.free(v)
	}
	return f.text(n, v)
}

func (f *fitter) null(n *preparedField) (any, bool) {
	switch {
	case n.Type == Free:
		return nil, true
	case !n.Nullable:
		f.fail("null", nil, "cannot be cleared with null; leave it out (empty: omit), or give it a value")
		return nil, false
	case n.Type == List:
		return []any{}, true
	}
	return nil, true
}

func (f *fitter) number(n *preparedField, v any) (any, bool) {
	number, ok := toNumber(v)
	switch {
	case !ok && n.Type == Integer:
		f.fail("type", v, "%s that is no whole number; correct the row, or convert it with the function int", describe(v))
		return nil, false
	case !ok:
		f.fail("type", v, "%s that is no number; correct the row, or convert it with the function number", describe(v))
		return nil, false
	case n.Type == Integer && !number.IsWhole():
		f.fail("type", v, "a number that is not written as a whole one; correct the row, or convert it with the function int")
		return nil, false
	case n.Type == Integer:
		number = number.WithoutFraction()
	}
	if n.Min != nil || n.Max != nil {
		size, _ := number.Float64() // toNumber has checked that it fits
		if n.Min != nil && size < *n.Min || n.Max != nil && size > *n.Max {
			f.fail("range", v, "outside %s; correct the row", n.rangeText())
			return nil, false
		}
	}
	return number.JSON(), true
}

func (f *fitter) boolean(v any) (any, bool) {
	b, ok := toBool(v)
	if !ok {
		f.fail("type", v, "%s that is neither true nor false; correct the row, or convert it with the function bool", describe(v))
		return nil, false
	}
	return b, true
}

func (f *fitter) time(v any) (any, bool) {
	text, ok := toTime(v)
	if !ok {
		f.fail("type", v, "%s that is no date and time with an offset, like 2026-01-31T09:30:00Z; convert it with the function date", describe(v))
		return nil, false
	}
	return text, true
}

// list fits every item. It goes on after one that does not fit, so that all are reported.
func (f *fitter) list(n *preparedField, v any) (any, bool) {
	in, ok := toList(v)
	if !ok {
		f.fail("type", v, "%s where a list is wanted; make one with the function split or list", describe(v))
		return nil, false
	}
	if !f.count(n, len(in), "items") {
		return nil, false
	}
	out := f.roomForItems(in)
	for i, item := range in {
		f.enterItem(i)
		if fitted, ok := f.item(n, item); ok {
			out = append(out, fitted)
		}
		f.leave()
	}
	if len(out) < len(in) || n.Unique && !f.unique(out) {
		return nil, false
	}
	return out, true
}

// roomForItems returns the list that gets the fitted items of in: in itself where it may be changed.
func (f *fitter) roomForItems(in []any) []any {
	if f.inPlace {
		return in[:0]
	}
	return make([]any, 0, len(in))
}

func (f *fitter) item(n *preparedField, v any) (any, bool) {
	if n.items == nil {
		return f.free(v)
	}
	return f.value(n.items, v)
}

// count checks a number of items, members or attributes.
func (f *fitter) count(n *preparedField, have int, what string) bool {
	switch {
	case n.MaxItems > 0 && have > n.MaxItems:
		f.fail("items", nil, "%d %s, and at most %d are taken; leave some out", have, what, n.MaxItems)
		return false
	case have < n.MinItems && n.members != nil:
		f.fail("items", nil, "at least %d of %s must be there; map one", n.MinItems, strings.Join(n.members.names(), ", "))
		return false
	case have < n.MinItems:
		f.fail("items", nil, "%d %s, and at least %d are wanted; map more", have, what, n.MinItems)
		return false
	}
	return true
}

// unique checks that no two fitted items are equal.
func (f *fitter) unique(items []any) bool {
	if len(items) < 2 {
		return true
	}
	first := make(map[string]int, len(items))
	for i, item := range items {
		text, err := appendJSON(nil, item)
		if err != nil {
			f.fail("type", item, "%v; correct the row", err)
			return false
		}
		if j, seen := first[string(text)]; seen {
			f.fail("unique", nil, "items %d and %d are equal; keep one of them", j, i)
			return false
		}
		first[string(text)] = i
	}
	return true
}

func (f *fitter) object(n *preparedField, v any) (any, bool) {
	in, ok := v.(map[string]any)
	if !ok {
		f.fail("type", v, "%s where a map is wanted; map its members one by one, or use the function dict", describe(v))
		return nil, false
	}
	if !f.count(n, len(in), "members") {
		return nil, false
	}
	if n.members == nil {
		return f.free(in)
	}
	return f.members(n.members, in), true
}

// custom fits each attribute to the type that its name's suffix says (kustomer-api.md 5.4).
func (f *fitter) custom(n *preparedField, v any) (any, bool) {
	in, ok := v.(map[string]any)
	if !ok {
		f.fail("type", v, "%s where a map of attributes is wanted; map them one by one, or use the function dict", describe(v))
		return nil, false
	}
	if !f.count(n, len(in), "attributes") {
		return nil, false
	}
	out, fits := f.roomFor(in), 0
	var few [12]member
	for _, m := range sorted(few[:0], in) {
		f.enter(m.name)
		if suffix := n.members.suffixOf(m.name); suffix == nil {
			f.fail("suffix", m.value, "the name of a custom attribute ends in its type; append one of %s",
				strings.Join(n.members.names(), ", "))
		} else if fitted, ok := f.value(suffix, m.value); ok {
			if fits++; !f.isUnchanged(m.value, fitted) {
				out[m.name] = fitted
			}
		}
		f.leave()
	}
	return out, fits == len(in)
}

// free copies any JSON value, its scalars in the forms that Fit promises.
func (f *fitter) free(v any) (any, bool) {
	if len(f.path) > maxDepth {
		f.fail("depth", nil, "nested more than %d deep; map a part of it", maxDepth)
		return nil, false
	}
	if list, ok := toList(v); ok {
		return f.freeList(list)
	}
	switch v := v.(type) {
	case nil, bool, RunTimeValue:
		return v, true
	case string:
		return v, f.utf8(v)
	case map[string]any:
		return f.freeMap(v)
	case time.Time:
		return f.time(v)
	}
	number, ok := toNumber(v)
	if !ok {
		f.fail("type", v, "%s that JSON cannot hold; correct the row", describe(v))
		return nil, false
	}
	return number.JSON(), true
}

func (f *fitter) freeList(in []any) (any, bool) {
	out := make([]any, 0, len(in))
	for i, item := range in {
		f.enterItem(i)
		if fitted, ok := f.free(item); ok {
			out = append(out, fitted)
		}
		f.leave()
	}
	return out, len(out) == len(in)
}

func (f *fitter) freeMap(in map[string]any) (any, bool) {
	out := make(map[string]any, len(in))
	for _, name := range sortedNames(nil, in) {
		f.enter(name)
		if !f.utf8(name) {
			f.leave()
			continue
		}
		if fitted, ok := f.free(in[name]); ok {
			out[name] = fitted
		}
		f.leave()
	}
	return out, len(out) == len(in)
}

func (f *fitter) utf8(text string) bool {
	if utf8.ValidString(text) {
		return true
	}
	f.fail("encoding", nil, "a text that is not UTF-8; set the source's encoding")
	return false
}
