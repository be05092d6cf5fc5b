package drive

import (
	"testing"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

func TestOneRowAtATimeIsTheCanary(t *testing.T) {
	a, b := &Row{}, &Row{}
	var c canary
	expect := func(what string, got, want decide.Canary) {
		t.Helper()
		if got != want {
			t.Errorf("%s: the answer is %v, want %v", what, got, want)
		}
	}
	expect("the first row that asks", c.ask(a, false), decide.CanaryGo)
	expect("the canary, when it asks again", c.ask(a, false), decide.CanaryGo)
	expect("another row", c.ask(b, false), decide.CanaryWait)
	c.ended(b, true)
	expect("another row, after a row that was not the canary has ended", c.ask(b, false), decide.CanaryWait)
	c.ended(a, true)
	expect("another row, after the canary is settled", c.ask(b, false), decide.CanaryGo)
	expect("the canary, once an object was created against which misses can be checked", c.ask(b, true), decide.CanaryWait)
	c.ended(b, false)
	expect("a row after a canary of unknown fate", c.ask(a, false), decide.CanaryUnclear)
}

func TestTheControlIsTheFirstObjectWithAnExternalID(t *testing.T) {
	var c control
	if c.note(ledger.Entry{Key: "1"}); c.isKnown() {
		t.Error("an object without an external id, which no look-up finds, is the control")
	}
	c.note(ledger.Entry{Key: "2", ExternalID: "x2"})
	c.note(ledger.Entry{Key: "3", ExternalID: "x3"})
	if !c.isKnown() || c.first.Load().Key != "2" {
		t.Errorf("the control is %+v, want key 2", c.first.Load())
	}
}
