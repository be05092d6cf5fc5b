//go:build unix

package ledger

import (
	"errors"
	"os"
	"syscall"
)

// noFollow makes opening a file that is a symbolic link fail.
const noFollow = syscall.O_NOFOLLOW

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
