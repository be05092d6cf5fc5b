package ledger

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCompact: after Compact a key that was dropped is in no byte of the ledger's files; all else is as it was.
func TestCompact(t *testing.T) {
	l := newLedger(t)
	fill(t, l, 300, func(i int) string { return fmt.Sprintf("k%03d", i) })
	const secret = "ann.secret@example.com"
	mustBegin(t, l, intent(secret, 1))
	mustSettle(t, l, with(created(secret, "id-secret"), func(e *Entry) { e.Outcome, e.Error = Existed, "of "+secret }))
	if _, err := l.Discard(t.Context(), "customer", secret, Forgotten, "r"); err != nil {
		t.Fatal(err)
	}
	want := allEntries(t, l.Reader, Filter{})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	found := func() (n int) {
		files, err := filepath.Glob(l.path + "*")
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			n += bytes.Count(text, []byte(secret))
		}
		return n
	}
	if found() == 0 {
		t.Log("SQLite has removed the key by itself")
	}
	if err := Compact(t.Context(), l.path); err != nil {
		t.Fatal(err)
	}
	if n := found(); n > 0 {
		t.Errorf("the key is in the files still, %d times", n)
	}
	l = open1(t, l.path)
	if d := cmp.Diff(want, allEntries(t, l.Reader, Filter{})); d != "" {
		t.Error(d)
	}
	if m, err := l.KeyMark(t.Context(), "customer", secret); m != Forgotten || err != nil {
		t.Error("the mark:", m, err)
	}
}
