package main

import (
	"bufio"
	"errors"
	"os"
)

// details is the file with the rows of a plan, which hold values: only its owner can read it.
type details struct {
	*bufio.Writer
	file *os.File
}

func newDetails(path string) (*details, error) {
	// O_EXCL: the folder is new in every run, and a link that somebody left there is not followed.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, environment("make room on the disk, or choose another folder with --state-dir", "making the plan's file: %v", err)
	}
	return &details{bufio.NewWriterSize(file, 64<<10), file}, nil
}

func (d *details) close() error { return errors.Join(d.Flush(), d.file.Close()) }
