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

// Spool copies r to a new file in dir that only its owner can read, so that it can be read more
// than once, and returns the file's path; the caller removes the file. More than limit bytes are an
// error (0 means DefaultMaxUnpacked). After an error there is no file. The errors do not say that
// standard input was being copied; the caller adds that.
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
	n, err := io.Copy(file, io.LimitReader(&interruptible{ctx: ctx, in: r}, limit+1))
	if err == nil && n > limit {
		err = &Error{Message: fmt.Sprintf("it is longer than %d bytes", limit), Hint: "save it to a file and name that, or raise max_unpacked"}
	}
	return file.Name(), err
}

// openStdin opens o.Stdin and reads its header.
func openStdin(ctx context.Context, o Options) (Source, error) {
	if o.Name == "-" {
		o.Name = "standard input"
	}
	if o.Stdin == nil {
		return nil, &Error{Pos: Pos{File: o.Name}, Message: "there is no standard input to read", Hint: "name a file"}
	}
	raw := &interruptible{ctx: ctx, in: o.Stdin}
	in := bufio.NewReaderSize(&input{in: raw}, sampleSize)
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
	return &stdin{reader: r, in: raw, file: o.Name}, nil
}

// stdin is standard input as a source. Its rows can be read once.
type stdin struct {
	reader reader
	in     *interruptible
	file   string
	used   atomic.Bool
}

func (s *stdin) Columns() []string { return slices.Clone(s.reader.columns()) }

func (s *stdin) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if s.used.Swap(true) {
			yield(Row{}, &Error{Pos: Pos{File: s.file}, Message: "standard input can be read only once", Hint: "save it to a file and name that"})
			return
		}
		s.in.ctx = ctx
		yieldRows(ctx, s.reader, s.file, yield)
	}
}

// interruptible reads from a reader that may block for ever, and returns when ctx is done.
type interruptible struct {
	ctx context.Context
	in  io.Reader
	buf []byte // what in reads into: it may still do so after Read has returned
}

func (r *interruptible) Read(to []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.buf == nil {
		r.buf = make([]byte, sampleSize)
	}
	type result struct {
		n   int
		err error
	}
	done, buf := make(chan result, 1), r.buf[:min(len(r.buf), len(to))]
	go func() {
		n, err := r.in.Read(buf)
		done <- result{n, err}
	}()
	select {
	case got := <-done:
		if got.err != nil && !errors.Is(got.err, io.EOF) {
			got.err = &Error{Message: "cannot be read: " + reason(got.err), Err: got.err}
		}
		return copy(to, buf[:got.n]), got.err
	case <-r.ctx.Done():
		return 0, r.ctx.Err()
	}
}
