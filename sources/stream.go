package sources

import (
	"context"
	"errors"
	"io"
	"iter"
	"slices"
)

// sampleSize is how much of a stream is looked at before its first row, in bytes.
const sampleSize = 64 << 10

// reader gives the rows of one open stream.
type reader interface {
	// columns returns the header; nil when there is none.
	columns() []string
	// next returns the next row, io.EOF behind the last one, or why there cannot be another.
	next() (Row, error)
}

// parse starts to read a stream: it stands before the first row when it returns.
type parse func(in io.Reader, o Options) (reader, error)

// stream is a source of one file that is read from front to back.
type stream struct {
	o      Options
	parse  parse
	header []string
}

// stream opens the file at o.Path and reads its header.
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
		drain(ctx, r, s.o.Name, yield)
	}
}

// drain yields what r still gives.
func drain(ctx context.Context, r reader, file string, yield func(Row, error) bool) {
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
