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
	var room [32]any
	values, err := m.Values(in, room[:])
	if err != nil {
		return nil, err
	}
	return m.Payload(values), nil
}

// Values renders the templates of one row, each into the slot that its Part names, nil where it came out
// empty; they are in room, where that is large enough. The error is that of Apply.
func (m *Mapping) Values(in *Input, room []any) ([]any, error) {
	f := getFrame(in)
	defer f.release()
	values := slices.Grow(room[:0], m.slots)[:m.slots]
	for _, leaf := range m.leaves {
		v, err := leaf.eval(f)
		if err != nil {
			return nil, err
		}
		values[leaf.slot] = v
	}
	return values, nil
}

// eval renders a template; nil when it is empty.
func (v *value) eval(f *frame) (any, error) {
	got, err := v.program.eval(f, v.path)
	if err != nil {
		return nil, err
	}
	rendered, err := new(cleaner).clean(got, 0, v.clear)
	return rendered, v.program.fail(v.path, err)
}

// Payload puts what Values returned together.
func (m *Mapping) Payload(values []any) map[string]any {
	payload := make(map[string]any, len(m.fields))
	for i := range m.fields {
		field := &m.fields[i]
		field.value.into(payload, field.name, values)
	}
	return payload
}

// into puts a value into an object, unless it is empty. alive says whether a template in it came out other
// than empty.
func (v *value) into(object map[string]any, name string, values []any) (alive bool) {
	made, alive := v.made(values)
	switch {
	case made != nil:
		object[name] = made
	case v.clear:
		object[name] = Null
	}
	return alive
}

// made returns a value, nil when it is empty.
func (v *value) made(values []any) (made any, alive bool) {
	switch {
	case v.kind == List:
		return v.list(values)
	case v.kind == Map:
		return v.object(values)
	case v.program != nil:
		made = values[v.slot]
		return made, made != nil
	case v.constant == "":
		return nil, false
	}
	return v.constant, false
}

func (v *value) list(values []any) (made any, alive bool) {
	list := make([]any, 0, len(v.items))
	for i := range v.items {
		item, live := v.items[i].made(values)
		alive = alive || live
		if item != nil {
			list = append(list, item)
		}
	}
	if len(list) == 0 {
		return nil, alive
	}
	return list, alive
}

// object makes an object. One whose templates all came out empty is empty, whatever constants stand
// beside them, unless its members are to be cleared one by one.
func (v *value) object(values []any) (made any, alive bool) {
	object := make(map[string]any, len(v.members))
	for i := range v.members {
		m := &v.members[i]
		live := m.value.into(object, m.name, values)
		alive = alive || live
	}
	if len(object) == 0 || v.templates && !alive && !v.clear {
		return nil, false
	}
	return object, alive
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
