package mappings

import (
	"errors"
	"maps"
	"math"
	"slices"
)

// Apply renders the payload of one row. Values are text, json.Number, int64, float64, bool,
// time.Time, Null, []any and map[string]any, and Later where a dry run knows no better; nothing in it is shared with the row. The error is an
// *Error that names the field.
func (m *Mapping) Apply(in *Input) (map[string]any, error) {
	f := getFrame(in)
	defer f.release()
	payload := make(map[string]any, len(m.fields))
	for i := range m.fields {
		field := &m.fields[i]
		if _, err := field.value.into(payload, field.name, f); err != nil {
			return nil, err
		}
	}
	return payload, nil
}

// into renders a value and puts it into an object, unless it is empty. alive says whether a
// template in it came out other than empty.
func (v *value) into(object map[string]any, name string, f *frame) (alive bool, err error) {
	rendered, alive, err := v.render(f)
	switch {
	case err != nil:
		return false, err
	case rendered != nil:
		object[name] = rendered
	case v.clear:
		object[name] = Null
	}
	return alive, nil
}

// render returns a value, nil when it is empty.
func (v *value) render(f *frame) (rendered any, alive bool, err error) {
	switch {
	case v.kind == List:
		return v.renderList(f)
	case v.kind == Map:
		return v.renderObject(f)
	case v.program == nil:
		if v.constant == "" {
			return nil, false, nil
		}
		return v.constant, false, nil
	}
	got, err := v.program.eval(f, v.path)
	if err != nil {
		return nil, false, err
	}
	rendered, err = new(cleaner).clean(got, 0, v.clear)
	if err != nil {
		return nil, false, v.program.fail(v.path, err)
	}
	return rendered, rendered != nil, nil
}

func (v *value) renderList(f *frame) (any, bool, error) {
	list, alive := make([]any, 0, len(v.items)), false
	for i := range v.items {
		item, live, err := v.items[i].render(f)
		if err != nil {
			return nil, false, err
		}
		alive = alive || live
		if item != nil {
			list = append(list, item)
		}
	}
	if len(list) == 0 {
		return nil, alive, nil
	}
	return list, alive, nil
}

// renderObject renders an object. One whose templates all came out empty is empty, whatever
// constants stand beside them, unless its members are to be cleared one by one.
func (v *value) renderObject(f *frame) (any, bool, error) {
	object, alive := make(map[string]any, len(v.members)), false
	for i := range v.members {
		m := &v.members[i]
		live, err := m.value.into(object, m.name, f)
		if err != nil {
			return nil, false, err
		}
		alive = alive || live
	}
	if len(object) == 0 || v.templates && !alive && !v.clear {
		return nil, false, nil
	}
	return object, alive, nil
}

// cleaner takes the empty values out of a list or an object that a template gave, as the mapping
// does with its own, and copies it, since it may be part of the row.
type cleaner struct{ work int }

// clean returns nil for an empty value; clear says that empty members of objects become Null.
func (c *cleaner) clean(v any, depth int, clear bool) (any, error) {
	c.work++
	switch known := v.(type) {
	case int:
		return int64(known), nil
	case float64:
		if math.IsNaN(known) || math.IsInf(known, 0) {
			return nil, errNotFloat
		}
	case string:
		if c.work += len(known) / 16; known == "" {
			return nil, nil
		}
	case []any:
		return c.cleanList(known, depth)
	case map[string]any:
		return c.cleanObject(known, depth, clear)
	}
	return v, c.tooMuch(depth)
}

func (c *cleaner) cleanList(list []any, depth int) (any, error) {
	if err := c.tooMuch(depth); err != nil {
		return nil, err
	}
	kept := make([]any, 0, len(list))
	for _, item := range list {
		cleaned, err := c.clean(item, depth+1, false)
		if err != nil {
			return nil, err
		}
		if cleaned != nil {
			kept = append(kept, cleaned)
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return kept, nil
}

func (c *cleaner) cleanObject(object map[string]any, depth int, clear bool) (any, error) {
	if err := c.tooMuch(depth); err != nil {
		return nil, err
	}
	kept := make(map[string]any, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		cleaned, err := c.clean(object[name], depth+1, clear)
		switch {
		case err != nil:
			return nil, err
		case cleaned != nil:
			kept[name] = cleaned
		case clear:
			kept[name] = Null
		}
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return kept, nil
}

var errTooMuch = errors.New("gives a list or an object of more than 100,000 values or 1 MiB of text")

func (c *cleaner) tooMuch(depth int) error {
	switch {
	case depth > maxNesting:
		return errTooDeep
	case c.work > maxItems:
		return errTooMuch
	}
	return nil
}
