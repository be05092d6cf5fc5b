package ledger

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestIntentsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		intents := rapid.SliceOf(rapid.Custom(drawIntent)).Draw(t, "intents")
		body := appendGroup(nil, group{7, intents})
		got, err := decodeGroup(7, body)
		if err != nil || len(got) != len(intents) || (len(got) > 0 && !cmp.Equal(intents, got)) {
			t.Fatal(err, cmp.Diff(intents, got))
		}
		if _, err := decodeGroup(8, body); err == nil {
			t.Fatal("another number")
		}
		body[rapid.IntRange(0, len(body)-1).Draw(t, "at")] ^= 1
		if _, err := decodeGroup(7, body); err == nil {
			t.Fatal("a changed bit")
		}
	})
}

func FuzzDecodeIntents(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendGroup(nil, group{1, []Intent{intent("k", 1)}}))
	f.Add(appendGroup(nil, group{1, nil}))
	f.Fuzz(func(t *testing.T, body []byte) {
		intents, err := decodeGroup(1, body)
		if err == nil && !bytes.Equal(appendGroup(nil, group{1, intents}), body) {
			if again, err := decodeGroup(1, appendGroup(nil, group{1, intents})); err != nil || !cmp.Equal(intents, again) {
				t.Fatal(err)
			}
		}
		d := decoder{rest: body} // past the checksum, which no fuzzer guesses
		for !d.failed && len(d.rest) > 0 {
			d.string()
			d.number()
		}
	})
}
