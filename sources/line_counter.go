package sources

import (
	"bytes"
	"io"
)

// lineCounter is between a text and a decoder that reads ahead and counts in offsets. It keeps the text that was read
// since the last release, and so knows the line of each offset in it. It keeps at most maxRecord bytes: one value must
// not fill the memory.
type lineCounter struct {
	in   io.Reader
	kept []byte
	base int64 // offset of kept[0]
	read int64 // offset of the end of kept
	line int   // of kept[0], from 1
	err  error // what Read returns from now on
}

func (c *lineCounter) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if len(c.kept) > maxRecord {
		c.err = &Error{
			Pos:     Pos{Line: c.line},
			Message: "the value that begins here is longer than 16 MiB",
			Hint:    "set records: to the array that holds the rows, or use type: ndjson",
		}
		return 0, c.err
	}
	p = p[:min(len(p), maxRecord+1-len(c.kept))]
	n, err := io.ReadFull(c.in, p) // fill p: after each Read the decoder looks again at all that it has
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	c.kept = append(c.kept, p[:n]...)
	c.read += int64(n)
	return n, err
}

// release forgets the text before an offset.
func (c *lineCounter) release(offset int64) {
	c.line = c.lineAt(offset)
	c.kept = c.kept[offset-c.base:]
	c.base = offset
}

// lineAt returns the line, from 1, of an offset in the text that is kept.
func (c *lineCounter) lineAt(offset int64) int {
	return c.line + bytes.Count(c.kept[:min(offset-c.base, int64(len(c.kept)))], []byte{'\n'})
}

// from returns the text that was read after an offset.
func (c *lineCounter) from(offset int64) []byte { return c.kept[offset-c.base:] }
