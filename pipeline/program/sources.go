package program

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/kustsync/kustsync/pipeline/config"
	"github.com/kustsync/kustsync/sources"
)

// sourceKey tells sources apart: by name, or by path when the step names a path.
func sourceKey(s config.Source) string { return s.Name + "\x00" + s.Path.Value }

// sourceNames gives every source its name: the one in the pipeline file, else the base name of its
// file, with a number behind it where that is taken. The keys are sourceKeys.
func sourceNames(steps []config.Step) map[string]string {
	names := map[string]string{}
	for _, s := range steps {
		if s.Source.Name != "" {
			names[sourceKey(s.Source)] = s.Source.Name
		}
	}
	for _, s := range steps {
		key := sourceKey(s.Source)
		if _, named := names[key]; !named {
			names[key] = unusedName(baseName(s.Source.Path.Value), names)
		}
	}
	return names
}

// unusedName returns name, with a number behind it where another source has it. Names that differ only in case
// count as the same: on some disks they would be one file.
func unusedName(name string, names map[string]string) string {
	used := slices.Collect(maps.Values(names))
	for n, unused := 2, name; ; n++ {
		if !slices.ContainsFunc(used, func(other string) bool { return strings.EqualFold(other, unused) }) {
			return unused
		}
		unused = fmt.Sprintf("%s-%d", name, n)
	}
}

// baseName is the base name of a file, without its extension and the marks of a glob.
func baseName(path string) string {
	if path == "-" {
		return "stdin"
	}
	base := filepath.Base(path)
	for _, packed := range []string{".gz", ".zst"} {
		base = strings.TrimSuffix(base, packed)
	}
	base = strings.TrimSuffix(base, filepath.Ext(base))
	return cmp.Or(strings.Trim(strings.Map(plainRune, base), "-_."), "source")
}

// plainRune keeps letters, digits and -_. and drops every other rune.
func plainRune(r rune) rune {
	if strings.ContainsRune("-_.", r) || unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}

// checkOverrides returns an error for a --source that names no source, and where standard input would be read as two sources.
func (b *binder) checkOverrides() error {
	names := slices.Sorted(maps.Values(b.names))
	for _, name := range slices.Sorted(maps.Keys(b.opts.Sources)) {
		if slices.Contains(names, name) {
			continue
		}
		hint := "the sources of this pipeline are " + strings.Join(names, ", ")
		if near, ok := config.Nearest(name, names); ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		return b.flagDiagnostic(fmt.Sprintf("--source: no step reads a source %q", name), hint)
	}
	return b.oneStandardInput()
}

// oneStandardInput returns an error where standard input would be read as two sources: the second would be empty.
func (b *binder) oneStandardInput() error {
	var readers []string
	for _, t := range b.file.Tables {
		if t.Source != nil && t.Source.Path.Value == "-" {
			readers = append(readers, "table "+t.Name)
		}
	}
	for _, s := range b.file.Steps {
		if b.pathOf(s.Source) == "-" {
			readers = append(readers, "source "+b.names[sourceKey(s.Source)])
		}
	}
	if readers = slices.Compact(slices.Sorted(slices.Values(readers))); len(readers) < 2 {
		return nil
	}
	return b.flagDiagnostic(fmt.Sprintf(`--source: "-" is standard input, which cannot be both %s and %s`, readers[0], readers[1]),
		"save one of the two to a file and name that")
}

// flagDiagnostic is an error about a flag: its place is the pipeline file without a line.
func (b *binder) flagDiagnostic(message, hint string) error {
	return config.Diagnostics{b.file.Diagnostic(config.Pos{File: b.file.Path}, message, hint)}
}

// pathOf is where the source of a step is read from.
func (b *binder) pathOf(s config.Source) string {
	if other, ok := b.opts.Sources[b.names[sourceKey(s)]]; ok {
		return other
	}
	return s.Path.Value
}

