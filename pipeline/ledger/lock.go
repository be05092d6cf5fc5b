package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/gofrs/flock"
)

// LockedError says that another run holds the lock (exit 5).
type LockedError struct {
	Path  string
	Owner string // "process 4711 on build-3 since 2026-01-02T15:04:05Z: kustsync run p.yaml"
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("another run holds %s: %s; wait for it to end, or stop it", e.Path, e.Owner)
}

// DirLock is a held lock of a pipeline's state folder.
type DirLock struct{ file *flock.Flock }

// Lock takes the lock of a state folder, which it creates (0700) where it is missing. The system
// releases a lock when its owner dies, so a lock left behind never blocks. Needs a local disk.
// *LockedError when another process holds it.
func Lock(dir string) (*DirLock, error) {
	if err := makeDir(dir); err != nil {
		return nil, fmt.Errorf("lock the state folder: %w; check that you may write there", err)
	}
	path := filepath.Join(dir, "lock")
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("lock the state folder: %s is not a regular file; remove it", path)
	}
	file := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR|noFollow), flock.SetPermissions(0o600))
	held, err := file.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the state folder: %w; it must be on a local disk where you may write", err)
	}
	if !held {
		return nil, &LockedError{Path: path, Owner: readOwner(path)}
	}
	if err := writeOwner(path); err != nil {
		return nil, errors.Join(fmt.Errorf("write the owner of %s: %w; make room and try again", path, err), file.Unlock())
	}
	return &DirLock{file: file}, nil
}

// Unlock releases the lock. The file stays: if it were removed, two runs could each lock a file of that name.
func (l *DirLock) Unlock() error { return l.file.Unlock() }

// ownerAt is the offset of the owner's text: on Windows the first byte is locked against all other handles.
const ownerAt = 1

func writeOwner(path string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed host"
	}
	text := fmt.Appendf(nil, "process %d on %s since %s: %s\n",
		os.Getpid(), host, time.Now().UTC().Format(time.RFC3339), strings.Join(os.Args, " "))
	f, err := os.OpenFile(path, os.O_WRONLY|noFollow, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(text, ownerAt)
	return errors.Join(err, f.Truncate(int64(ownerAt+len(text))), f.Close())
}

// readOwner returns what the owner wrote about itself, as one printable line of at most 1,000 bytes.
func readOwner(path string) string {
	const unknown = "its owner has not said who it is"
	f, err := os.Open(path)
	if err != nil {
		return unknown
	}
	defer func() { _ = f.Close() }()
	text := make([]byte, 1000)
	n, _ := f.ReadAt(text, ownerAt)
	line, _, _ := strings.Cut(string(text[:n]), "\n")
	if line == "" {
		return unknown
	}
	return strings.Map(printable, strings.ToValidUTF8(line, "?"))
}

func printable(r rune) rune {
	if !unicode.IsPrint(r) {
		return '?'
	}
	return r
}
