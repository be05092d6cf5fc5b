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

// input reads the bytes of one file from front to back, unpacked, up to Options.MaxUnpacked bytes. Once Read has
// failed, it returns the same error again.
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
	in := &input{in: fileReader{contextReader{ctx, file}}, close: func() { _ = file.Close() }}
	if ext := packing(o.Path); ext != "" {
		if err := in.unpack(strings.ToLower(strings.TrimPrefix(ext, ".")), o.MaxUnpacked); err != nil {
			in.close()
			return nil, place(err, Pos{File: o.Name})
		}
	}
	return in, nil
}

// packing returns the extension of a compressed file, ".gz" or ".zst" in upper or lower case; "" for other files.
func packing(path string) string {
	switch ext := filepath.Ext(path); strings.ToLower(ext) {
	case ".gz", ".zst":
		return ext
	}
	return ""
}

// unpack puts a decompressor with a limit between the file and its reader. The packing is gz or zst, the limit is in
// bytes.
func (i *input) unpack(packing string, limit int64) error {
	unpacked := &unpackedReader{packing: packing, left: limit}
	if packing == "gz" {
		unzip, err := gzip.NewReader(i.in)
		if err != nil {
			return unpacked.explain(err)
		}
		unpacked.in, i.in = unzip, unpacked
		return nil
	}
	first := make([]byte, 4)
	if _, err := io.ReadFull(i.in, first); err != nil {
		return unpacked.explain(err)
	}
	unzip, err := zstd.NewReader(io.MultiReader(bytes.NewReader(first), i.in),
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
	if err != nil {
		return unpacked.explain(err)
	}
	closeFile := i.close
	i.close = func() { unzip.Close(); closeFile() }
	unpacked.in, i.in = unzip, unpacked
	return nil
}

// unpackedReader reads from a decompressor up to a limit, and explains its errors.
type unpackedReader struct {
	in      io.Reader
	packing string // gz or zst
	left    int64  // how many bytes may still come
}

func (u *unpackedReader) Read(p []byte) (int, error) {
	n, err := u.in.Read(p)
	if u.left -= int64(n); u.left < 0 {
		return 0, &Error{Message: "the archive unpacks to more than max_unpacked allows", Hint: "raise max_unpacked if the file is meant to be that large"}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = u.explain(err)
	}
	return n, err
}

// explain returns an Error for an error of the decompressor: the archive is cut short, needs too much memory, or is
// damaged. Errors of the file and of the context are returned as they are.
func (u *unpackedReader) explain(err error) error {
	var known *Error
	switch {
	case isContextError(err) || errors.As(err, &known):
		return err
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Message: "the ." + u.packing + " archive is cut short", Hint: "copy or download the file again", Err: io.ErrUnexpectedEOF}
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		return &Error{Message: "the .zst archive needs too much memory to unpack", Hint: "pack it again without --long, or with --long=27 at most", Err: err}
	}
	return &Error{Message: fmt.Sprintf("the .%s archive is damaged (%v)", u.packing, err), Hint: "copy or download the file again", Err: err}
}
