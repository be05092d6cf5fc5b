package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// SQLite keeps two files beside the ledger while it is open, and after a kill.
var suffixes = [...]string{"", "-wal", "-shm"}

// checkFiles refuses anything but regular files in the places of the ledger: a link there could
// make us write somewhere else. A missing ledger is fs.ErrNotExist.
func checkFiles(path string) error {
	for i := len(suffixes) - 1; i >= 0; i-- {
		info, err := os.Lstat(path + suffixes[i])
		switch {
		case errors.Is(err, fs.ErrNotExist) && i > 0:
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s is not a regular file", path+suffixes[i])
		}
	}
	return nil
}

// createFile makes sure that the ledger is there, 0600, and that its name survives a loss of power.
// SQLite gives its other files the same mode.
func createFile(path string) error {
	switch err := checkFiles(path); {
	case err == nil:
		return os.Chmod(path, 0o600)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), syncDir(filepath.Dir(path)))
}

// makeDir creates a folder and its parents, 0700, each durable in its own parent.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeDir(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}
