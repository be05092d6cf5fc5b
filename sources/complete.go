package sources

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"time"
)

// Unended returns the names of those text files of a source (CSV, or one JSON object a line) whose last line does not end: they
// may be cut short, and the last cell with them. Standard input is not looked at, an empty file has no last line.
func Unended(ctx context.Context, o Options) (names []string, err error) {
	if o.Path == "-" {
		return nil, nil
	}
	files, err := expand(o)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		isText, err := hasLines(ctx, file)
		if err != nil {
			return nil, err
		}
		if !isText {
			continue
		}
		ended, err := endsLine(ctx, file)
		if err != nil {
			return nil, err
		}
		if !ended {
			names = append(names, file.Name)
		}
	}
	return names, nil
}

// hasLines reports whether a row of a file is a line of text, or several.
func hasLines(ctx context.Context, o Options) (bool, error) {
	head, err := headOf(ctx, o)
	if err != nil {
		return false, err
	}
	format, _, err := identify(o, head)
	if err != nil {
		return false, err
	}
	return format.VariantOf == "csv" || slices.Contains([]string{"csv", "ndjson"}, format.Words[0]), nil
}

// endsLine reports whether a file, unpacked, is empty or ends with the end of a line. In UTF-16 a zero stands behind the line
// feed, or before it.
func endsLine(ctx context.Context, o Options) (bool, error) {
	in, err := openInput(ctx, o)
	if err != nil {
		return false, err
	}
	defer in.close()
	last := lastBytes{}
	if _, err := io.Copy(&last, in); err != nil {
		return false, place(err, Pos{File: o.Name})
	}
	text := bytes.TrimSuffix(last.tail, []byte{0})
	return len(text) == 0 || text[len(text)-1] == '\n' || text[len(text)-1] == '\r', nil
}

// lastBytes keeps the last two bytes of what is written to it.
type lastBytes struct{ tail []byte }

func (l *lastBytes) Write(p []byte) (int, error) {
	l.tail = append(l.tail, p[max(0, len(p)-2):]...)
	l.tail = l.tail[max(0, len(l.tail)-2):]
	return len(p), nil
}

// Newest is when the newest file of a source was changed. ok is false for standard input, which has no time.
func Newest(o Options) (at time.Time, ok bool, err error) {
	if o.Path == "-" {
		return at, false, nil
	}
	files, err := expand(o)
	if err != nil {
		return at, false, err
	}
	for _, file := range files {
		info, err := os.Stat(file.Path)
		if err != nil {
			return at, false, &Error{Pos: Pos{File: file.Name}, Message: "cannot be read: " + reason(err), Hint: "check the file and its permissions", Err: err}
		}
		if info.ModTime().After(at) {
			at = info.ModTime()
		}
	}
	return at, true, nil
}
