package ledger

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// writeFormat2 makes a ledger as a kustsync of format 2 left it, with its schema and its checksums.
func writeFormat2(t testing.TB, path string, entries []Entry) {
	t.Helper()
	schema, err := os.ReadFile("testdata/format2.sql")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open(driverName, dsn(path, "mode=rw", "synchronous(off)"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(string(schema))
	exec(fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = 2", applicationID))
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]int64{}
	name := func(s string) int64 {
		if names[s] == 0 {
			id := int64(len(names) + 1)
			names[s] = id
			if _, err := tx.ExecContext(t.Context(), `INSERT INTO names VALUES (?, ?, ?)`, id, s, nameSum(id, s)); err != nil {
				t.Fatal(err)
			}
		}
		return names[s]
	}
	insert, err := tx.PrepareContext(t.Context(), `INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)`)
	if err != nil {
		t.Fatal(err)
	}
	var r row
	for _, e := range entries {
		r = row{object: name(e.Object), outcome: name(string(e.Outcome)), kustomerID: e.KustomerID, hash: e.Hash[:], scratch: r.scratch}
		if e.ExternalID != e.Key {
			r.externalID = sql.NullString{String: e.ExternalID, Valid: true}
		}
		step := name(e.Step)
		if _, err := insert.ExecContext(t.Context(), step, e.Key, r.object, r.externalID, r.outcome, r.kustomerID, r.hash, 0, r.checksum(step, e.Key),
			name(e.Place.Source), e.Place.Line, e.Attempts, e.HTTPStatus, e.Error, name(e.RunID), e.UpdatedAt.UnixMilli()); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// oldEntries are entries of format 2 of every sort, and what they are after the migration.
func oldEntries() (old, want []Entry) {
	at := func(e Entry, hours int) Entry { e.UpdatedAt = day.Add(time.Duration(hours) * time.Hour); return e }
	of := func(e Entry, step string, o Outcome) Entry { e.Step, e.Outcome, e.CreatedIn = step, o, ""; return e }
	old = []Entry{
		of(created("a", "id-a"), "change", Updated),      // the step changes what customer a made
		of(created("gone", "id-7"), "removed", Updated),  // of a step that the file no longer has
		of(created("gone2", "id-7"), "removed", Updated), // which changed one object twice
		created("a", "id-a"),                             // made, and never touched again
		of(created("b", "id-b"), "customer", Updated),    // nobody knows who made it
		of(created("c", "id-c"), "customer", Existed),    //
		at(created("double", "id-2"), 5),                 // later than the next
		at(created("first", "id-2"), 1),                  // the owner of id-2
		at(created("third", "id-2"), 9),                  //
		with(created("r", ""), func(e *Entry) { e.Outcome, e.Hash, e.CreatedIn = Rejected, Hash{}, "" }),
	}
	for i := range 3 {
		old[i].ExternalID = ""
	}
	want = slices.Clone(old)
	want[0].Role, want[2].Role, want[6].Role, want[8].Role = OwnsNothing, OwnsNothing, Doubled, Doubled
	for _, all := range [...][]Entry{old, want} {
		slices.SortFunc(all, func(a, b Entry) int { return compareIDs(a.id(), b.id()) })
	}
	return old, want
}

// TestFormat2: a ledger of format 2 can be read, is brought up to date when it is opened for writing, and loses nothing.
func TestFormat2(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	old, want := oldEntries()
	writeFormat2(t, path, old)
	r, err := OpenReadOnly(path, binding)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(old, allEntries(t, r, Filter{})); d != "" {
		t.Error("read-only", d)
	}
	if _, _, found, err := r.OwnerOfID(t.Context(), "customer", "id-a"); found || err != nil {
		t.Error(found, err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	bound := binding
	bound.Unowned = []string{"change", "no such step"}
	for range 2 {
		l, err := Open(path, bound)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, allEntries(t, l.Reader, Filter{})); d != "" {
			t.Error(d)
		}
		doubles, err := l.Doubles(t.Context())
		if d := cmp.Diff([]Double{
			{"customer", "id-2", "customer", "double", "customer", "first"}, {"customer", "id-2", "customer", "third", "customer", "first"},
		}, doubles); d != "" || err != nil {
			t.Error(d, err)
		}
		for id, owner := range map[string]string{"id-a": "customer a", "id-2": "customer first", "id-c": "customer c", "id-7": "removed gone"} {
			if step, key, _, err := l.OwnerOfID(t.Context(), "customer", id); step+" "+key != owner || err != nil {
				t.Error(id, step, key, err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMigrationIsWhole: a migration that fails at its end leaves the old format, which the next one brings up to date.
func TestMigrationIsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	old, _ := oldEntries()
	writeFormat2(t, path, old)
	db, err := sql.Open(driverName, writeDSN(path))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE key_marks (x)`); err != nil { // in the way of one of the last statements
		t.Fatal(err)
	}
	if _, err := Open(path, binding); err == nil {
		t.Fatal("it was opened")
	}
	if _, err := db.ExecContext(t.Context(), `DROP TABLE key_marks`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(allEntries(t, open1(t, path).Reader, Filter{})); n != len(old) {
		t.Error(n, "entries")
	}
}

// TestMillionOldRows: `make long` measures how long a ledger of format 2 with a million rows takes to open: under 10 s.
func TestMillionOldRows(t *testing.T) {
	rows := 20_000
	if os.Getenv("KUSTSYNC_LEDGER") == "long" {
		rows = 1_000_000
	}
	entries := make([]Entry, rows)
	for i := range entries {
		n := strconv.Itoa(i)
		entries[i] = created("zd-"+n, fmt.Sprintf("65a0c0ffee00%012x", i))
		if i%10 == 0 { // a tenth changes what another step made
			entries[i].Step, entries[i].ExternalID, entries[i].KustomerID, entries[i].Outcome = "change", "", fmt.Sprintf("65a0c0ffee00%012x", i+1), Updated
		}
	}
	entries[7].KustomerID = entries[8].KustomerID // a double
	path := filepath.Join(t.TempDir(), "ledger.db")
	writeFormat2(t, path, entries)
	bound := binding
	bound.Unowned = []string{"change"}
	start := time.Now()
	l, err := Open(path, bound)
	took := time.Since(start)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	t.Logf("%d rows of format 2 were opened in %v", rows, took)
	if took > 10*time.Second && rows == 1_000_000 {
		t.Errorf("%d rows took %v", rows, took)
	}
	if n := countRows(t, l, "entries"); n != rows {
		t.Error(n, "entries")
	}
	if doubles, err := l.Doubles(t.Context()); err != nil || len(doubles) != 1 || doubles[0].Key != "zd-8" {
		t.Error(doubles, err)
	}
	known := 0
	for k, err := range l.Known(t.Context(), "customer") {
		if err != nil || !k.Loaded {
			t.Fatal(k, err)
		}
		known++
	}
	if known != rows-rows/10 {
		t.Error(known, "customers")
	}
}
