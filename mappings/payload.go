package mappings

import "slices"

// Apply renders the payload of one row. Its values are text, json.Number, int64, float64, bool, time.Time, Null,
// []any, map[string]any, and RunTimeValue where a dry run knows no better; none of them is shared with the row. The error
// is an *Error that names the field.
func (m *Mapping) Apply(in *Input) (map[string]any, error) {
	var room [32]any
	rendered, err := m.Values(in, room[:])
	if err != nil {
		return nil, err
	}
	return m.Payload(rendered), nil
}

// Values renders the templates of one row, each into the slot that its Part names, and nil where the value is
// empty. It returns them in room, where that is large enough. The error is that of Apply.
func (m *Mapping) Values(in *Input, room []any) ([]any, error) {
	f := getFrame(in)
	defer f.release()
	rendered := slices.Grow(room[:0], m.slots)[:m.slots]
	for _, leaf := range m.leaves {
		v, err := leaf.render(f)
		if err != nil {
			return nil, err
		}
		rendered[leaf.slot] = v
	}
	return rendered, nil
}

// render returns what the template of v gives; nil when that is empty.
func (v *value) render(f *Frame) (any, error) {
	given, err := v.template.eval(f, v.path)
	if err != nil {
		return nil, err
	}
	cleaned, err := new(cleaner).clean(given, 0, v.clear)
	return cleaned, v.template.fail(v.path, err)
}

// Payload puts what Values returned together to the payload of the row.
func (m *Mapping) Payload(rendered []any) map[string]any {
	payload := make(map[string]any, len(m.fields))
	for i := range m.fields {
		field := &m.fields[i]
		field.value.putInto(payload, field.name, rendered)
	}
	return payload
}

// putInto puts a value into an object, unless it is empty. filled reports whether a template in it gave something.
func (v *value) putInto(object map[string]any, name string, rendered []any) (filled bool) {
	made, filled := v.make(rendered)
	switch {
	case made != nil:
		object[name] = made
	case v.clear:
		object[name] = Null
	}
	return filled
}

// make returns a value, nil when it is empty. filled reports whether a template in it gave something.
func (v *value) make(rendered []any) (made any, filled bool) {
	switch {
	case v.kind == List:
		return v.makeList(rendered)
	case v.kind == Map:
		return v.makeObject(rendered)
	case v.template != nil:
		made = rendered[v.slot]
		return made, made != nil
	case v.constant == "":
		return nil, false
	}
	return v.constant, false
}

func (v *value) makeList(rendered []any) (made any, filled bool) {
	list := make([]any, 0, len(v.items))
	for i := range v.items {
		item, itemFilled := v.items[i].make(rendered)
		filled = filled || itemFilled
		if item != nil {
			list = append(list, item)
		}
	}
	if len(list) == 0 {
		return nil, filled
	}
	return list, filled
}

// makeObject makes an object. One whose templates all gave nothing is empty, whatever constants stand beside them,
// unless its members are to be cleared one by one.
func (v *value) makeObject(rendered []any) (made any, filled bool) {
	object := make(map[string]any, len(v.members))
	for i := range v.members {
		m := &v.members[i]
		memberFilled := m.value.putInto(object, m.name, rendered)
		filled = filled || memberFilled
	}
	if len(object) == 0 || v.dynamic && !filled && !v.clear {
		return nil, false
	}
	return object, filled
}
