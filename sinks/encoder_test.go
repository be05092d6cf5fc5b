package sinks_test

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/sinks"
)

// encodedSpec has a field of every kind that an encoder treats in its own way.
func encodedSpec() *sinks.Spec {
	text := func(name string) sinks.Field { return sinks.Field{Name: name, Type: sinks.Text} }
	city, kind := text("city"), text("kind")
	city.Required, kind.Default = true, "home"
	address := sinks.Field{Name: "home", Type: sinks.Object, MinItems: 1, MaxItems: 3, Fields: []sinks.Field{city, kind, {Name: "zip", Type: sinks.Integer, Aliases: []string{"code"}}}}
	app := text("app")
	app.Required, app.Default = true, "kustsync"
	return &sinks.Prepare(sinks.Spec{
		Name: "encoded", Params: []string{"class"},
		Create: []sinks.Route{{Method: "POST", Path: "/v1/owners/{owner}/things"}, {Method: "POST", Path: "/v1/names/{name}"}},
		Fields: []sinks.Field{
			{Name: "name", Type: sinks.Text, MinLen: 2, MaxLen: 8, Aliases: []string{"title"}, Nullable: true}, {Name: "owner", Type: sinks.ID}, text("class"), app,
			{Name: "tags", Type: sinks.List, Unique: true, MinItems: 1, MaxItems: 2, Items: &sinks.Field{Type: sinks.Text, Pattern: "^[a-z ]+$"}},
			{Name: "places", Type: sinks.List, Unique: true, MaxItems: 2, Items: &address}, {Name: "custom", Type: sinks.Custom, MaxItems: 2}, address,
			{Name: "meta", Type: sinks.Free}, {Name: "late", Type: sinks.Text, Use: sinks.UpdateOnly}, {Name: "count", Type: sinks.Integer}, {Name: "at", Type: sinks.Time},
		},
	})[0]
}

// encodedParts draws the members of an object; slots lists the names of the fields that the slots are for.
func encodedParts(t *rapid.T, names []string, depth int, slots *[]string) []sinks.Part {
	var parts []sinks.Part
	for _, name := range names {
		if rapid.IntRange(0, 2).Draw(t, "use "+name) > 0 {
			parts = append(parts, encodedPart(t, name, depth, slots))
		}
	}
	return parts
}

func encodedPart(t *rapid.T, name string, depth int, slots *[]string) sinks.Part {
	part := sinks.Part{Name: name, Form: sinks.PartSlot}
	switch ordinary := rapid.IntRange(0, 9).Draw(t, "form") > 0; {
	case ordinary && depth == 0 && (name == "tags" || name == "places"):
		part.Form = sinks.PartList
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			item := sinks.Part{Form: sinks.PartSlot}
			if name == "places" {
				item = sinks.Part{Form: sinks.PartObject, Parts: encodedParts(t, []string{"city", "kind", "code"}, depth+1, slots)}
			} else {
				item.Slot = len(*slots)
				*slots = append(*slots, name)
			}
			part.Parts = append(part.Parts, item)
		}
		return part
	case ordinary && depth == 0 && name == "home":
		part.Form, part.Parts = sinks.PartObject, encodedParts(t, []string{"city", "kind", "zip"}, depth+1, slots)
		return part
	case ordinary && depth == 0 && name == "custom":
		part.Form, part.Parts = sinks.PartObject, encodedParts(t, []string{"tierStr", "sizeNum"}, depth+1, slots)
		return part
	case name == "class", rapid.IntRange(0, 4).Draw(t, "constant") == 0:
		part.Form, part.Const = sinks.PartConst, encodedValue(t, name)
		if part.Const == nil {
			part.Const = ""
		}
		return part
	}
	part.Slot = len(*slots)
	*slots = append(*slots, name)
	return part
}

// fittingValues are values that fit each field, from which most are drawn.
var fittingValues = map[string][]any{
	"name": {"Ann", "ab"}, "owner": {"65a0c0ffee0000000000abcd"}, "class": {"order"}, "tags": {"a", "b c", "a b"}, "custom": {map[string]any{"tierStr": "x"}},
	"places": {[]any{map[string]any{"city": "ab"}}}, "home": {map[string]any{"city": "ab"}}, "city": {"Bern", "Ulm\n\""}, "kind": {"work"}, "zip": {"7", "3.0"}, "code": {"12"},
	"tierStr": {"gold"}, "sizeNum": {"1.50"}, "meta": {"x", true, []any{"a", json.Number("3.0")}}, "count": {"7"}, "at": {"2026-01-31T09:30:00+02:00"}, "app": {"own"},
}

