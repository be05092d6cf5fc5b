package sources

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
)

// sampleSize is how many bytes of a file are looked at before its first row is read.
const sampleSize = 64 << 10

// reader reads the rows of one open file from front to back.
type reader interface {
	// columns returns the header; nil when there is none.
	columns() []string
	// next returns the next row, io.EOF after the last one, or the error for which no other row can be read.
	next() (Row, error)
}

// parse begins to read a file: it reads all that comes before the first row.
type parse func(in io.Reader, o Options) (reader, error)

// stream is a source of one file that is read from front to back.
type stream struct {
	o      Options
	parse  parse
	header []string
}

// stream opens the file at o.Path as a stream and reads its header.
func (f Format) stream(ctx context.Context, o Options) (Source, error) {
	s := &stream{o: o, parse: f.parse}
	in, r, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	defer in.close()
	s.header = r.columns()
	return s, nil
}

// open opens the file and reads all that comes before the first row. The caller closes the input.
func (s *stream) open(ctx context.Context) (*input, reader, error) {
	in, err := openInput(ctx, s.o)
	if err != nil {
		return nil, nil, err
	}
	r, err := s.parse(in, s.o)
	if err != nil {
		in.close()
		return nil, nil, place(err, Pos{File: s.o.Name})
	}
	return in, r, nil
}

func (s *stream) Columns() []string { return slices.Clone(s.header) }

func (s *stream) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		in, r, err := s.open(ctx)
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer in.close()
		yieldRows(ctx, r, s.o.Name, yield)
	}
}

// yieldRows yields all rows of r that have not been read. The file is its name in errors.
func yieldRows(ctx context.Context, r reader, file string, yield func(Row, error) bool) {
	for {
		row, err := r.next()
		switch {
		case ctx.Err() != nil:
			yield(Row{}, ctx.Err())
			return
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			yield(Row{}, place(err, Pos{File: file}))
			return
		case !yield(row, nil):
			return
		}
	}
}
