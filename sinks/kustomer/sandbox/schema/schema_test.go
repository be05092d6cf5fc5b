package schema

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

func decode(t *testing.T, text string) any {
	t.Helper()
	v, err := wire.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestMistakesNameTheirPlace has one row for each way to a part of a value.
func TestMistakesNameTheirPlace(t *testing.T) {
	for _, c := range []struct {
		name string
		rule *Rule
		text string
		want []Mistake
	}{
		{"the whole value", Customer, `[]`, []Mistake{{Title: "Invalid type: array (expected object)", Detail: "/type"}}},
		{"a field", Customer, `{"name":1}`, []Mistake{{Title: "Invalid type: number (expected string/null)", Detail: "/properties/name/type", Parameter: "name", Pointer: "/name"}}},
		{"an item of a list", Tags, `["a","#"]`, []Mistake{{Title: "String does not match pattern: " + tagName.String(), Detail: "/items/pattern", Parameter: "1", Pointer: "/1"}}},
		{"a custom attribute", Customer, `{"custom":{"aNum":"x"}}`, []Mistake{{Title: "Invalid type: string (expected number/null)", Detail: "/properties/custom/patternProperties/Num/type", Parameter: "aNum", Pointer: "/custom/aNum"}}},
		{"an unknown field, with marks", Customer, `{"a/b~c":1}`, []Mistake{{Title: "Additional properties not allowed", Detail: "/additionalProperties", Parameter: "a/b~c", Pointer: "/a~1b~0c"}}},
		{"a missing field", NewNote, `{}`, []Mistake{{Title: "Missing required property: body", Detail: "/required/0"}}},
		{"a channel", NewDraft, `{"channel":"voice"}`, []Mistake{{Title: `Data does not match any schemas from "anyOf"`, Detail: "/anyOf"}}},
		{"an id of an item in bulk", Items(CustomerFields, nil, true, true), `[{"_clientRef":"x"}]`, []Mistake{{Title: "Missing required property: id", Detail: "/items/required/0", Parameter: "0", Pointer: "/0"}}},
		{"nothing", Customer, `{"name":null,"custom":{"aStr":"x"}}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.rule.Validate(decode(t, c.text)), cmp.Transformer("list", func(l []Mistake) []Mistake { return append([]Mistake{}, l...) })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTidyWritesTimesAsKustomerDoes reads times in fields, lists and custom attributes, and leaves free objects alone.
func TestTidyWritesTimesAsKustomerDoes(t *testing.T) {
	in := decode(t, `{"createdAt":"2020-01-01T00:00:00+01:00","custom":{"aAt":"2020-01-01T00:00:00.5Z","aStr":"2020-01-01T00:00:00Z"},"meta":{"at":"2020-01-01T00:00:00Z"}}`)
	want := decode(t, `{"createdAt":"2019-12-31T23:00:00.000Z","custom":{"aAt":"2020-01-01T00:00:00.500Z","aStr":"2020-01-01T00:00:00Z"},"meta":{"at":"2020-01-01T00:00:00Z"}}`)
	if diff := cmp.Diff(want, NewMessage.Tidy(in)); diff != "" {
		t.Error(diff)
	}
}
