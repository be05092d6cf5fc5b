package index

import (
	"testing"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

func TestIndex(t *testing.T) {
	hash := func(n byte) ledger.Hash { return ledger.Hash{n} }
	place := func(file string, line int) ledger.Place { return ledger.Place{Source: file, Line: line} }
	learn := func(o ledger.Outcome, loaded bool) func(*Index) {
		return func(x *Index) { x.Learn(ledger.Known{Key: "k", Outcome: o, Loaded: loaded, Hash: hash(1)}) }
	}
	claim := func(x *Index) { x.Claim("k", hash(2), place("b.csv", 7)) }
	release := func(x *Index) { x.Release("k") }
	for _, c := range []struct {
		name    string
		do      []func(*Index)
		flags   Flag
		payload byte
	}{
		{"new", nil, 0, 0},
		{"loaded", []func(*Index){learn(ledger.Created, true)}, HasEntry | Loaded, 1},
		{"rejected", []func(*Index){learn(ledger.Rejected, false)}, HasEntry, 0},
		{"loaded, then rejected", []func(*Index){learn(ledger.Rejected, true)}, HasEntry, 0},
		{"claimed", []func(*Index){claim}, Owned, 2},
		{"loaded and claimed", []func(*Index){learn(ledger.Created, true), claim}, HasEntry | Owned, 2},
		{"released", []func(*Index){learn(ledger.Created, true), claim, release}, HasEntry, 0},
		{"claimed again", []func(*Index){claim, release, claim}, HasEntry | Owned, 2},
	} {
		x := New()
		x.Claim("other", hash(9), place("a.csv", 1))
		for _, do := range c.do {
			do(x)
		}
		m := x.Get("k")
		if m.flags != c.flags || byte(m.Payload) != c.payload {
			t.Errorf("%s: the mark is %+v", c.name, m)
		}
		if m.Has(Owned) && x.Owner(m) != place("b.csv", 7) {
			t.Errorf("%s: %v owns the key", c.name, x.Owner(m))
		}
		if first := x.Owner(x.Get("other")); first != place("a.csv", 1) {
			t.Errorf("%s: %v owns the other key", c.name, first)
		}
	}
}

func TestIndexOfManyFiles(t *testing.T) {
	x := New()
	for i := range 50 {
		file := string(rune('a' + i%5))
		x.Claim(string(rune('A'+i)), ledger.Hash{}, ledger.Place{Source: file, Line: i})
	}
	if len(x.files) != 5 {
		t.Errorf("%d names are kept for 5 files", len(x.files))
	}
	if p := x.Owner(x.Get("C")); p.Source != "c" || p.Line != 2 {
		t.Errorf("the owner of C is at %v", p)
	}
}
