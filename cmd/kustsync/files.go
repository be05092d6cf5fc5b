package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// exists reports whether there is something at path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil || !os.IsNotExist(err)
}

// isMissing reports that a file or folder is not there.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// firstOf is the first error that there is.
func firstOf(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// shortPath is a path as it is typed from the working directory, if it lies below it.
func shortPath(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	below, err := filepath.Rel(here, path)
	if err != nil || !filepath.IsLocal(below) {
		return path
	}
	return below
}
