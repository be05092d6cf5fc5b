package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// breakWriter makes the next commit that needs a page fail, as a full disk does.
func breakWriter(t *testing.T, l *Ledger) {
	t.Helper()
	if _, err := l.writer.txn.conn.ExecContext(t.Context(), `PRAGMA max_page_count = 1`); err != nil {
		t.Fatal(err)
	}
}

func TestFailedWriteBreaksTheLedger(t *testing.T) {
	l := newLedger(t)
	mustBegin(t, l, intent("before", 1))
	mustSettle(t, l, created("before", "id"))
	breakWriter(t, l)
	big := with(created("big", "id-big"), func(e *Entry) { e.Error = strings.Repeat("x", 100_000) })
	for _, e := range []Entry{big, created("later", "id-later")} {
		if err := l.Settle(e); !errors.As(err, new(*BrokenError)) {
			t.Errorf("Settle %s: %v", e.Key, err)
		}
	}
	<-l.Failed()
	for name, err := range map[string]error{
		"Begin": l.Begin(t.Context(), intent("k", 1)), "Withdraw": l.Withdraw(t.Context(), "customer", "k"), "Mark": l.Mark(t.Context(), "m"),
		"EndRun": l.EndRun(t.Context(), Run{ID: "r"}), "Bind": l.Bind(t.Context(), "org1"), "Err": l.Err(), "Close": l.Close(),
	} {
		if !errors.As(err, new(*BrokenError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l = open1(t, l.path)
	if e := mustGet(t, l.Reader, "customer", "before"); e.KustomerID != "id" {
		t.Error(e)
	}
	if n := len(allEntries(t, l.Reader, Filter{})); n != 1 {
		t.Error(n, "entries")
	}
}

// TestFullDisk fills a small disk. What was durable before is readable when there is room again.
func TestFullDisk(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("needs root on Linux")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("mount: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if err := exec.Command("umount", dir).Run(); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(dir, "ledger.db")
	l := open1(t, path)
	durable := 0
	for ; l.Err() == nil; durable++ {
		if err := l.Settle(created(fmt.Sprint("k", durable), fmt.Sprint("id", durable))); err != nil {
			break
		}
	}
	if err := l.Close(); !errors.As(err, new(*BrokenError)) || !strings.Contains(err.Error(), "make room") {
		t.Fatal(err)
	}
	if err := exec.Command("mount", "-o", "remount,size=16m", dir).Run(); err != nil {
		t.Fatal(err)
	}
	l = open1(t, path)
	defer func() { _ = l.Close() }()
	if n := len(allEntries(t, l.Reader, Filter{})); n != durable || n == 0 {
		t.Errorf("%d entries, %d were durable", n, durable)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("needs root on Linux")
	}
	l := newLedger(t)
	mustSettle(t, l, created("k", "id"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(l.path)
	if out, err := exec.Command("mount", "--bind", "-o", "ro", dir, dir).CombinedOutput(); err != nil {
		t.Skipf("mount: %v: %s", err, out)
	}
	defer func() {
		if err := exec.Command("umount", dir).Run(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := Open(l.path, binding); !errors.As(err, new(*RefusedError)) || !strings.Contains(err.Error(), "where you may write") {
		t.Error(err)
	}
	r, err := OpenReadOnly(l.path, binding)
	if err != nil {
		t.Fatal(err)
	}
	if e := mustGet(t, r, "customer", "k"); e.KustomerID != "id" {
		t.Error(e)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenReadOnlyMakesNothing(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenReadOnly(filepath.Join(dir, "a", "ledger.db"), binding); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}

func TestFilesAreOurs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b", "50%?#ü", "ledger.db")
	l := open1(t, path)
	mustBegin(t, l, intent("k", 1))
	for _, suffix := range suffixes {
		checkMode(t, path+suffix, 0o600)
	}
	checkMode(t, filepath.Dir(path), 0o700)
	checkMode(t, filepath.Dir(filepath.Dir(path)), 0o700)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Error("more than the ledger is left:", left, err)
	}
	t.Chdir(filepath.Dir(path))
	r, err := OpenReadOnly("ledger.db", binding)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLinksAreRefused(t *testing.T) {
	for _, suffix := range suffixes {
		dir := t.TempDir()
		path, victim := filepath.Join(dir, "ledger.db"), filepath.Join(dir, "victim")
		if suffix != "" {
			l := open1(t, path)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(victim, path+suffix); err != nil {
			t.Skip(err)
		}
		if _, err := Open(path, binding); !errors.As(err, new(*RefusedError)) {
			t.Error(suffix, err)
		}
		if _, err := os.Lstat(victim); err == nil {
			t.Error(suffix, "was followed")
		}
	}
}

// TestLogOfALedgerThatIsGone: when somebody moves a ledger away, its log does not become part of the next one.
func TestLogOfALedgerThatIsGone(t *testing.T) {
	path, f, _, _ := killedLedger(t)
	f.write(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := open1(t, path)
	if all := allEntries(t, l.Reader, Filter{}); len(all) != 0 {
		t.Error(all)
	}
	if now := readFiles(t, path); len(now.wal) >= len(f.wal) || len(f.wal) == 0 {
		t.Error("the old log is still there")
	}
}

// TestReadersWhileWriting: readers in this and in other processes see a ledger grow, never half of a commit, and do not
// wait for the writer.
func TestReadersWhileWriting(t *testing.T) {
	l := newLedger(t)
	ctx, stop := context.WithCancel(t.Context())
	var writing sync.WaitGroup
	var rows atomic.Int64
	for w := range 8 {
		writing.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				key := fmt.Sprintf("%d-%d", w, i)
				mustBegin(t, l, intent(key, 1))
				mustSettle(t, l, created(key, "id-"+key))
				rows.Add(1)
			}
		})
	}
	for before := int64(0); before < 2000; {
		r, err := OpenReadOnly(l.path, binding)
		if err != nil {
			t.Fatal(err)
		}
		before = rows.Load()
		counts, err := r.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := int64(counts["customer"][Created]); got < before {
			t.Fatalf("%d entries, %d were durable before", got, before)
		}
		n := 0
		for range r.Known(t.Context(), "customer") {
			n++
		}
		if n < counts["customer"][Created] {
			t.Fatal(n, counts)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	writing.Wait()
}
