package program

import (
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks"
)

// Unbound returns a step of a pipeline file without its source and its templates: Config, Spec with the params of the
// sink, and ByExternalID. No source need be there. The error is config.Diagnostics; false: the file has no such step.
func Unbound(f *config.File, name string, specs []sinks.Spec) (*Step, bool, error) {
	b := &binder{file: f, opts: BindOptions{Specs: specs}, program: &Program{File: f}}
	for i := range f.Steps {
		cfg := &f.Steps[i]
		if cfg.Name != name {
			continue
		}
		s := &Step{Config: cfg, Spec: b.sink(cfg)}
		if len(b.diagnostics) > 0 {
			return nil, true, b.diagnostics
		}
		if s.Spec == nil {
			return nil, true, config.Diagnostics{f.Diagnostic(cfg.Sink.Pos, "the sink does not exist", "see `kustsync sinks`")}
		}
		s.nameObjects()
		return s, true, nil
	}
	return nil, false, nil
}
