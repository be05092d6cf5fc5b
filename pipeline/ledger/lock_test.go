package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func lockUntilKilled(dir string) error {
	if _, err := Lock(dir); err != nil {
		return err
	}
	fmt.Println("locked")
	select {}
}

func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	c := startChild(t, "lock", dir, 0)
	if !c.out.Scan() {
		t.Fatal("the child could not lock")
	}
	_, err := Lock(dir)
	locked := new(LockedError)
	if !errors.As(err, &locked) || !strings.Contains(locked.Owner, fmt.Sprintf("process %d on ", c.cmd.Process.Pid)) {
		t.Fatal(err)
	}
	c.kill()
	l, err := Lock(dir)
	if err != nil {
		t.Fatal("a dead owner's lock:", err)
	}
	if _, err := Lock(dir); !errors.As(err, &locked) || !strings.Contains(locked.Owner, fmt.Sprintf("process %d on ", os.Getpid())) {
		t.Fatal(err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	l, err = Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	checkMode(t, dir, 0o700)
	checkMode(t, filepath.Join(dir, "lock"), 0o600)
}

func checkMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want && runtime.GOOS != "windows" {
		t.Errorf("%s is %o, want %o", path, got, want)
	}
}

func TestLockRefusesLinks(t *testing.T) {
	dir := t.TempDir()
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.Symlink(victim, filepath.Join(dir, "lock")); err != nil {
		t.Skip(err)
	}
	if _, err := Lock(dir); err == nil {
		t.Fatal("locked")
	}
	if _, err := os.Lstat(victim); err == nil {
		t.Fatal("the link was followed")
	}
}

func TestOwnerIsPrintable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	for text, want := range map[string]string{
		"":                               "its owner has not said who it is",
		"\x00process 1\nmore":            "process 1",
		"\x00\x1b[31mred\xff\u202e":      "?[31mred??",
		strings.Repeat("x", 2000) + "\n": strings.Repeat("x", 1000),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readOwner(path); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
