package functions

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/mappings/values"
)

func objectFunctions() []Function {
	const g = "object"
	return []Function{
		{"dict", g, `dict [NAME A...]`,
			"An object of names and values.",
			`{{ dict "id" .id }}`, `{"id":"7"}`, bindDict},
		{"get", g, `get OBJECT NAME`,
			"A member of an object; nothing when there is none.",
			`{{ get .address "city" }}`, "Oslo", bindGet},
		{"hasKey", g, `hasKey OBJECT NAME`,
			"Whether an object has a member.",
			`{{ hasKey .address "city" }}`, "true", bindHasKey},
		{"keys", g, `keys OBJECT`,
			"The names of an object's members, sorted.",
			`{{ keys .address }}`, `["city"]`, run(keys)},
		{"json", g, `json A`,
			"The value as JSON text.",
			`{{ json .address }}`, `{"city":"Oslo"}`, run(toJSON)},
		{"fromJson", g, `fromJson TEXT`,
			`The value of a JSON text; "" gives "".`,
			`{{ (fromJson "{\"a\":[1]}").a }}`, "[1]", run(fromJSON)},
	}
}

func bindDict(c *mappings.Call) mappings.Func {
	if c.Args()%2 != 0 {
		return c.Refuse(-1, "a name has no value", "write dict NAME VALUE NAME VALUE ...")
	}
	return func(_ *mappings.Frame, args []any) (any, error) {
		object := make(map[string]any, len(args)/2)
		for i := 0; i < len(args); i += 2 {
			name, err := values.Text(args[i])
			if err != nil {
				return nil, err
			}
			object[name] = args[i+1]
		}
		return object, nil
	}
}

func bindGet(c *mappings.Call) mappings.Func {
	if !c.ReadsMember(1) {
		return nil
	}
	return func(_ *mappings.Frame, args []any) (any, error) {
		name, err := values.Text(args[1])
		if err != nil {
			return nil, err
		}
		return values.Member(args[0], name)
	}
}

func bindHasKey(c *mappings.Call) mappings.Func {
	c.ReadsNoColumn()
	return func(_ *mappings.Frame, args []any) (any, error) {
		name, err := values.Text(args[1])
		if err != nil {
			return nil, err
		}
		object, err := values.Object(args[0])
		_, ok := object[name]
		return ok, err
	}
}

func keys(_ *mappings.Frame, args []any) (any, error) {
	object, err := values.Object(args[0])
	if err != nil {
		return nil, err
	}
	names := make([]any, 0, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		names = append(names, name)
	}
	return names, nil
}

func toJSON(_ *mappings.Frame, args []any) (any, error) {
	b, err := values.AppendJSON(nil, args[0])
	return string(b), err
}

func fromJSON(_ *mappings.Frame, args []any) (any, error) {
	s, err := values.Text(args[0])
	if err != nil || s == "" {
		return s, err
	}
	dec := json.NewDecoder(strings.NewReader(s))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, &values.Error{Message: "not JSON", Value: s}
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, &values.Error{Message: "more than one JSON value", Value: s}
	}
	return v, nil
}
