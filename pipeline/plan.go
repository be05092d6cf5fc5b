// Package pipeline binds a pipeline file into a Plan and runs its rows.
package pipeline

import (
	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sources"
)

// Plan is a pipeline file bound to its sources and sinks: everything that can be known before the
// first row is read has been checked.
type Plan struct {
	File     *config.File
	Steps    []*Step // in the order in which they run
	Warnings []config.Fault

	forms   []sinks.Form               // what templates may find
	tables  map[string]sources.Options // of the files that tables were read from
	cleanup []func() error
}

// Step is one step of a Plan.
type Step struct {
	Config  *config.Step
	Spec    *sinks.Spec
	Source  *Source
	Key     *mappings.Expr
	When    *mappings.Expr // nil: every row
	Lane    *mappings.Expr // nil: no ordering key
	Mapping *mappings.Mapping
	Match   []string // look-ups, in order
	Refs    []string // names of the steps whose ids this step needs

	byExternalID   bool              // its objects are found again by their external id
	stencil        *stencil          // nil: every row goes through Fit
	externalID     *mappings.Mapping // the part of Mapping that gives the external id; nil: it is the key
	target         string            // the field that names the object that the step changes
	final          *final            // nil: nothing is written again at the end of a run
	neverOverwrite map[string]bool   // fields, and attributes as "custom.tierStr", that no update sends
	setIfEmpty     map[string]bool   // the same of those that an update sends only where the object has none
	targetPart     *mappings.Mapping // the part of Mapping that gives it; nil where the step makes objects
}

// Name is the step's name in the pipeline file.
func (s *Step) Name() string { return s.Config.Name }

// Source is a source of the pipeline with the name that reports and rejects files give it.
type Source struct {
	Name string // its name in sources:, or its file's base name without the extension; no two are the same
	Null string // how its cells write a null; "" when no cell means null
	Once bool   // standard input that was not copied: it can be read a single time
	sources.Source

	from sources.Options // what it was opened with
}

// Step returns the step with that name.
func (p *Plan) Step(name string) (*Step, bool) {
	for _, s := range p.Steps {
		if s.Name() == name {
			return s, true
		}
	}
	return nil, false
}

// Close removes what binding left behind: the copy of a standard input that several steps read.
func (p *Plan) Close() error {
	var first error
	for _, f := range p.cleanup {
		if err := f(); err != nil && first == nil {
			first = err
		}
	}
	p.cleanup = nil
	return first
}
