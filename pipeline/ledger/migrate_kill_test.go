package ledger

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// TestMigrationKilled: a ledger of format 2 whose opening is killed at any instant is opened whole afterwards, as old or as
// new.
func TestMigrationKilled(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	entries := make([]Entry, rows)
	for i := range entries {
		entries[i] = created(fmt.Sprintf("zd-%d", i), fmt.Sprintf("65a0c0ffee00%012x", i))
	}
	killed, done := 0, 0
	for range 3 {
		path := filepath.Join(t.TempDir(), "ledger.db")
		writeFormat2(t, path, entries)
		for range 4 {
			c := startChild(t, "open", path, 0)
			if !c.out.Scan() {
				t.Fatal("the process said nothing")
			}
			time.Sleep(time.Duration(rand.IntN(250)) * time.Millisecond)
			if said := c.kill(); len(said) == 0 {
				killed++
			} else {
				done++
			}
		}
		l := open1(t, path)
		if n := countRows(t, l, "entries"); n != rows {
			t.Fatalf("%d entries are left of %d", n, rows)
		}
		seen := 0
		for e, err := range l.Entries(t.Context(), Filter{}) {
			if err != nil || e.KustomerID == "" || e.CreatedIn == "" {
				t.Fatalf("%+v, %v", e, err)
			}
			seen++
		}
		if seen != rows {
			t.Errorf("%d entries can be read of %d", seen, rows)
		}
	}
	t.Logf("%d openings were killed, %d ended", killed, done)
}
