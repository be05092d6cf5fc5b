package drive

import (
	"context"
	"testing"
	"time"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/sinks"
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
	expect("a row that asks while a batch is under way", c.ask(a, false, true), decide.CanaryWait)
	expect("the first row that asks", c.ask(a, false, false), decide.CanaryGo)
	expect("the canary, when it asks again", c.ask(a, false, false), decide.CanaryGo)
	expect("the canary, while a batch is under way", c.ask(a, false, true), decide.CanaryGo)
	expect("another row", c.ask(b, false, false), decide.CanaryWait)
	c.ended(b, true)
	expect("another row, after a row that was not the canary has ended", c.ask(b, false, false), decide.CanaryWait)
	c.ended(a, true)
	expect("another row, after the canary is settled", c.ask(b, false, false), decide.CanaryGo)
	expect("the canary, once an object was created against which misses can be checked", c.ask(b, true, false), decide.CanaryWait)
	c.ended(b, false)
	expect("a row after a canary of unknown fate", c.ask(a, false, false), decide.CanaryUnclear)
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

// blindSink is a service whose look-ups find nothing yet.
type blindSink struct{ sinks.Sink }

func (blindSink) Find(context.Context, sinks.Query) (sinks.Found, bool, error) {
	return sinks.Found{}, false, nil
}

// TestTheControlOfThisRun: the ledger shows the canary's entry a moment before the step knows its control. A row that asks
// in between must wait until look-ups show the object, like any row after it.
func TestTheControlOfThisRun(t *testing.T) {
	for run, own := range map[string]bool{"run-1": true, "run-0": false} {
		l := openLedger(t)
		s := newStep(l)
		s.Run.Sink = blindSink{}
		err := l.Settle(ledger.Entry{
			Step: "person", Key: "1", Object: "person", ExternalID: "1", Outcome: ledger.Created, KustomerID: "id1",
			Hash: ledger.Hash{1}, RunID: run, UpdatedAt: time.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		r := newRow("2", map[string]any{"externalId": "2"})
		if end, err := s.checkControl(t.Context(), r); end != nil || err != nil {
			t.Fatalf("the row ends with %v, %v", end, err)
		}
		if c := r.Facts.Control; c == nil || !c.Known || c.Hit || c.OwnRun != own {
			t.Errorf("an object of %s is the control %+v, want one of this run: %t", run, c, own)
		}
	}
}