// oddValues fit some fields, or none.
var oddValues = []any{"", "b", "much too long", "ü\"\\\n", "true", json.Number("3.0"), true, []any{"a", "a"}, map[string]any{"city": "ab"}, "\xff"}

// encodedValue draws what a row holds for a field; nil: nothing.
func encodedValue(t *rapid.T, field string) any {
	switch kind := rapid.IntRange(0, 19).Draw(t, "kind of "+field); {
	case kind == 0:
		return rapid.SampledFrom(oddValues).Draw(t, "odd "+field)
	case kind < 6 || len(fittingValues[field]) == 0:
		return nil
	}
	return rapid.SampledFrom(fittingValues[field]).Draw(t, field)
}

// plainPayload makes the payload of a row without an encoder: as in a mapping, what is empty is left out, and so is an
// object whose slots are all empty. filled: a slot in it is not empty.
func plainPayload(parts []sinks.Part, values []any) (payload map[string]any, varies, filled bool) {
	payload = map[string]any{}
	for _, part := range parts {
		v, partVaries, partFilled := plainValue(part, values)
		varies, filled = varies || partVaries, filled || partFilled
		if v != nil {
			payload[part.Name] = v
		}
	}
	return payload, varies, filled
}

func plainValue(part sinks.Part, values []any) (v any, varies, filled bool) {
	switch part.Form {
	case sinks.PartConst:
		if part.Const == "" {
			return nil, false, false
		}
		return part.Const, false, false
	case sinks.PartObject:
		object, varies, filled := plainPayload(part.Parts, values)
		if len(object) == 0 || varies && !filled {
			return nil, varies, false
		}
		return object, varies, filled
	case sinks.PartList:
		var list []any
		for _, item := range part.Parts {
			v, itemVaries, itemFilled := plainValue(item, values)
			varies, filled = varies || itemVaries, filled || itemFilled
			if v != nil {
				list = append(list, v)
			}
		}
		if list == nil {
			return nil, varies, filled
		}
		return list, varies, filled
	}
	return values[part.Slot], true, values[part.Slot] != nil
}

// TestEncoderWritesWhatFitAndCanonicalWrite compares the two ways to make a payload, over random parts and rows. What
// the encoder leaves to Fit it must not refuse too often.
func TestEncoderWritesWhatFitAndCanonicalWrite(t *testing.T) {
	spec := encodedSpec()
	names := []string{"name", "owner", "class", "tags", "places", "custom", "home", "meta", "count", "at", "app", "late", "nothing"}
	encoders, rows := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		var slots []string
		used := names[:len(names)-2]
		if rapid.IntRange(0, 9).Draw(t, "unusual fields") == 0 {
			used = names
		}
		parts := encodedParts(t, used, 0, &slots)
		encoder, ok := sinks.NewPayloadEncoder(spec, parts)
		if !ok {
			return
		}
		encoders++
		for range 40 {
			values := make([]any, len(slots))
			for i, field := range slots {
				if values[i] = encodedValue(t, field); values[i] == "" { // a template that gives "" gives nothing
					values[i] = nil
				}
			}
			payload, _, _ := plainPayload(parts, values)
			body, has, ok := encoder.Encode([]byte("before"), values)
			if !ok {
				continue
			}
			rows++
			fitted, err := spec.Fit(sinks.Create, payload)
			if err != nil {
				t.Fatalf("the encoder writes %s, and Fit says %v", body, err)
			}
			want, err := sinks.Canonical(fitted)
			if err != nil || string(body) != "before"+string(want) {
				t.Fatalf("the encoder writes %s, want %s (%v)", body, want, err)
			}
			for name := range fitted {
				if !has.Has(encoder.Members(slices.Values([]string{name}))) {
					t.Errorf("%s is written, and not among the members", name)
				}
			}
			if has.Has(encoder.Members(slices.Values([]string{"no such field"}))) {
				t.Errorf("the members %b hold one that is no field", has)
			}
		}
	})
	if encoders < 20 || rows < 500 {
		t.Errorf("%d encoders have written %d rows: they leave too much to Fit", encoders, rows)
	}
}
