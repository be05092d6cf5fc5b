package sources

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// maxZstdWindow bounds the memory that a zstd file may ask for, in bytes; zstd --long=27 and all
// the usual levels stay below it.
const maxZstdWindow = 128 << 20

// input is the bytes of one file for one pass, unpacked and bounded. Once Read has failed it gives
// the same error again.
type input struct {
	in    io.Reader
	close func()
	err   error
}

func (i *input) Read(p []byte) (int, error) {
	if i.err != nil {
		return 0, i.err
	}
	n, err := i.in.Read(p)
	i.err = err
	return n, err
}

// openInput opens the file at o.Path; the caller closes it. Reading stops when ctx is done.
func openInput(ctx context.Context, o Options) (*input, error) {
	file, err := os.Open(o.Path)
	if err != nil {
		return nil, &Error{Pos: Pos{File: o.Name}, Message: "cannot be opened: " + reason(err), Hint: "check the path and its permissions", Err: err}
	}
	in := &input{in: &guarded{ctx, file}, close: func() { _ = file.Close() }}
	if kind := packing(o.Path); kind != "" {
		if err := in.unpack(strings.TrimPrefix(kind, "."), o.MaxUnpacked); err != nil {
			in.close()
			return nil, place(err, Pos{File: o.Name})
		}
	}
	return in, nil
}

// packing returns the extension of a compressed file, ".gz" or ".zst", or "".
func packing(path string) string {
	switch ext := filepath.Ext(path); strings.ToLower(ext) {
	case ".gz", ".zst":
		return ext
	}
	return ""
}

// unpack puts a decompressor and its bound between the file and its reader.
func (i *input) unpack(kind string, bound int64) error {
	packed := &limited{in: i.in, kind: strings.ToLower(kind), bound: bound}
	if packed.kind == "gz" {
		unzip, err := gzip.NewReader(i.in)
		if err != nil {
			return packed.fault(err)
		}
		packed.in, i.in = unzip, packed
		return nil
	}
	first := make([]byte, 4)
	if _, err := io.ReadFull(i.in, first); err != nil {
		return packed.fault(err)
	}
	unzip, err := zstd.NewReader(io.MultiReader(bytes.NewReader(first), i.in),
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
	if err != nil {
		return packed.fault(err)
	}
	closeFile := i.close
	i.close = func() { unzip.Close(); closeFile() }
	packed.in, i.in = unzip, packed
	return nil
}

// limited is unpacked data up to a bound. It tells a damaged archive from one that was cut short.
type limited struct {
	in    io.Reader
	kind  string
	bound int64 // bytes that may still come
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.in.Read(p)
	if l.bound -= int64(n); l.bound < 0 {
		return 0, &Error{Message: "the archive unpacks to more than max_unpacked allows", Hint: "raise max_unpacked if the file is meant to be that large"}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = l.fault(err)
	}
	return n, err
}

func (l *limited) fault(err error) error {
	var known *Error
	switch {
	case ended(err) || errors.As(err, &known):
		return err
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Message: "the ." + l.kind + " archive is cut short", Hint: "copy or download the file again", Err: io.ErrUnexpectedEOF}
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return &Error{Message: "the .zst archive needs too much memory to unpack", Hint: "pack it again without --long, or with --long=27 at most", Err: err}
	}
	return &Error{Message: fmt.Sprintf("the .%s archive is damaged (%v)", l.kind, err), Hint: "copy or download the file again", Err: err}
}

// guarded is a file whose reading stops when ctx is done, and whose errors are told from those of
// what reads it.
type guarded struct {
	ctx  context.Context
	file io.Reader
}

func (g *guarded) Read(p []byte) (int, error) {
	if err := g.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := g.file.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &Error{Message: "cannot be read: " + reason(err), Hint: "check the disk and the file, then run again", Err: err}
	}
	return n, err
}