// openSource opens the source of a step, once for all steps that read it.
func (b *binder) openSource(ctx context.Context, step *config.Step) error {
	cfg := step.Source
	key := sourceKey(cfg)
	if _, done := b.sources[key]; done {
		return nil
	}
	opts := b.sourceOptions(cfg, b.pathOf(cfg))
	if err := b.spool(ctx, step, &opts); err != nil {
		return err
	}
	src, err := sources.Open(ctx, opts)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.sources[key] = nil
		b.reportUnopened(step, err)
		return nil
	}
	named := &Source{Name: b.names[key], Source: src, Once: opts.Path == "-", from: opts, Expect: cfg.Expect}
	_, named.Given = b.opts.Sources[named.Name]
	if len(cfg.NullValues) > 0 {
		named.Null = cfg.NullValues[0]
	}
	b.sources[key] = named
	return nil
}

// reportUnopened reports a source that cannot be opened: at its path in the file, or at the flag that replaced it.
func (b *binder) reportUnopened(step *config.Step, err error) {
	pos, name := cmp.Or(step.Source.Path.Pos, step.From.Pos), b.names[sourceKey(step.Source)]
	var src *sources.Error
	if _, replaced := b.opts.Sources[name]; !replaced || !errors.As(err, &src) || src.Pos.Line > 0 {
		b.reportSource(pos, err)
		return
	}
	if errors.Is(err, sources.ErrDamaged) {
		b.damaged++
	}
	hint, _, _ := strings.Cut(src.Hint, "; paths are relative to the pipeline file") // paths of flags are relative to the working directory
	b.report(config.Pos{File: b.file.Path}, fmt.Sprintf("--source %s: %v: %s", name, src.Pos, src.Message), hint)
}

// reportSource reports that a source cannot be opened or is damaged.
func (b *binder) reportSource(pos config.Pos, err error) {
	if errors.Is(err, sources.ErrDamaged) {
		b.damaged++
	}
	var src *sources.Error
	if errors.As(err, &src) {
		message := src.Message
		if src.Pos.File != "" {
			message = fmt.Sprintf("%v: %s", src.Pos, src.Message)
		}
		b.report(pos, message, src.Hint)
		return
	}
	b.report(pos, err.Error(), "")
}

// sourceOptions says how to read a source of the file from a path.
func (b *binder) sourceOptions(s config.Source, path string) sources.Options {
	format := s.Type
	if path == "-" && format == "" {
		format = extension(s.Path.Value) // standard input has no extension: it holds what the replaced file would hold
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

// spool copies standard input to a file where it has to be read more than once (several steps read it, or a pass
// before the step does: the check for a lost ledger, on_duplicate: last, expect), or where its format can only be read from a file.
func (b *binder) spool(ctx context.Context, step *config.Step, o *sources.Options) error {
	if o.Path != "-" || b.opts.Stdin == nil || !b.readTwice(step) && !sources.NeedsFile(*o) {
		return nil
	}
	dir, err := os.MkdirTemp(b.opts.TempDir, "stdin-")
	if err != nil {
		return fmt.Errorf("making room for a copy of standard input: %w", err)
	}
	b.program.cleanup = append(b.program.cleanup, func() error { return os.RemoveAll(dir) })
	path, err := sources.Spool(ctx, b.opts.Stdin, dir, o.MaxUnpacked)
	if err != nil {
		return fmt.Errorf("copying standard input, which is read more than once: %w", err)
	}
	o.Path, o.Name = path, "stdin"
	return nil
}

// readTwice reports whether a run reads the source of a step more than once.
func (b *binder) readTwice(step *config.Step) bool {
	readers := 0
	for _, s := range b.file.Steps {
		if sourceKey(s.Source) == sourceKey(step.Source) {
			readers++
			if spec := b.spec(s.Sink.Value); spec != nil && !spec.Unique || s.OnDuplicate == config.Last || s.Source.Expect != nil {
				readers++
			}
		}
	}
	return readers > 1
}
