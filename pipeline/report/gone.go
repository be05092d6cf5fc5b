package report

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
)

// Gone writes the keys that the ledger has loaded and that a source no longer has: one CSV file for each step, with the columns
// key and kustomer_id, which another pipeline can read.
type Gone struct {
	dir   string
	files map[string]*goneFile
}

type goneFile struct {
	file *os.File
	csv  *csv.Writer
}

// NewGone writes into dir, which is created at the first key.
func NewGone(dir string) *Gone { return &Gone{dir: dir, files: map[string]*goneFile{}} }

// Add writes a key of a step. It must not be called by several goroutines at once.
func (g *Gone) Add(step, key, kustomerID string) error {
	f, ok := g.files[step]
	if !ok {
		var err error
		if f, err = g.create(step); err != nil {
			return err
		}
		g.files[step] = f
	}
	return f.csv.Write([]string{key, kustomerID})
}

// Path is the file of a step, whether or not there is one.
func (g *Gone) Path(step string) string { return filepath.Join(g.dir, step+".csv") }

func (g *Gone) create(step string) (*goneFile, error) {
	if err := os.MkdirAll(g.dir, 0o700); err != nil {
		return nil, err
	}
	// O_EXCL: the folder is new in every run, and a link that somebody left there is not followed.
	file, err := os.OpenFile(g.Path(step), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	f := &goneFile{file: file, csv: csv.NewWriter(file)}
	return f, f.csv.Write([]string{"key", "kustomer_id"})
}

// Close ends the files.
func (g *Gone) Close() error {
	var errs []error
	for _, f := range g.files {
		f.csv.Flush()
		errs = append(errs, f.csv.Error(), f.file.Close())
	}
	return errors.Join(errs...)
}
