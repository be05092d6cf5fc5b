package sources

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"sync/atomic"
)

// Spool writes r to a new file in dir that only its owner can read, so that it can be read more
// than once, and returns the file's path; the caller removes it. More than limit bytes are an
// error (0 means DefaultMaxUnpacked), and no file stays behind an error. Its errors do not say that
// standard input was being copied; the caller does.
func Spool(ctx context.Context, r io.Reader, dir string, limit int64) (path string, err error) {
	if limit <= 0 {
		limit = DefaultMaxUnpacked
	}
	file, err := os.CreateTemp(dir, "stdin-*") // mode 0600
	if err != nil {
		return "", err
	}
	defer func() {
		err = errors.Join(err, file.Close())
		if err != nil {
			_ = os.Remove(file.Name())
			path = ""
		}
	}()
	n, err := io.Copy(file, io.LimitReader(&patient{ctx: ctx, in: r}, limit+1))
	if err == nil && n > limit {
		err = &Error{Message: fmt.Sprintf("it is longer than %d bytes", limit), Hint: "save it to a file and name that, or raise max_unpacked"}
	}
	return file.Name(), err
}

// openStdin reads the header of what o.Stdin gives.
func openStdin(ctx context.Context, o Options) (Source, error) {
	if o.Name == "-" {
		o.Name = "standard input"
	}
	if o.Stdin == nil {
		return nil, &Error{Pos: Pos{File: o.Name}, Message: "there is no standard input to read", Hint: "name a file"}
	}
	wait := &patient{ctx: ctx, in: o.Stdin}
	in := bufio.NewReaderSize(&input{in: wait}, sampleSize)
	head, err := in.Peek(sampleSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, place(err, Pos{File: o.Name})
	}
	f, o, err := identify(o, head)
	if err != nil {
		return nil, err
	}
	if f.parse == nil {
		return nil, &Error{Pos: Pos{File: o.Name}, Message: "a workbook cannot be read from standard input", Hint: "save it to a file and name that"}
	}
	r, err := f.parse(in, o)
	if err != nil {
		return nil, place(err, Pos{File: o.Name})
	}
	return &once{reader: r, wait: wait, file: o.Name}, nil
}

// once is standard input, which gives its rows a single time.
type once struct {
	reader reader
	wait   *patient
	file   string
	used   atomic.Bool
}

func (s *once) Columns() []string { return slices.Clone(s.reader.columns()) }

func (s *once) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if s.used.Swap(true) {
			yield(Row{}, &Error{Pos: Pos{File: s.file}, Message: "standard input can be read only once", Hint: "save it to a file and name that"})
			return
		}
		s.wait.ctx = ctx
		drain(ctx, s.reader, s.file, yield)
	}
}

// patient reads from something that may block for ever, and stops waiting when ctx is done.
type patient struct {
	ctx context.Context
	in  io.Reader
	buf []byte
}

type answer struct {
	n   int
	err error
}

func (p *patient) Read(to []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	if p.buf == nil {
		p.buf = make([]byte, sampleSize)
	}
	answers, buf := make(chan answer, 1), p.buf[:min(len(p.buf), len(to))]
	go func() {
		n, err := p.in.Read(buf)
		answers <- answer{n, err}
	}()
	select {
	case got := <-answers:
		if got.err != nil && !errors.Is(got.err, io.EOF) {
			got.err = &Error{Message: "cannot be read: " + reason(got.err), Err: got.err}
		}
		return copy(to, buf[:got.n]), got.err
	case <-p.ctx.Done():
		return 0, p.ctx.Err()
	}
}
