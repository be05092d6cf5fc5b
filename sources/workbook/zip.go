package workbook

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
)

// Limits of a workbook's zip container. A sheet of real data is 5 to 30 times as large unpacked, a zip bomb 1,000 times.
const (
	maxParts     = 50_000
	maxPartRatio = 300
	minBombBytes = 16 << 20 // a part below this size is no bomb, whatever its ratio
	maxSmallPart = 16 << 20 // workbook, relations, styles: read into memory at once
)

// zipParts is an open workbook file: its parts by their names in lower case, since upper and lower case are the same in
// the names of parts.
type zipParts struct {
	file  *os.File
	parts map[string]*zip.File
}

// openZip opens a zip container and checks its directory before anything is unpacked: the number of
// parts, their sizes unpacked, their names, and that no two parts share bytes of the file.
func openZip(name string, maxUnpacked int64) (*zipParts, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	z := &zipParts{file: file, parts: map[string]*zip.File{}}
	if err := z.load(maxUnpacked); err != nil {
		return nil, cmp.Or(err, file.Close())
	}
	return z, nil
}

// Close closes the file.
func (z *zipParts) Close() error { return z.file.Close() }

func (z *zipParts) load(maxUnpacked int64) error {
	info, err := z.file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &Fault{Message: "this is no file that can be read", Hint: "name a workbook"}
	}
	if err := checkKind(z.file); err != nil {
		return err
	}
	r, err := zip.NewReader(z.file, info.Size())
	if errors.Is(err, zip.ErrFormat) {
		return errors.New("its end is missing, as of a copy or a download that broke off")
	}
	if err != nil {
		return err
	}
	r.RegisterDecompressor(zip.Deflate, flate.NewReader)
	if err := checkZip(r.File, info.Size(), uint64(maxUnpacked)); err != nil {
		return err
	}
	for _, f := range r.File {
		key := partKey(f.Name)
		if _, twice := z.parts[key]; twice {
			return fmt.Errorf("it holds %s twice", f.Name)
		}
		z.parts[key] = f
	}
	return nil
}

// checkZip refuses a zip file by its directory: too many parts, parts that unpack to too much, and false places.
func checkZip(files []*zip.File, size int64, maxUnpacked uint64) error {
	if len(files) > maxParts {
		return fmt.Errorf("it has %d parts, more than %d", len(files), maxParts)
	}
	var total uint64
	for _, f := range files {
		if slices.Contains(strings.Split(slashed(f.Name), "/"), "..") {
			return fmt.Errorf("a part's name leaves the workbook: %q", f.Name)
		}
		total += f.UncompressedSize64
		if f.UncompressedSize64 > maxUnpacked || total > maxUnpacked {
			return &Fault{
				Message: fmt.Sprintf("it unpacks to more than max_unpacked (%d bytes)", maxUnpacked),
				Hint:    "raise max_unpacked if the file is sound, or save the sheet alone as .csv",
			}
		}
		if f.UncompressedSize64 > minBombBytes && f.UncompressedSize64/maxPartRatio > f.CompressedSize64 {
			return fmt.Errorf("%s unpacks from %d bytes to %d, as no real data does", f.Name, f.CompressedSize64, f.UncompressedSize64)
		}
	}
	return checkOverlap(files, size)
}

// checkOverlap refuses parts that share bytes of the file, as in a zip bomb of many parts, or are outside of the
// file.
func checkOverlap(files []*zip.File, size int64) error {
	type span struct {
		name       string
		start, end int64
	}
	spans := make([]span, 0, len(files))
	for _, f := range files {
		start, err := f.DataOffset()
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		if start > size || f.CompressedSize64 > uint64(size-start) {
			return fmt.Errorf("%s lies outside of the file", f.Name)
		}
		spans = append(spans, span{f.Name, start, start + int64(f.CompressedSize64)})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(spans); i++ {
		if spans[i].start < spans[i-1].end {
			return fmt.Errorf("%s and %s overlap", spans[i-1].name, spans[i].name)
		}
	}
	return nil
}

// has reports whether the workbook has a part.
func (z *zipParts) has(name string) bool { return z.parts[partKey(name)] != nil }

// open opens a part for reading. Its checksum is checked when it is read to its end.
func (z *zipParts) open(ctx context.Context, name string) (io.ReadCloser, error) {
	f := z.parts[partKey(name)]
	if f == nil {
		return nil, fmt.Errorf("its part %s is missing", name)
	}
	const encrypted = 1
	if f.Flags&encrypted != 0 {
		return nil, passwordError()
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &partReader{ReadCloser: r, ctx: ctx, name: name}, nil
}

// read returns the bytes of a small part.
func (z *zipParts) read(ctx context.Context, name string) ([]byte, error) {
	r, err := z.open(ctx, name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxSmallPart+1))
	if err = cmp.Or(err, r.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxSmallPart {
		return nil, fmt.Errorf("%s is larger than %d MiB", name, maxSmallPart>>20)
	}
	return data, nil
}

// partReader reads a part until ctx is done. archive/zip checks that the part has the size and the checksum that the
// directory states.
type partReader struct {
	io.ReadCloser
	ctx  context.Context
	name string
}

func (r *partReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.ReadCloser.Read(p)
	switch {
	case errors.Is(err, zip.ErrFormat):
		err = fmt.Errorf("%s has not the size that the workbook's directory states", r.name)
	case err != nil && !errors.Is(err, io.EOF):
		err = fmt.Errorf("unpacking %s: %w", r.name, err)
	}
	return n, err
}

// partKey returns the key of a part in zipParts. A few programs write "\" or a leading "/", or change the case.
func partKey(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Clean(slashed(name)), "/"))
}

// slashed returns the name of a part with / in place of \.
func slashed(name string) string { return strings.ReplaceAll(name, `\`, "/") }
