package wire

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// TestWrittenJSONIsRead writes any value and reads it back with encoding/json.
func TestWrittenJSONIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		in := Document{text: []any{text, nil, true, json.Number("1.5"), Document{}, []any{}}, "z": text}
		written := JSON(in)
		out, err := Decode(written)
		if err != nil {
			t.Fatalf("%q: %v", written, err)
		}
		if again := JSON(out); !bytes.Equal(written, again) {
			t.Fatalf("%q became %q", written, again)
		}
		var viaStd any
		if err := json.Unmarshal(written, &viaStd); err != nil {
			t.Fatal(err)
		}
	})
}
