package program

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks"
)

// BindOptions is what a pipeline file is bound to.
type BindOptions struct {
	Specs   []sinks.Spec
	Forms   []sinks.Form      // what templates may find
	Sources map[string]string // --source: another path for a source, by Source.Name
	Stdin   io.Reader         // what "-" reads
	TempDir string            // where a standard input that is read more than once is kept; default the system's
}

// Bind opens the sources of a pipeline file, compiles its templates against their headers and
// orders its steps. The error is config.Diagnostics with every diagnostic, a *DamagedError when all of them
// are damaged sources, or says what else failed.
// The caller closes the Program.
func Bind(ctx context.Context, f *config.File, o BindOptions) (*Program, error) {
	b := &binder{file: f, opts: o, program: &Program{File: f, Warnings: f.Warnings(), forms: o.Forms}, sources: map[string]*Source{}}
	err := b.bind(ctx)
	if err == nil && len(b.diagnostics) > 0 {
		slices.SortStableFunc(b.diagnostics, func(x, y config.Diagnostic) int {
			return cmp.Or(cmp.Compare(x.Pos.Line, y.Pos.Line), cmp.Compare(x.Pos.Column, y.Pos.Column))
		})
		err = b.diagnostics
		if b.damaged == len(b.diagnostics) {
			err = &DamagedError{b.diagnostics}
		}
	}
	if err != nil {
		return nil, errors.Join(err, b.program.Close())
	}
	return b.program, nil
}

// binder binds one file and gathers its diagnostics.
type binder struct {
	file        *config.File
	opts        BindOptions
	program     *Program
	names       map[string]string  // of the steps' sources, by sourceKey
	sources     map[string]*Source // by sourceKey; nil for one that could not be opened
	tables      map[string]mappings.Table
	diagnostics config.Diagnostics
	damaged     int // how many of the diagnostics are damaged sources
}

// DamagedError says that the pipeline file is in order and that a source is damaged: a run ends with the same
// exit code as for a source whose damage is found later. It unwraps to config.Diagnostics.
type DamagedError struct{ config.Diagnostics }

// Unwrap returns the diagnostics.
func (e *DamagedError) Unwrap() error { return e.Diagnostics }

func (b *binder) bind(ctx context.Context) error {
	b.names = sourceNames(b.file.Steps)
	if err := b.checkOverrides(); err != nil {
		return err
	}
	if err := b.loadTables(ctx); err != nil {
		return err
	}
	for i := range b.file.Steps {
		if err := b.openSource(ctx, &b.file.Steps[i]); err != nil {
			return err
		}
	}
	for i := range b.file.Steps {
		b.program.Steps = append(b.program.Steps, b.step(&b.file.Steps[i]))
	}
	b.order()
	return nil
}

// report adds a diagnostic, with which Bind refuses the file.
func (b *binder) report(pos config.Pos, message, hint string) {
	b.diagnostics = append(b.diagnostics, b.file.Diagnostic(pos, message, hint))
}

// warn adds a warning: the file can be run all the same.
func (b *binder) warn(pos config.Pos, message, hint string) {
	w := b.file.Diagnostic(pos, message, hint)
	w.Warning = true
	b.program.Warnings = append(b.program.Warnings, w)
}

func (b *binder) spec(name string) *sinks.Spec {
	for i := range b.opts.Specs {
		if b.opts.Specs[i].Name == name {
			return &b.opts.Specs[i]
		}
	}
	return nil
}
