package pipeline

import (
	"testing"

	"github.com/kustsync/kustsync/pipeline/ledger"
)

func TestIndex(t *testing.T) {
	hash := func(n byte) ledger.Hash { return ledger.Hash{n} }
	place := func(file string, line int) ledger.Place { return ledger.Place{Source: file, Line: line} }
	learn := func(o ledger.Outcome, loaded bool) func(*index) {
		return func(x *index) { x.learn(ledger.Known{Key: "k", Outcome: o, Loaded: loaded, Hash: hash(1)}) }
	}
	speak := func(x *index) { x.claim("k", hash(2), place("b.csv", 7)) }
	unspeak := func(x *index) { x.unspeak("k") }
	for _, c := range []struct {
		name    string
		do      []func(*index)
		flags   markFlags
		payload byte
	}{
		{"new", nil, 0, 0},
		{"loaded", []func(*index){learn(ledger.Created, true)}, markEntry | markLoaded, 1},
		{"rejected", []func(*index){learn(ledger.Rejected, false)}, markEntry, 0},
		{"loaded, then rejected", []func(*index){learn(ledger.Rejected, true)}, markEntry, 0},
		{"spoken", []func(*index){speak}, markSpoken, 2},
		{"loaded and spoken", []func(*index){learn(ledger.Created, true), speak}, markEntry | markSpoken, 2},
		{"unspoken", []func(*index){learn(ledger.Created, true), speak, unspeak}, markEntry, 0},
		{"spoken again", []func(*index){speak, unspeak, speak}, markEntry | markSpoken, 2},
	} {
		x := newIndex()
		x.claim("other", hash(9), place("a.csv", 1))
		for _, do := range c.do {
			do(x)
		}
		m := x.get("k")
		if m.flags != c.flags || byte(m.payload) != c.payload {
			t.Errorf("%s: the mark is %+v", c.name, m)
		}
		if m.has(markSpoken) && x.speaker(m) != place("b.csv", 7) {
			t.Errorf("%s: %v speaks", c.name, x.speaker(m))
		}
		if first := x.speaker(x.get("other")); first != place("a.csv", 1) {
			t.Errorf("%s: %v speaks for the other key", c.name, first)
		}
	}
}

func TestIndexOfManyFiles(t *testing.T) {
	x := newIndex()
	for i := range 50 {
		file := string(rune('a' + i%5))
		x.claim(string(rune('A'+i)), ledger.Hash{}, ledger.Place{Source: file, Line: i})
	}
	if len(x.files) != 5 {
		t.Errorf("%d names are kept for 5 files", len(x.files))
	}
	if p := x.speaker(x.get("C")); p.Source != "c" || p.Line != 2 {
		t.Errorf("C stands at %v", p)
	}
}
