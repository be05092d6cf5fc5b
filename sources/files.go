package sources

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxFiles is how many files a glob may match.
const maxFiles = 10_000

// expand returns one Options for each file that o.Path names, sorted by path. A path that exists as it
// is written is that file, even if it has characters of a glob.
func expand(o Options) ([]Options, error) {
	refuse := func(message, hint string, err error) ([]Options, error) {
		return nil, &Error{Pos: Pos{File: o.Name}, Message: message, Hint: hint, Err: err}
	}
	if _, err := os.Lstat(o.Path); err == nil || !strings.ContainsAny(o.Path, "*?[") {
		return []Options{o}, nil
	}
	paths, err := filepath.Glob(o.Path)
	switch {
	case err != nil:
		return refuse("the pattern is malformed", "close every [ with a ]", err)
	case len(paths) == 0:
		return refuse("no file matches", "check the pattern; paths are relative to the pipeline file", fs.ErrNotExist)
	case len(paths) > maxFiles:
		return refuse(fmt.Sprintf("%d files match, more than %d", len(paths), maxFiles), "use a narrower pattern", nil)
	}
	files := make([]Options, len(paths))
	for i, path := range paths {
		files[i] = o
		files[i].Path, files[i].Name = path, shownAs(o, path)
	}
	return files, nil
}

// shownAs returns the name of a file that a glob matches, in the form of the glob: "data/a.csv" for "data/*.csv".
func shownAs(o Options, match string) string {
	name := filepath.FromSlash(o.Name)
	up := ""
	for strings.HasPrefix(name, ".."+string(filepath.Separator)) {
		up, name = filepath.Join("..", up), name[3:]
	}
	name = filepath.Clean(name)
	if filepath.IsAbs(name) || !strings.HasSuffix(o.Path, string(filepath.Separator)+name) {
		return match
	}
	elements := strings.Split(match, string(filepath.Separator))
	own := strings.Count(name, string(filepath.Separator)) + 1
	return filepath.ToSlash(filepath.Join(up, filepath.Join(elements[len(elements)-own:]...)))
}

// stamp tells whether a file is still the one that was opened: its identity, size and time of change.
type stamp struct {
	info fs.FileInfo
}

// stampOf returns the stamp of the file at o.Path, which may be a symbolic link. It refuses what is not a file.
func stampOf(o Options) (stamp, error) {
	info, err := os.Stat(o.Path)
	refuse := func(message, hint string) (stamp, error) {
		return stamp{}, &Error{Pos: Pos{File: o.Name}, Message: message, Hint: hint, Err: err}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refuse("there is no such file", "check the path; paths are relative to the pipeline file")
	case err != nil:
		return refuse("cannot be opened: "+reason(err), "check the path and its permissions")
	case info.IsDir():
		return refuse("this is a directory", "name the files in it, such as "+filepath.ToSlash(filepath.Join(o.Name, "*.csv")))
	case !info.Mode().IsRegular():
		return refuse("this is a pipe or a device, not a file", `name a file, or use "-" for standard input`)
	}
	return stamp{info}, nil
}

func (s stamp) same(other stamp) bool {
	return os.SameFile(s.info, other.info) && s.info.Size() == other.info.Size() && s.modified().Equal(other.modified())
}

func (s stamp) modified() time.Time { return s.info.ModTime() }

// watched is a source of one file that ends with an error when the file is changed while it is in use.
type watched struct {
	Source
	o      Options
	before stamp
}

func (w *watched) Rows(ctx context.Context) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if err := w.check(); err != nil {
			yield(Row{}, err)
			return
		}
		for row, err := range w.Source.Rows(ctx) {
			if !yield(row, err) || err != nil {
				return
			}
		}
		if err := w.check(); err != nil {
			yield(Row{}, err)
		}
	}
}

// check returns an error when the file at the path was written to, replaced or removed since it was opened.
func (w *watched) check() error {
	now, err := stampOf(w.o)
	if err == nil && w.before.same(now) {
		return nil
	}
	return &Error{
		Pos:     Pos{File: w.o.Name},
		Message: "the file was changed while it was being read",
		Hint:    "wait until nothing writes to it, then run again",
		Err:     err,
	}
}
