package values

import "fmt"

// List returns a value as a list; an empty value is an empty list. Anything else is an error.
func List(v any) ([]any, error) {
	if l, ok := v.([]any); ok {
		return l, nil
	}
	if IsEmpty(v) {
		return nil, nil
	}
	return nil, fmt.Errorf("wants a list, got %s; split makes a list of text", KindOf(v))
}

// Object returns a value as an object; an empty value is an empty object. Anything else is an error.
func Object(v any) (map[string]any, error) {
	object, ok := v.(map[string]any)
	if !ok && !IsEmpty(v) {
		return nil, fmt.Errorf("wants an object, got %s", KindOf(v))
	}
	return object, nil
}

// Member returns a member of an object, and nil for a member that is not there or for any member of an empty
// value. Lists, texts and numbers are an error.
func Member(v any, name string) (any, error) {
	if object, ok := v.(map[string]any); ok {
		return object[name], nil
	}
	if IsEmpty(v) {
		return nil, nil
	}
	if _, ok := v.([]any); ok {
		return nil, fmt.Errorf("a list has no member %q; take an item with index, first or range", name)
	}
	return nil, fmt.Errorf("%s has no member %q; only an object has", KindOf(v), name)
}

// Int returns a value as a whole number; text counts when it is written as a number. A fraction, an empty value
// and a number beyond 64 bits are an error.
func Int(v any) (int, error) {
	switch v := v.(type) {
	case int64:
		return int(v), nil
	case int:
		return v, nil
	}
	r, err := Rat(v)
	if err != nil {
		return 0, err
	}
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, &Error{Message: "not a whole number", Value: Shown(v)}
	}
	return int(r.Num().Int64()), nil
}
