package sinks_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kustsync/kustsync/sinks"
)

func TestCanonical(t *testing.T) {
	payload := map[string]any{
		"z": []any{json.Number("12.50"), true, nil, []any{}, map[string]any{}},
		"a": "<é😀\u2028> \"q\" \\ \n\r\t\x01\x7f",
		"m": map[string]any{"b": json.Number("1e5"), "a": json.Number("12345678901234567890")},
	}
	const want = `{"a":"<é😀` + "\u2028" + `> \"q\" \\ \n\r\t\u0001` + "\x7f" + `","m":{"a":12345678901234567890,"b":1e5},"z":[12.50,true,null,[],{}]}`
	got, err := sinks.Canonical(payload)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("JSON is\n%s\nwant\n%s", got, want)
	}
}

func TestCanonicalRefuses(t *testing.T) {
	for name, v := range map[string]any{
		"float":             1.5,
		"int":               1,
		"bad number":        json.Number("1x"),
		"infinite":          json.Number("Inf"),
		"empty number":      json.Number(""),
		"text not UTF-8":    "\xff",
		"name not UTF-8":    map[string]any{"\xff": "a"},
		"inside a list":     []any{math.NaN()},
		"of a strange type": struct{}{},
	} {
		if b, err := sinks.Canonical(map[string]any{"f": v}); err == nil {
			t.Errorf("%s: written as %s", name, b)
		}
	}
}

// FuzzFit fits any JSON to fields of every type: it must not panic, fitting twice must be fitting
// once, and what fits must be JSON that reads back equal.
func FuzzFit(f *testing.F) {
	f.Add(`{"text":"a","integer":"3","number":1.50,"bool":"true","time":"2026-01-31T09:30:00+01:00"}`)
	f.Add(`{"id":"65a0c0ffee0000000000abcd","email":"a@b","phone":"+15550100","url":"https://a.b","tags":["a b","c"]}`)
	f.Add(`{"object":{"text":"x","free":[{"a":null}]},"custom":{"aStr":"1","bNum":"2","cAt":null},"free":{"a":[1,[2]]}}`)
	f.Add(`{"alias":"é","integer":-0.0,"number":"+.5e-3","time":"9999-12-31T23:59:59-01:00"}`)
	f.Add(`{"tags":["a","a"],"custom":{"a":1},"unknown":1,"text":null,"object":[],"bool":1}`)
	spec := everything()
	f.Fuzz(func(t *testing.T, text string) {
		decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.UseNumber()
		var in map[string]any
		if decoder.Decode(&in) != nil {
			return
		}
		checkFit(t, spec, in)
	})
}

// everything is a sink with a field of every type.
func everything() *sinks.Spec {
	fields := []sinks.Field{
		{Name: "text", Type: sinks.Text, MinLen: 1, MaxLen: 16, Aliases: []string{"alias"}},
		{Name: "list", Type: sinks.List, Nullable: true},
		{Name: "tags", Type: sinks.List, Unique: true, MaxItems: 5, Items: &sinks.Field{Type: sinks.Text, Pattern: "^[a-z ]+$"}},
		{Name: "object", Type: sinks.Object, MinItems: 1, Fields: []sinks.Field{{Name: "text", Type: sinks.Text}, {Name: "free", Type: sinks.Free}}},
	}
	for _, typ := range []sinks.Type{
		sinks.Integer, sinks.Number, sinks.Bool, sinks.Time, sinks.ID, sinks.Email, sinks.Phone, sinks.URL, sinks.Custom, sinks.Free,
	} {
		fields = append(fields, sinks.Field{Name: string(typ), Type: typ, Nullable: true})
	}
	return &sinks.Prepare(sinks.Spec{Name: "everything", Fields: fields})[0]
}

func checkFit(t *testing.T, spec *sinks.Spec, in map[string]any) {
	t.Helper()
	for _, op := range []sinks.Op{sinks.Create, sinks.Update} {
		out, err := spec.Fit(op, in)
		if err != nil {
			if rule(t, err) == "" {
				t.Fatalf("an error without a rule: %v", err)
			}
			if _, own := spec.FitInPlace(op, deepCopy(in).(map[string]any)); own == nil || own.Error() != err.Error() {
				t.Fatalf("%s: in place the error is %v, want %v", op, own, err)
			}
			continue
		}
		own, err := spec.FitInPlace(op, deepCopy(in).(map[string]any))
		if err != nil {
			t.Fatalf("%s: it fits, and its own copy does not: %v", op, err)
		}
		if diff := cmp.Diff(out, own); diff != "" {
			t.Fatalf("%s: fitted in place it is another:\n%s", op, diff)
		}
		again, err := spec.Fit(op, out)
		if err != nil {
			t.Fatalf("%s: fitted, it does not fit: %v", op, err)
		}
		if diff := cmp.Diff(out, again); diff != "" {
			t.Fatalf("%s: fitted twice it is another:\n%s", op, diff)
		}
		checkJSON(t, out)
	}
}

func checkJSON(t *testing.T, payload map[string]any) {
	t.Helper()
	body, err := sinks.Canonical(payload)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(payload, sinks.Decode(body)); diff != "" {
		t.Fatal(diff)
	}
}
