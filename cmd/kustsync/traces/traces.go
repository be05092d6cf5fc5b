// Package traces removes the lines of one row from the files that runs and plans leave on disk.
package traces

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Row names a row.
type Row struct{ Step, Key string }

// File is a file that lost lines.
type File struct {
	Path    string `json:"path"`
	Lines   int    `json:"lines"`   // rows that were removed
	Removed bool   `json:"removed"` // the file had no other row, and is gone
}

// FileError says why a file was not searched, or not changed. It may hold what is to be removed.
type FileError struct {
	Path string
	Err  error
}

func (e FileError) Error() string { return fmt.Sprintf("%s: %v", e.Path, e.Err) }

// temporary begins the names of files that a killed process left: copies of files that are searched.
var temporary = [...]string{".sorted-", ".forget-"}

// Remove removes a row from the rejects files and the plans below the folder of a target, while no run loads into it. A
// file is replaced as a whole, by one that its owner alone can read. Files that failed do not keep others from being
// searched.
func Remove(dir string, row Row) (changed []File, failed []FileError) {
	for _, pattern := range [...]string{"rejected/*", "plan.ndjson"} {
		paths, err := filepath.Glob(filepath.Join(escape(dir), "runs", "*", filepath.FromSlash(pattern)))
		if err != nil {
			failed = append(failed, FileError{dir, err})
		}
		for _, path := range paths {
			f, err := removeFrom(path, row)
			if err != nil {
				failed = append(failed, FileError{path, err})
			}
			if f.Lines > 0 || f.Removed {
				changed = append(changed, f)
			}
		}
	}
	return changed, failed
}

// escape lets a path stand for itself in a pattern. Windows has no such way, and no such names as a rule.
func escape(path string) string {
	if os.PathSeparator == '\\' {
		return path
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// span is a part of a file, in bytes.
type span struct{ from, to int64 }

// found is what is to be cut out of a file, and how many other rows it has.
type found struct {
	cuts []span
	left int
}

// removeFrom removes a row from one file.
func removeFrom(path string, row Row) (f File, err error) {
	f.Path = path
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return f, err
	case !info.Mode().IsRegular():
		return f, errors.New("it is no plain file; look through it yourself")
	}
	for _, prefix := range temporary {
		if strings.HasPrefix(filepath.Base(path), prefix) {
			f.Removed = true
			return f, os.Remove(path)
		}
	}
	src, err := os.Open(path)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, ignoreClosed(src.Close())) }()
	what, err := search(src, path, row)
	if err != nil || len(what.cuts) == 0 {
		return f, err
	}
	f.Lines, f.Removed = len(what.cuts), what.left == 0
	if f.Removed {
		return f, errors.Join(src.Close(), os.Remove(path))
	}
	return f, rewrite(src, path, what.cuts)
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// search finds a row in a file of the kind that its name says.
func search(src io.Reader, path string, row Row) (found, error) {
	switch {
	case filepath.Base(path) == "plan.ndjson":
		return searchJSON(src, row, "step", "key")
	case filepath.Ext(path) == ".ndjson":
		return searchJSON(src, row, "_step", "_key")
	case filepath.Ext(path) == ".csv":
		return searchCSV(src, row)
	}
	return found{}, errors.New("it is no file of kustsync; look through it yourself")
}

// rewrite replaces a file by one without the cuts.
func rewrite(src *os.File, path string, cuts []span) (err error) {
	out, err := os.CreateTemp(filepath.Dir(path), ".forget-*") // 0600
	if err != nil {
		return err
	}
	if err = errors.Join(copyWithout(out, src, cuts), out.Sync(), out.Close(), src.Close()); err == nil {
		err = os.Rename(out.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return nil
}

// copyWithout copies what is between the cuts, which are in order.
func copyWithout(to io.Writer, from io.ReaderAt, cuts []span) error {
	var at int64
	for _, cut := range cuts {
		if _, err := io.Copy(to, io.NewSectionReader(from, at, cut.from-at)); err != nil {
			return err
		}
		at = cut.to
	}
	const rest = 1 << 62
	_, err := io.Copy(to, io.NewSectionReader(from, at, rest-at))
	return err
}
