package sinks_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kustsync/kustsync/sinks"
)

// values draws what a mapping can give: scalars of every kind, texts that look like other types, and
// lists and maps of them.
func values() *rapid.Generator[any] {
	scalars := rapid.OneOf(
		rapid.Just[any](nil),
		rapid.String().AsAny(),
		rapid.StringMatching(`[-+]?[0-9]{0,4}(\.[0-9]{0,3})?([eE][-+]?[0-9]{1,3})?`).AsAny(),
		rapid.SampledFrom([]any{"true", "FALSE", "a@b", "+15550100", "https://a.b", "2026-01-31T09:30:00Z", id}),
		rapid.Int().AsAny(), rapid.Int64().AsAny(), rapid.Float64().AsAny(), rapid.Bool().AsAny(),
		rapid.Map(rapid.Int64Range(-1e11, 3e11), func(s int64) any { return time.Unix(s, s&0xffff) }),
		rapid.Map(rapid.Int64(), func(n int64) any { b, _ := json.Marshal(n); return json.Number(b) }),
	)
	members := rapid.MapOfN(rapid.SampledFrom([]string{"text", "free", "aStr", "aNum", "aAt", "a"}), scalars, 0, 4)
	return rapid.OneOf(scalars, rapid.SliceOfN(scalars, 0, 4).AsAny(), members.AsAny(),
		rapid.SliceOfN(members.AsAny(), 0, 3).AsAny())
}

// TestFitTwiceIsFitOnce: fitting is a projection, for any payload of known fields.
func TestFitTwiceIsFitOnce(t *testing.T) {
	spec := everything()
	var names []string
	for _, f := range spec.Fields {
		names = append(names, f.Name)
	}
	rapid.Check(t, func(rt *rapid.T) {
		in := rapid.MapOfN(rapid.SampledFrom(names), values(), 1, 2).Draw(rt, "payload")
		first, err := spec.Fit(sinks.Create, in)
		second, again := spec.Fit(sinks.Create, in)
		if errorText(err) != errorText(again) {
			rt.Fatalf("two errors for one payload:\n%v\n%v", err, again)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			rt.Fatal(diff)
		}
		checkFit(t, spec, in)
	})
}
