package mappings

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

func bindDict(s *site) impl {
	if len(s.args)%2 != 0 {
		return s.fault(-1, "a name has no value", "write dict NAME VALUE NAME VALUE ...")
	}
	return func(_ *frame, args []any) (any, error) {
		object := make(map[string]any, len(args)/2)
		for i := 0; i < len(args); i += 2 {
			name, err := asText(args[i])
			if err != nil {
				return nil, err
			}
			object[name] = args[i+1]
		}
		return object, nil
	}
}

func bindGet(s *site) impl {
	if !bindMember(s, 1) {
		return nil
	}
	return func(_ *frame, args []any) (any, error) {
		name, err := asText(args[1])
		if err != nil {
			return nil, err
		}
		return memberOf(args[0], name)
	}
}

func bindHasKey(s *site) impl {
	s.took = s.args[0].shape != unknown
	return func(_ *frame, args []any) (any, error) {
		name, err := asText(args[1])
		if err != nil {
			return nil, err
		}
		object, err := asObject(args[0])
		_, ok := object[name]
		return ok, err
	}
}

func asObject(v any) (map[string]any, error) {
	object, ok := v.(map[string]any)
	if !ok && !isEmpty(v) {
		return nil, fmt.Errorf("wants an object, got %s", kindOf(v))
	}
	return object, nil
}

func keys(_ *frame, args []any) (any, error) {
	object, err := asObject(args[0])
	if err != nil {
		return nil, err
	}
	names := make([]any, 0, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		names = append(names, name)
	}
	return names, nil
}

func toJSON(_ *frame, args []any) (any, error) {
	b, err := appendJSON(nil, args[0], 0)
	return string(b), err
}

func fromJSON(_ *frame, args []any) (any, error) {
	s, err := asText(args[0])
	if err != nil || s == "" {
		return s, err
	}
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, &ValueError{Message: "not JSON", Value: s}
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, &ValueError{Message: "more than one JSON value", Value: s}
	}
	return v, nil
}
