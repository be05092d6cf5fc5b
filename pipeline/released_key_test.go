package pipeline

import (
	"testing"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/program"
	"github.com/kustsync/kustsync/sinks"
)

// endings is an Observer that looks at the step when a row ends.
type endings struct {
	Observers
	settled func()
}

func (e endings) Settled(Settlement) { e.settled() }

// TestRejectedRowsGiveUpTheirKeyFirst: when the next row of a key may run, the rejected one does not own the key any more.
func TestRejectedRowsGiveUpTheirKeyFirst(t *testing.T) {
	step := &program.Step{Config: &config.Step{Name: "s"}, Spec: &sinks.Spec{}}
	idx := index.New()
	var second *row
	told := false
	s := newRun(&program.Program{File: &config.File{}, Steps: []*program.Step{step}}, Deps{Observer: endings{settled: func() {
		told = true
		if idx.Get("k").Has(index.Owned) {
			t.Error("the row is told as rejected while it owns its key")
		}
		if second.behind != 1 {
			t.Error("the next row may run before this one was told")
		}
	}}}, Options{Workers: 1}).stepOver(step, idx)
	s.workers = newWorkers(1, func(*workers) {})
	first := laneRow(s.lanes, "k")
	second = laneRow(s.lanes, "k")
	s.lanes.enter(t.Context(), first)
	s.lanes.enter(t.Context(), second)
	s.drive.Begin(&first.Row)
	s.workers.rows.Add(1)
	if next := s.end(first, ended(decide.Reject(decide.StageSend, "", "no"))); !told || len(next) != 1 || next[0] != second {
		t.Errorf("told: %v, next: %v", told, next)
	}
}
