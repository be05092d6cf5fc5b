package sources

import (
	"bytes"
	"io"
)

// tally passes a text on to a decoder that reads ahead. It keeps what was read since the last
// release, so that an offset can be told as a line, and bounds it: one value must not fill memory.
type tally struct {
	in    io.Reader
	kept  []byte
	base  int64 // offset of kept[0]
	read  int64 // offset behind kept
	line  int   // of kept[0], 1-based
	spent error
}

func (t *tally) Read(p []byte) (int, error) {
	if t.spent != nil {
		return 0, t.spent
	}
	if len(t.kept) > maxRecord {
		t.spent = &Error{
			Pos:     Pos{Line: t.line},
			Message: "the value that begins here is longer than 16 MiB",
			Hint:    "set records: to the array that holds the rows, or use type: ndjson",
		}
		return 0, t.spent
	}
	p = p[:min(len(p), maxRecord+1-len(t.kept))]
	n, err := io.ReadFull(t.in, p) // whole buffers, since the decoder looks again at all it has after each
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	t.kept = append(t.kept, p[:n]...)
	t.read += int64(n)
	return n, err
}

// release forgets the text before offset.
func (t *tally) release(offset int64) {
	t.line = t.lineAt(offset)
	t.kept = t.kept[offset-t.base:]
	t.base = offset
}

// lineAt returns the line of an offset that is not released.
func (t *tally) lineAt(offset int64) int {
	return t.line + bytes.Count(t.kept[:min(offset-t.base, int64(len(t.kept)))], []byte{'\n'})
}

// from returns the text read behind offset.
func (t *tally) from(offset int64) []byte { return t.kept[offset-t.base:] }
