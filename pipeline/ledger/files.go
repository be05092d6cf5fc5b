package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// suffixes are those of the ledger and of the two files that SQLite keeps beside it while it is open, and after a kill.
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

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// makeFile creates the ledger when it is missing, with mode 0600, which SQLite's files beside it take over. fill writes
// a new one under another name, and it is renamed when it is whole and durable: so an empty ledger is always a
// damaged one.
func makeFile(path string, fill func(path string) error) error {
	switch err := checkFiles(path); {
	case err == nil:
		return os.Chmod(path, 0o600)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	dir, draft := filepath.Dir(path), path+".new"
	if err := makeDir(dir); err != nil {
		return err
	}
	// Left by a process that was killed, or the log of a ledger that somebody moved away.
	for _, old := range [...]string{draft, draft + "-journal", path + "-wal", path + "-shm"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	f, err := os.OpenFile(draft, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Close(), fill(draft)); err != nil {
		return err
	}
	return errors.Join(os.Rename(draft, path), syncDir(dir))
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
