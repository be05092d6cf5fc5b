package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/kustsync/kustsync/mappings"
	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sinks"
	"github.com/kustsync/kustsync/sources"
)

// BindOptions is what a pipeline file is bound to.
type BindOptions struct {
	Specs   []sinks.Spec
	Sources map[string]string // --source: another path for a source, by its name or its file's base name without the extension
	Stdin   io.Reader         // what "-" reads
	TempDir string            // where a standard input that is read more than once is kept; default the system's
}

// Bind opens the sources of a pipeline file, compiles its templates against their headers and
// orders its steps. The error is config.Faults with every fault found, or says what else failed.
// The caller closes the Plan.
func Bind(ctx context.Context, f *config.File, o BindOptions) (*Plan, error) {
	b := &binder{file: f, opts: o, plan: &Plan{File: f, Warnings: f.Warnings()}, sources: map[string]*Source{}}
	err := b.bind(ctx)
	if err == nil && len(b.faults) > 0 {
		slices.SortStableFunc(b.faults, func(x, y config.Fault) int {
			return cmp.Or(cmp.Compare(x.Pos.Line, y.Pos.Line), cmp.Compare(x.Pos.Column, y.Pos.Column))
		})
		err = b.faults
	}
	if err != nil {
		return nil, errors.Join(err, b.plan.Close())
	}
	return b.plan, nil
}

// binder gathers faults while it binds.
type binder struct {
	file    *config.File
	opts    BindOptions
	plan    *Plan
	sources map[string]*Source // by sourceKey; nil for one that could not be opened
	tables  map[string]mappings.Table
	faults  config.Faults
}

func (b *binder) bind(ctx context.Context) error {
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
		b.plan.Steps = append(b.plan.Steps, b.step(&b.file.Steps[i]))
	}
	b.order()
	return nil
}

func (b *binder) fault(pos config.Pos, message, hint string) {
	b.faults = append(b.faults, b.file.Fault(pos, message, hint))
}

// sourceKey tells sources apart: by name, or by path when the step names a path.
func sourceKey(s config.Source) string { return s.Name + "\x00" + s.Path.Value }

// sourceName is what reports call a source, and the name of its rejects file: its name in the
// pipeline file, else the base name of its file, without extensions and the marks of a glob.
func sourceName(s config.Source) string {
	switch {
	case s.Name != "":
		return s.Name
	case s.Path.Value == "-":
		return "stdin"
	}
	base, _, _ := strings.Cut(filepath.Base(s.Path.Value), ".")
	base = strings.Trim(strings.Map(plainRune, base), "-_")
	return cmp.Or(base, "source")
}

// plainRune drops what has no place in a file's name.
func plainRune(r rune) rune {
	if r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}

// uniqueName tells two files of one base name apart.
func (b *binder) uniqueName(name string) string {
	for n, unique := 1, name; ; n++ {
		if n > 1 {
			unique = fmt.Sprintf("%s-%d", name, n)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Values(b.sources)), func(s *Source) bool { return s != nil && s.Name == unique }) {
			return unique
		}
	}
}

// checkOverrides refuses a --source that names no source.
func (b *binder) checkOverrides() error {
	var names []string
	for _, s := range b.file.Steps {
		names = append(names, sourceName(s.Source))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for name := range b.opts.Sources {
		if slices.Contains(names, name) {
			continue
		}
		hint := "the sources of this pipeline are " + fmt.Sprint(names)
		if near, ok := config.Nearest(name, names); ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return config.Faults{b.file.Fault(config.Pos{File: b.file.Path}, fmt.Sprintf("--source: no step reads a source %q", name), hint)}
	}
	return nil
}

// openSource opens the source of a step, once for all steps that read it.
func (b *binder) openSource(ctx context.Context, step *config.Step) error {
	cfg := step.Source
	key := sourceKey(cfg)
	if _, done := b.sources[key]; done {
		return nil
	}
	opts := b.sourceOptions(cfg)
	if err := b.spool(ctx, step, &opts); err != nil {
		return err
	}
	src, err := sources.Open(ctx, opts)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.sources[key] = nil
		b.sourceFault(cmp.Or(cfg.Path.Pos, step.From.Pos), err)
		return nil
	}
	named := &Source{Name: b.uniqueName(sourceName(cfg)), Source: src}
	if len(cfg.NullValues) > 0 {
		named.Null = cfg.NullValues[0]
	}
	b.sources[key] = named
	return nil
}

func (b *binder) sourceFault(pos config.Pos, err error) {
	var src *sources.Error
	if errors.As(err, &src) {
		message := src.Message
		if src.Pos.File != "" {
			message = fmt.Sprintf("%v: %s", placeOf(src.Pos), src.Message)
		}
		b.fault(pos, message, src.Hint)
		return
	}
	b.fault(pos, err.Error(), "")
}

func placeOf(p sources.Pos) string {
	if p.Line == 0 {
		return p.File
	}
	return p.String()
}

