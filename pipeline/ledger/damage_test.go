package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// files are the bytes of a ledger and of its log.
type files struct{ db, wal []byte }

func readFiles(t testing.TB, path string) files {
	t.Helper()
	db, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wal, err := os.ReadFile(path + "-wal")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files{db, wal}
}

// write replaces the closed ledger at path with the files.
func (f files) write(t testing.TB, path string) {
	t.Helper()
	_ = os.Remove(path + "-shm")
	_ = os.Remove(path + "-wal")
	if err := os.WriteFile(path, f.db, 0o600); err != nil {
		t.Fatal(err)
	}
	if len(f.wal) > 0 {
		if err := os.WriteFile(path+"-wal", f.wal, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// decides is what a run decides by.
type decides struct {
	Entries map[rowID]Entry
	Doubts  []Intent
	Known   []Known
}

// readAll opens the ledger and reads what a run decides by, without the columns that are only shown.
func readAll(t testing.TB, path string) (decides, error) {
	t.Helper()
	l, err := Open(path, binding)
	if err != nil {
		return decides{}, err
	}
	defer func() { _ = l.Close() }()
	all := decides{Entries: map[rowID]Entry{}, Doubts: l.Doubts()}
	for e, err := range l.Entries(t.Context(), Filter{}) {
		if err != nil {
			return decides{}, err
		}
		if e.Outcome != InDoubt {
			all.Entries[rowID{e.Step, e.Key}] = Entry{Object: e.Object, ExternalID: e.ExternalID, Outcome: e.Outcome, KustomerID: e.KustomerID, Hash: e.Hash}
		}
	}
	for k, err := range l.Known(t.Context(), "customer") {
		if err != nil {
			return decides{}, err
		}
		all.Known = append(all.Known, k)
	}
	return all, nil
}

func isDamage(err error) bool {
	refused := new(RefusedError)
	return errors.As(err, &refused) && refused.Path != "" && (strings.Contains(refused.Hint, "--adopt") ||
		strings.Contains(refused.Hint, "newer") || strings.Contains(refused.Hint, "that version") || strings.Contains(refused.Hint, "--state-dir"))
}

// closedLedger returns the bytes of a ledger of a few pages, with open intents, that was closed.
func closedLedger(t testing.TB) (path string, f files, want decides) {
	t.Helper()
	l := newLedger(t)
	fill(t, l, 60, func(i int) string { return fmt.Sprint("key-", i) })
	mustSettle(t, l, with(created("other", "id"), func(e *Entry) { e.ExternalID = "its own" }))
	mustBegin(t, l, intent("key-3", 2))
	mustBegin(t, l, intent("new", 1))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	f = readFiles(t, l.path)
	want, err := readAll(t, l.path)
	if err != nil || len(want.Entries) != 60 || len(want.Doubts) != 2 || len(f.wal) != 0 {
		t.Fatal(len(want.Entries), want.Doubts, len(f.wal), err)
	}
	return l.path, f, want
}

func TestCutLedgerIsRefused(t *testing.T) {
	path, f, _ := closedLedger(t)
	for cut := 0; cut < len(f.db); cut += 2999 {
		files{db: f.db[:cut]}.write(t, path)
		if _, err := readAll(t, path); !isDamage(err) {
			t.Fatalf("cut at %d of %d: %v", cut, len(f.db), err)
		}
	}
}

// TestFlippedBits: a bit that changes is found, or nothing that a run decides by is different.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	path, f, want := closedLedger(t)
	found := 0
	for at := 0; at < len(f.db); at += 307 { // a test of every byte found nothing more
		db := bytes.Clone(f.db)
		db[at] ^= 1 << (at % 8)
		files{db: db}.write(t, path)
		got, err := readAll(t, path)
		if isDamage(err) {
			found++
		} else if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Fatalf("bit %d of byte %d: %v\n%s", at%8, at, err, d)
		}
	}
	if found < 15 {
		t.Errorf("only %d flips were found", found)
	}
}

// openLedger returns a ledger as a killed process leaves it: some of it in the file, some only in the log, and the
// number of entries that must be in the file.
func killedLedger(t testing.TB) (path string, f files, least, most decides) {
	t.Helper()
	l := newLedger(t)
	fill(t, l, 30, func(i int) string { return fmt.Sprint("old-", i) })
	l = reopen(t, l)
	least, err := readAllOf(t, l)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		key := fmt.Sprint("new-", i)
		mustBegin(t, l, intent(key, 1))
		mustSettle(t, l, created(key, "id-"+key))
	}
	f = readFiles(t, l.path)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	f.write(t, l.path)
	most, err = readAll(t, l.path)
	if err != nil || len(most.Entries) != 40 {
		t.Fatal(len(most.Entries), err)
	}
	return l.path, f, least, most
}

