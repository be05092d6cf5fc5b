package sources

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
)

// Open finds the files of a source, reads their headers and returns the source. Everything that is
// wrong with it before its first row is an *Error here: a missing file, an empty glob, a header
// that cannot be used, files of one glob with different columns. Rows opens the files again for
// each pass and closes them after it; the Source itself holds nothing that has to be closed.
//
// Standard input can be read once; a second pass yields an error.
func Open(ctx context.Context, o Options) (Source, error) {
	o.Name = cmp.Or(o.Name, o.Path)
	o.MaxUnpacked = cmp.Or(o.MaxUnpacked, DefaultMaxUnpacked)
	if o.Path == "-" {
		return openStdin(ctx, o)
	}
	files, err := expand(o)
	if err != nil {
		return nil, err
	}
	parts := make([]part, 0, len(files))
	for _, file := range files {
		src, err := openFile(ctx, file)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part{file.Name, src})
	}
	if err := sameColumns(parts); err != nil {
		return nil, err
	}
	if len(parts) == 1 {
		return parts[0].Source, nil
	}
	return chain(parts), nil
}

// openFile opens the one file at o.Path.
func openFile(ctx context.Context, o Options) (Source, error) {
	before, err := stampOf(o)
	if err != nil {
		return nil, err
	}
	head, err := headOf(ctx, o)
	if err != nil {
		return nil, err
	}
	f, o, err := identify(o, head)
	if err != nil {
		return nil, err
	}
	open := f.open
	if open == nil {
		open = f.stream
	}
	src, err := open(ctx, o)
	if err != nil {
		return nil, place(err, Pos{File: o.Name})
	}
	return &watched{src, o, before}, nil
}

// headOf returns the first bytes of the file at o.Path, unpacked.
func headOf(ctx context.Context, o Options) ([]byte, error) {
	in, err := openInput(ctx, o)
	if err != nil {
		return nil, err
	}
	defer in.close()
	head, err := bufio.NewReaderSize(in, sampleSize).Peek(sampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, place(err, Pos{File: o.Name})
	}
	return head, nil
}

// part is one file of a source.
type part struct {
	name string
	Source
}

// chain is a source of several files, one after the other.
type chain []part

func (c chain) Columns() []string { return c[0].Columns() }

func (c chain) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, p := range c {
			for row, err := range p.Rows(ctx) {
				if !yield(row, err) || err != nil {
					return
				}
			}
		}
	}
}

// sameColumns checks that every file has the columns of the first, in any order.
func sameColumns(parts []part) error {
	first := parts[0].Columns()
	for _, p := range parts[1:] {
		columns := p.Columns()
		missing, extra := without(first, columns), without(columns, first)
		if len(missing) == 0 && len(extra) == 0 {
			continue
		}
		var differences []string
		if len(missing) > 0 {
			differences = append(differences, "lacks "+quoteAll(missing))
		}
		if len(extra) > 0 {
			differences = append(differences, "adds "+quoteAll(extra))
		}
		return &Error{
			Pos:     Pos{File: p.name},
			Message: "the header differs from the one of " + parts[0].name + ": it " + strings.Join(differences, " and "),
			Hint:    "give the files of one source the same columns, or name them as two sources",
		}
	}
	return nil
}

// without returns the names that are not among the others.
func without(names, others []string) []string {
	known := make(map[string]bool, len(others))
	for _, name := range others {
		known[name] = true
	}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return known[name] })
}