// sourceOptions says how to read a source of the file.
func (b *binder) sourceOptions(s config.Source) sources.Options {
	path, format := s.Path.Value, s.Type
	if other, ok := b.opts.Sources[sourceName(s)]; ok {
		if other == "-" && format == "" {
			format = extension(path) // standard input has none: it holds what the file would
		}
		path = other
	}
	return sources.Options{
		Path: path, Name: b.shown(path), Type: format,
		Delimiter: s.Delimiter, Encoding: s.Encoding.Value, Comment: s.Comment,
		SkipRows: s.SkipRows, HeaderRow: s.HeaderRow, Header: s.Header, NullValues: s.NullValues,
		Sheet: s.Sheet.Value, Range: s.Range.Value, Records: s.Records.Value,
		MaxUnpacked: s.MaxUnpacked, Location: b.file.Run.Timezone, Stdin: b.opts.Stdin,
	}
}

// extension is a path's extension where it names a format.
func extension(path string) string {
	name := strings.TrimPrefix(filepath.Ext(path), ".")
	if slices.Contains(sources.Types(), name) {
		return name
	}
	return ""
}

// shown is a path as messages name it: from the pipeline file's folder where it lies below it.
func (b *binder) shown(path string) string {
	rel, err := filepath.Rel(b.file.Dir, path)
	if path == "-" || err != nil || !filepath.IsLocal(rel) {
		return path
	}
	return rel
}

// spool copies a standard input that is read more than once (by several steps, or by the check for a
// lost ledger before the one step), or that holds a workbook, which is not read from front to end.
func (b *binder) spool(ctx context.Context, step *config.Step, o *sources.Options) error {
	if o.Path != "-" || !b.readTwice(step) && !sources.NeedsFile(*o) {
		return nil
	}
	dir, err := os.MkdirTemp(b.opts.TempDir, "stdin-")
	if err != nil {
		return fmt.Errorf("making room for a copy of standard input: %w", err)
	}
	b.plan.cleanup = append(b.plan.cleanup, func() error { return os.RemoveAll(dir) })
	path, err := sources.Spool(ctx, b.opts.Stdin, dir, o.MaxUnpacked)
	if err != nil {
		return fmt.Errorf("copying standard input, which is read more than once: %w", err)
	}
	o.Path, o.Name = path, "stdin"
	return nil
}

func (b *binder) readTwice(step *config.Step) bool {
	readers := 0
	for _, s := range b.file.Steps {
		if sourceKey(s.Source) == sourceKey(step.Source) {
			readers++
			if spec := b.spec(s.Sink.Value); spec != nil && !spec.Unique {
				readers++
			}
		}
	}
	return readers > 1
}

func (b *binder) spec(name string) *sinks.Spec {
	for i := range b.opts.Specs {
		if b.opts.Specs[i].Name == name {
			return &b.opts.Specs[i]
		}
	}
	return nil
}

// loadTables reads the tables that come from files.
func (b *binder) loadTables(ctx context.Context) error {
	b.tables = map[string]mappings.Table{}
	for _, t := range b.file.Tables {
		if t.Source == nil {
			b.tables[t.Name] = t.Values
			continue
		}
		values, err := b.readTable(ctx, t)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			b.sourceFault(t.Source.Path.Pos, err)
			values = mappings.Table{}
		}
		b.tables[t.Name] = values
	}
	return nil
}

// maxTable bounds a lookup table, in rows: it is held in memory.
const maxTable = 1_000_000

func (b *binder) readTable(ctx context.Context, t config.Table) (mappings.Table, error) {
	src, err := sources.Open(ctx, b.sourceOptions(*t.Source))
	if err != nil {
		return nil, err
	}
	for _, column := range []config.String{t.Key, t.Value} {
		if columns := src.Columns(); columns != nil && !slices.Contains(columns, column.Value) {
			b.unknownColumn(column, columns)
			return mappings.Table{}, nil
		}
	}
	values := mappings.Table{}
	for row, err := range src.Rows(ctx) {
		if err != nil {
			return nil, err
		}
		if row.Err != nil {
			return nil, fmt.Errorf("%v: %w", row.Pos, row.Err)
		}
		if len(values) == maxTable {
			return nil, fmt.Errorf("table %q has more than %d rows; a table is held in memory: load fewer", t.Name, maxTable)
		}
		key := fmt.Sprint(row.Values[t.Key.Value])
		if old, twice := values[key]; twice && old != row.Values[t.Value.Value] {
			return nil, fmt.Errorf("%v: table %q has key %q twice, with two values", row.Pos, t.Name, key)
		}
		values[key] = row.Values[t.Value.Value]
	}
	return values, nil
}

func (b *binder) unknownColumn(column config.String, columns []string) {
	hint := fmt.Sprintf("the file has the columns %q", columns)
	if near, ok := config.Nearest(column.Value, columns); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	b.fault(column.Pos, fmt.Sprintf("the file has no column %q", column.Value), hint)
}
