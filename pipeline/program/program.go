// Package program binds a pipeline file to its sources, mappings and sinks. No run changes the Program that it returns.
package program

import (
	"context"
	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sources"
	"time"
)

// Program is a pipeline file bound to its sources, mappings and sinks: everything that can be known before the
// first row is read has been checked. Close it after use.
type Program struct {
	File     *config.File
	Steps    []*Step // in the order in which they run
	Warnings []config.Diagnostic

	forms   []sinks.Form               // what templates may find
	tables  map[string]sources.Options // of the files that tables were read from
	cleanup []func() error
}

// Step is one step of a Program.
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

	Encoder        *Encoder          // nil: every row goes through Fit
	ByExternalID   bool              // its objects are found again by their external id
	ExternalID     *mappings.Mapping // the part of Mapping that gives the external id; nil: it is the key
	TargetPart     *mappings.Mapping // the part of Mapping that gives it; nil where the step makes objects
	NeverOverwrite map[string]bool   // fields, and attributes as "custom.tierStr", that no update sends
	SetIfEmpty     map[string]bool   // fields, named alike, that an update sends only where the object has no value
	Finalizer      *Step             // writes again, at the end of a run, fields that other steps undo; nil: none. It has no source
	FinalMark      uint64            // fields.Mark of the field that Finalizer writes
}

// Name is the step's name in the pipeline file.
func (s *Step) Name() string { return s.Config.Name }

// Source is a source of the pipeline with the name that reports and rejects files give it.
type Source struct {
	Name string // its name in sources:, or its file's base name without the extension; no two are the same
	Null string // how its cells write a null; "" when no cell means null
	Once bool   // standard input that was not copied: it can be read a single time
	// Given: --source gives the file that is read, in the place of the one that the pipeline file names.
	Given  bool
	Expect *config.Expect // what the pipeline file expects of it; nil: nothing
	sources.Source

	from sources.Options // what it was opened with
}

// Unended returns the names of those text files of the source whose last line does not end.
func (s *Source) Unended(ctx context.Context) ([]string, error) { return sources.Unended(ctx, s.from) }

// Newest is when the newest file of the source was changed; false for standard input.
func (s *Source) Newest() (at time.Time, ok bool, err error) { return sources.Newest(s.from) }

// Step returns the step with that name.
func (p *Program) Step(name string) (*Step, bool) {
	for _, s := range p.Steps {
		if s.Name() == name {
			return s, true
		}
	}
	return nil, false
}

// Close removes what binding left behind: the copy of a standard input that several steps read.
func (p *Program) Close() error {
	var first error
	for _, f := range p.cleanup {
		if err := f(); err != nil && first == nil {
			first = err
		}
	}
	p.cleanup = nil
	return first
}

// Form returns the way to find things of a kind by something, which a template names as find "kind" "by".
func (p *Program) Form(kind, by string) (*sinks.Form, bool) {
	for i := range p.forms {
		if f := &p.forms[i]; f.Kind == kind && f.By == by {
			return f, true
		}
	}
	return nil, false
}

// Forms returns the ways in which the step's templates find things, each once.
func (p *Program) Forms(s *Step) []sinks.Form {
	var forms []sinks.Form
	seen := map[*sinks.Form]bool{}
	for _, use := range s.Mapping.Finds() {
		if f, ok := p.Form(use.Kind, use.By); ok && !seen[f] {
			seen[f] = true
			forms = append(forms, *f)
		}
	}
	return forms
}