func readAllOf(t testing.TB, l *Ledger) (decides, error) {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "ledger.db")
	readFiles(t, l.path).write(t, copied)
	return readAll(t, copied)
}

// TestDamagedLog: a log that is cut or changed loses what came after that place, but nothing that was in the ledger's file.
func TestDamagedLog(t *testing.T) {
	path, f, least, most := killedLedger(t)
	check := func(wal []byte, what string) {
		t.Helper()
		files{f.db, wal}.write(t, path)
		got, err := readAll(t, path)
		if isDamage(err) {
			return
		}
		if err != nil {
			t.Fatal(what, err)
		}
		for k, e := range least.Entries {
			if got.Entries[k] != e {
				t.Fatal(what, "lost", k)
			}
		}
		for k, e := range got.Entries {
			if most.Entries[k] != e {
				t.Fatal(what, "invented", k)
			}
		}
		if in := len(got.Doubts); len(got.Entries)+in > len(most.Entries) || in > 1 {
			t.Fatal(what, "is not one moment", got)
		}
	}
	for cut := 0; cut < len(f.wal); cut += 2999 {
		check(f.wal[:cut], fmt.Sprint("cut at ", cut))
	}
	for at := 0; at < len(f.wal); at += 2999 {
		wal := bytes.Clone(f.wal)
		wal[at] ^= 1 << (at % 8)
		check(wal, fmt.Sprint("flip at ", at))
	}
}

func TestRefusals(t *testing.T) {
	damage := func(change func(l *Ledger) string) func(*testing.T) (string, Binding) {
		return func(t *testing.T) (string, Binding) {
			l := newLedger(t)
			if query := change(l); query != "" {
				if _, err := l.writer.txn.conn.ExecContext(t.Context(), query); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return l.path, binding
		}
	}
	query := func(q string) func(*testing.T) (string, Binding) { return damage(func(*Ledger) string { return q }) }
	bound := func(b Binding) func(*testing.T) (string, Binding) {
		return func(t *testing.T) (string, Binding) {
			path, _ := query("")(t)
			return path, b
		}
	}
	bytesOf := func(text string) func(*testing.T) (string, Binding) {
		return func(t *testing.T) (string, Binding) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			files{db: []byte(text)}.write(t, path)
			return path, binding
		}
	}
	for name, c := range map[string]struct {
		make func(*testing.T) (string, Binding)
		want string
	}{
		"empty":            {bytesOf(""), "no ledger of kustsync; move it away"},
		"text":             {bytesOf("step,key\n" + strings.Repeat("customer,k\n", 500)), "file is not a database"},
		"newer":            {query(`PRAGMA user_version = 4`), "a newer kustsync wrote it (format 4, this one knows 3); use that version"},
		"another program":  {query(`PRAGMA application_id = 7`), "no ledger of kustsync"},
		"missing table":    {query(`DROP TABLE marks`), "damaged"},
		"changed name":     {query(`INSERT INTO names VALUES (1, 'customer', 1)`), "a name is not as it was written"},
		"changed intents":  {query(`INSERT INTO intents VALUES (1, x'0102030405')`), "rows that were begun is not"},
		"another pipeline": {bound(Binding{Pipeline: "q", Target: binding.Target, OrgID: "org1"}), `it belongs to pipeline "p", and this run is for "q"`},
		"another target":   {bound(Binding{Pipeline: "p", Target: "sandbox", OrgID: "org1"}), `it belongs to target`},
		"another org":      {bound(Binding{Pipeline: "p", Target: binding.Target, OrgID: "org2"}), `it belongs to org "org1", and this run is for "org2"; use another --state-dir`},
	} {
		t.Run(name, func(t *testing.T) {
			path, b := c.make(t)
			before := readFiles(t, path)
			_, err := Open(path, b)
			if !isDamage(err) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Error(err)
			}
			if r, err := OpenReadOnly(path, b); !errors.As(err, new(*RefusedError)) {
				t.Error("read-only:", r, err)
			}
			if after := readFiles(t, path); !bytes.Equal(before.db, after.db) {
				t.Error("a refused ledger was changed")
			}
		})
	}
}

