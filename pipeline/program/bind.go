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
// orders its steps. The error is config.Diagnostics with every fault found, a *DamagedError when all of them
// are damaged sources, or says what else failed.
// The caller closes the Program.
func Bind(ctx context.Context, f *config.File, o BindOptions) (*Program, error) {
	b := &binder{file: f, opts: o, program: &Program{File: f, Warnings: f.Warnings(), forms: o.Forms}, sources: map[string]*Source{}}
	err := b.bind(ctx)
	if err == nil && len(b.faults) > 0 {
		slices.SortStableFunc(b.faults, func(x, y config.Diagnostic) int {
			return cmp.Or(cmp.Compare(x.Pos.Line, y.Pos.Line), cmp.Compare(x.Pos.Column, y.Pos.Column))
		})
		err = b.faults
		if b.damaged == len(b.faults) {
			err = &DamagedError{b.faults}
		}
	}
	if err != nil {
		return nil, errors.Join(err, b.program.Close())
	}
	return b.program, nil
}

// binder gathers faults while it binds.
type binder struct {
	file    *config.File
	opts    BindOptions
	program *Program
	names   map[string]string  // of the steps' sources, by sourceKey
	sources map[string]*Source // by sourceKey; nil for one that could not be opened
	tables  map[string]mappings.Table
	faults  config.Diagnostics
	damaged int // how many of faults are damaged sources
}

// DamagedError says that the pipeline file is in order, and that what it reads is damaged: a run ends with
// it as with a source that turns out so later. It is config.Diagnostics, too.
type DamagedError struct{ config.Diagnostics }

// Unwrap returns the faults.
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

func (b *binder) fault(pos config.Pos, message, hint string) {
	b.faults = append(b.faults, b.file.Diagnostic(pos, message, hint))
}

// warn adds what a person should know of a file that is in order.
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
