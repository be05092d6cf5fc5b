package sources

import (
	"context"
	"errors"
	"io"
)

// contextReader reads until its context is done, and then returns the context's error.
type contextReader struct {
	ctx context.Context
	in  io.Reader
}

func (r contextReader) Read(to []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(to)
}

// fileReader reads a file. Its errors are Errors, which tells them from those of a decompressor that reads from it.
type fileReader struct{ in contextReader }

func (r fileReader) Read(to []byte) (int, error) {
	n, err := r.in.Read(to)
	if err != nil && !errors.Is(err, io.EOF) && !isContextError(err) {
		err = &Error{Message: "cannot be read: " + reason(err), Hint: "check the disk and the file, then run again", Err: err}
	}
	return n, err
}