func TestChangedEntryIsFound(t *testing.T) {
	for _, change := range []string{
		`kustomer_id = 'id9'`, `hash = x'00'`, `outcome = outcome + 1`, `key = 'l'`, `external_id = 'x'`, `external_id = ''`, `answered = 7`, `object = step`,
	} {
		l := newLedger(t)
		mustSettle(t, l, with(created("k", "id1"), func(e *Entry) { e.Object = "person" }))
		mustSettle(t, l, with(created("r", ""), func(e *Entry) { e.Outcome = Rejected }))
		if _, err := l.writer.txn.conn.ExecContext(t.Context(), `UPDATE entries SET `+change+` WHERE key = 'k'`); err != nil {
			t.Fatal(change, err)
		}
		if _, err := readAllOf(t, l); !isDamage(err) {
			t.Error(change, err)
		}
	}
}

// TestDisorderIsFound: entries out of order are each as they were written, but questions about a key would miss some.
func TestDisorderIsFound(t *testing.T) {
	const page, leaf = 4096, 0x0a
	path, f, _ := closedLedger(t)
	swapped := 0
	for at := page; at < len(f.db); at += page {
		if head := f.db[at:]; head[0] == leaf && head[4] > 1 { // two cells or more: swap the first two
			db := bytes.Clone(f.db)
			copy(db[at+8:], f.db[at+10:at+12])
			copy(db[at+10:], f.db[at+8:at+10])
			files{db: db}.write(t, path)
			if _, err := readAll(t, path); !isDamage(err) {
				t.Errorf("page %d: %v", at/page, err)
			}
			swapped++
		}
	}
	if swapped < 3 {
		t.Error("only", swapped, "pages were tried")
	}
}

func FuzzOpen(f *testing.F) {
	_, closed, _ := closedLedger(f)
	_, killed, _, _ := killedLedger(f)
	f.Add(closed.db, []byte{})
	f.Add(closed.db[:4096], []byte{})
	f.Add(killed.db, killed.wal)
	f.Add(killed.db, killed.wal[:len(killed.wal)/2])
	f.Add([]byte("SQLite format 3\x00"), []byte{})
	f.Fuzz(func(t *testing.T, db, wal []byte) {
		path := filepath.Join(t.TempDir(), "ledger.db")
		files{db, wal}.write(t, path)
		l, err := Open(path, binding)
		if err != nil {
			if !errors.As(err, new(*RefusedError)) {
				t.Fatal(err)
			}
			return
		}
		unsynced(t, l)
		for _, err := range l.Entries(t.Context(), Filter{}) {
			_ = err // any answer will do that is no panic
		}
		_ = l.Begin(t.Context(), intent("key-3", 3))
		_ = l.Settle(created("key-3", "id"))
		_ = l.Close()
	})
}
