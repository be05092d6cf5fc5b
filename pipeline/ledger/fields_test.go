package ledger

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
)

func fieldsOf(t testing.TB, r *Reader, key string) string {
	t.Helper()
	fields, err := r.Fields(t.Context(), "customer", key)
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestFields(t *testing.T) {
	l := newLedger(t)
	with := func(e Entry, fields string) Entry { e.Fields = fields; return e }
	failed := created("k", "")
	failed.Outcome = Rejected
	for _, tt := range []struct {
		entry Entry
		want  string
	}{
		{with(created("k", "id1"), "\x00one"), "\x00one"},
		{with(created("k", "id1"), "two"), "two"},
		{with(failed, "three"), "two"}, // what was loaded before is still there
		{created("k", "id1"), ""},
		{with(failed, "three"), ""},
	} {
		mustSettle(t, l, tt.entry)
		if got := fieldsOf(t, l.Reader, "k"); got != tt.want {
			t.Errorf("after %s %q: %q, want %q", tt.entry.Outcome, tt.entry.Fields, got, tt.want)
		}
	}
	if got := fieldsOf(t, l.Reader, "unknown"); got != "" {
		t.Errorf("%q", got)
	}
}

func TestMoves(t *testing.T) {
	l := newLedger(t)
	moved := created("k", "id2")
	moved.Moves = true
	mustSettle(t, l, created("k", "id1"))
	mustSettle(t, l, moved)
	if e, _, err := l.Get(t.Context(), "customer", "k"); err != nil || e.KustomerID != "id2" {
		t.Errorf("%v, %v", e, err)
	}
	if err := l.Settle(created("k", "id1")); err == nil {
		t.Error("an entry that does not move took another id")
	}
}

// TestObjects: Objects yields every loaded entry once, while a writer changes the step.
func TestObjects(t *testing.T) {
	t.Parallel()
	l := newLedger(t)
	var want []string
	for i := range 2*objectPage + 3 {
		key := fmt.Sprintf("k%05d", i)
		e := created(key, "id"+key)
		if e.Fields = "f"; i%10 == 0 {
			e = created(key, "")
			e.Outcome = Rejected
		} else {
			want = append(want, key)
		}
		mustSettle(t, l, e)
	}
	var got []string
	for o, err := range l.Objects(t.Context(), "customer") {
		if err != nil || o.KustomerID != "id"+o.Key || o.Fields != "f" {
			t.Fatal(o, err)
		}
		mustSettle(t, l, created(o.Key, o.KustomerID))
		got = append(got, o.Key)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d objects, want %d", len(got), len(want))
	}
	for o, err := range l.Objects(t.Context(), "nobody") {
		t.Error(o, err)
	}
}

// TestFormat1: a ledger of format 1 can be read, and is changed to the current format when it is opened for writing.
func TestFormat1(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	writeFormat2(t, path, []Entry{created("k", "id1")})
	db, err := sql.Open(driverName, writeDSN(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, stmt := range []string{`ALTER TABLE entries DROP COLUMN fields`, `PRAGMA user_version = 1`} {
		if _, err := db.Exec(stmt); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := readFiles(t, path)
	r, err := OpenReadOnly(path, binding)
	if err != nil {
		t.Fatal(err)
	}
	if got := fieldsOf(t, r, "k"); got != "" {
		t.Errorf("%q", got)
	}
	for o, err := range r.Objects(t.Context(), "customer") {
		if err != nil || o.Key != "k" || o.Fields != "" {
			t.Error(o, err)
		}
	}
	for k, err := range r.Known(t.Context(), "customer") {
		if err != nil || k.Key != "k" || k.Fields {
			t.Error(k, err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if after := readFiles(t, path); string(after.db) != string(before.db) {
		t.Error("reading changed the ledger")
	}
	for range 2 {
		l := open1(t, path)
		if e, ok, err := l.Get(t.Context(), "customer", "k"); err != nil || !ok || e.KustomerID != "id1" {
			t.Fatal(e, ok, err)
		}
		e := created("k", "id1")
		e.Fields = "f"
		mustSettle(t, l, e)
		if got := fieldsOf(t, l.Reader, "k"); got != "f" {
			t.Errorf("%q", got)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
