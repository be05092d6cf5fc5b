package store

import (
	"testing"

	"github.com/kustsync/kustsync/sinks/kustomer/sandbox/wire"
)

const testOrg = "65a0c0ffee0000000000abcd"

// emptyStore is a store in memory, and the reader that fills it with lines of a journal.
func emptyStore(t testing.TB) (*Store, reader) {
	t.Helper()
	st := New(Options{Org: testOrg})
	to := st.reader(func() error { return nil }, func(Change) (bool, error) { return false, nil })
	if err := to.begin(testOrg); err != nil {
		t.Fatal(err)
	}
	return st, to
}

// FuzzJournal reads any line of a journal: an error or objects, never a panic.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`[{"type":"customer","id":"65a0c0ffee0000000000abcd","rev":1,"doc":{"externalId":"x"}}]`))
	f.Add([]byte(`[{"type":"customer","id":"65a0c0ffee0000000000abcd","rev":1,"doc":{}},{"type":"customer","id":"65a0c0ffee0000000000abcd","rev":2,"deleted":true}]`))
	f.Fuzz(func(t *testing.T, line []byte) {
		_, to := emptyStore(t)
		_ = to.line(line, 2)
	})
}

func BenchmarkReplay(b *testing.B) {
	_, to := emptyStore(b)
	c := Change{Type: "customer", ID: testOrg, Rev: 1, Doc: wire.JSON(wire.Document{
		"externalId": "crm-1", "name": "Ana Ruiz", "emails": []any{wire.Document{"type": "work", "email": "ana.1@example.com"}},
		"phones": []any{wire.Document{"type": "mobile", "phone": "+15550000001"}}, "tags": []any{"vip", "nightly"},
		"createdAt": "2024-03-01T10:00:00.000Z", "custom": wire.Document{"tierStr": "gold", "renewsAt": "2026-01-01T00:00:00.000Z"},
	})}
	line := append(c.appendTo([]byte("[")), "]\n"...)
	for b.Loop() {
		if err := to.line(line, 2); err != nil {
			b.Fatal(err)
		}
	}
}
