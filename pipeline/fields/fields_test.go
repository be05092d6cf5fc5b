package fields

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/sinks"
)

func TestSet(t *testing.T) {
	spec := &sinks.Spec{Fields: []sinks.Field{{Name: "name", Type: sinks.Text}, {Name: "custom", Type: sinks.Custom}, {Name: "data", Type: sinks.Free}}}
	set, err := New(spec, map[string]any{
		"name": "Ann", "custom": map[string]any{"aStr": "x", "bNum": json.Number("1")}, "data": map[string]any{"k": nil},
	})
	if err != nil || len(set) != 4*markSize {
		t.Fatalf("%d bytes, %v", len(set), err)
	}
	for _, tt := range []struct {
		name  string
		value any
		want  bool
	}{
		{"name", "Ann", true}, {"name", "ann", false}, {"nam", "eAnn", false},
		{"custom.aStr", "x", true}, {"custom.bNum", json.Number("2"), false},
		{"data", map[string]any{"k": nil}, true}, {"data", map[string]any{}, false}, {"data.k", nil, false},
	} {
		if got := set.Holds(tt.name, tt.value); got != tt.want {
			t.Errorf("%s = %v: %v", tt.name, tt.value, got)
		}
	}
	if Set("").Holds("name", "Ann") || Set("torn").Holds("name", "Ann") {
		t.Error("a set that is not there holds something")
	}
}

func TestSetHoldsWhatWasPutIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := map[string]any{}
		for name, v := range rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "content") {
			content[name] = v
		}
		set, err := New(&sinks.Spec{}, content)
		if err != nil {
			t.Skip(err)
		}
		for name, v := range content {
			if !set.Holds(name, v) || set.Holds(name, v.(string)+"x") {
				t.Fatalf("%q = %q is not told apart", name, v)
			}
		}
	})
}
