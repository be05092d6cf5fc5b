package program

import (
	"slices"
	"testing"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks"
)

func TestUnowned(t *testing.T) {
	specs := []sinks.Spec{{Name: "make", Kind: sinks.Makes}, {Name: "change", Kind: sinks.Changes}, {Name: "act", Kind: sinks.Acts}}
	f := &config.File{}
	for _, sink := range []string{"make", "change", "act", "${SINK}"} {
		s := config.Step{Name: sink + " step"}
		s.Sink.Value = sink
		f.Steps = append(f.Steps, s)
	}
	names := Unowned(f, specs)
	for name, want := range map[string]bool{
		"make step": false, "change step": true, "act step": true, "${SINK} step": false, FinalizerName("make step"): true,
	} {
		if got := slices.Contains(names, name); got != want {
			t.Errorf("%q is among the steps that own nothing: %v, want %v", name, got, want)
		}
	}
}
