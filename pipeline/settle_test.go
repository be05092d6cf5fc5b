//go:build oldengine

package pipeline

import (
	"testing"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// endings is an Observer that looks at the step when a row ends.
type endings struct {
	Observers
	settled func()
}

func (e endings) Settled(Settlement) { e.settled() }

// TestRejectedRowsGiveUpTheirKeyFirst: when the next row of the key may run, nobody speaks for it.
func TestRejectedRowsGiveUpTheirKeyFirst(t *testing.T) {
	step := &program.Step{Config: &config.Step{Name: "s"}, Spec: &sinks.Spec{}}
	r := &stepRun{step: step, index: index.New(), lanes: newLanes()}
	first, second := laneTask(r.lanes, "k"), laneTask(r.lanes, "k")
	first.owns = true
	told := false
	r.engine = newEngine(&program.Program{File: &config.File{}, Steps: []*program.Step{step}}, Deps{Observer: endings{settled: func() {
		told = true
		if r.index.Get("k").Has(index.Owned) {
			t.Error("the row is told as rejected while it speaks for its key")
		}
		if second.behind != 1 {
			t.Error("the next row may run before this one was told")
		}
	}}}, Options{Workers: 1})
	r.lanes.enter(t.Context(), first)
	r.lanes.enter(t.Context(), second)
	r.index.Claim("k", ledger.Hash{1}, ledger.Place{})
	r.open.Add(1)
	if next := r.end(first, rejected(StageSend, "", "no")); !told || len(next) != 1 || next[0] != second {
		t.Errorf("told: %v, next: %v", told, next)
	}
}
