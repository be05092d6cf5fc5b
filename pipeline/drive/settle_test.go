package drive

import (
	"strings"
	"testing"

	"github.com/kustsync/kustsync/pipeline/decide"
	"github.com/kustsync/kustsync/pipeline/index"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// created is the settlement of a row whose object was created.
func created(id string) decide.Settlement {
	return decide.Settlement{Outcome: ledger.Created, ID: id, Hash: ledger.Hash{1}, Record: true}
}

func TestRecord(t *testing.T) {
	l := openLedger(t)
	s := newStep(l)
	first := newRow("1", object{"name": "Ann"})
	first.Facts.Open = 1
	end, err := s.Record(first, created("id1"))
	if err != nil || end.Outcome != ledger.Created || first.Facts.Open != 0 || !s.control.isKnown() {
		t.Fatalf("Record returns %+v, %v; %d requests are open", end, err, first.Facts.Open)
	}
	for _, c := range []struct {
		name, key, id, externalID, want string
		recorded                        bool
	}{
		{"an external id of another key is a rejection, which is recorded", "2", "id2", "1", "belongs to key", true},
		{"an outcome that contradicts the ledger is a rejection, which is not", "1", "id9", "1", "was not recorded", false},
	} {
		r := newRow(c.key, object{"name": "Bob"})
		r.ExternalID = c.externalID
		end, err := s.Record(r, created(c.id))
		if err != nil || end.Outcome != ledger.Rejected || end.Stage != decide.StageLedger || !strings.Contains(end.Message, c.want) {
			t.Errorf("%s: Record returns %+v, %v", c.name, end, err)
		}
		entry, _, err := l.Get(t.Context(), "person", c.key)
		if err != nil || (entry.Outcome == ledger.Rejected) != c.recorded || end.Record != c.recorded {
			t.Errorf("%s: the ledger has %+v, %v", c.name, entry, err)
		}
	}
}

func TestRecordWithABrokenLedger(t *testing.T) {
	l := openLedger(t)
	s := newStep(l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for open, want := range map[int]ledger.Outcome{0: ledger.NotAttempted, 1: ledger.InDoubt} {
		r := newRow("1", object{"name": "Ann"})
		r.Facts.Open = open
		end, err := s.Record(r, created("id1"))
		if err == nil || end.Outcome != want {
			t.Errorf("with %d open requests Record returns %s, %v, want %s and the ledger's error", open, end.Outcome, err, want)
		}
	}
}

func TestBeginLetsOneRowOwnAKey(t *testing.T) {
	s := newStep(nil)
	first, same, other := newRow("1", object{"name": "Ann"}), newRow("1", object{"name": "Ann"}), newRow("1", object{"name": "Bob"})
	first.Read.Pos.File, first.Read.Pos.Line = "people.csv", 2
	other.Hash = ledger.Hash{2}
	for _, r := range []*Row{first, same, other} {
		s.Begin(r)
	}
	if first.Facts.Owner != nil || !first.ownsKey {
		t.Errorf("the first row does not own its key: %+v", first.Facts.Owner)
	}
	for _, c := range []struct {
		row  *Row
		same bool
	}{{same, true}, {other, false}} {
		if o := c.row.Facts.Owner; o == nil || o.Same != c.same || o.Place.Line != 2 || c.row.ownsKey {
			t.Errorf("the owner of a later row's key is %+v, want line 2, same: %t", o, c.same)
		}
	}
	s.Ended(first, &decide.Settlement{Outcome: ledger.Rejected})
	if s.Index.Get("1").Has(index.Owned) {
		t.Error("a rejected row owns its key still")
	}
}

func TestBeginKnowsTheLedger(t *testing.T) {
	l := openLedger(t)
	err := l.Settle(ledger.Entry{Step: "person", Key: "1", Object: "person", ExternalID: "1", Outcome: ledger.Created, KustomerID: "id1", Hash: ledger.Hash{1}})
	if err == nil {
		err = l.Begin(t.Context(), ledger.Intent{Step: "person", Key: "2", Object: "person", ExternalID: "2", Hash: ledger.Hash{1}, Attempt: 3})
	}
	if err != nil {
		t.Fatal(err)
	}
	s := newStep(l)
	s.Index.Learn(ledger.Known{Key: "1", Outcome: ledger.Created, Loaded: true, Hash: ledger.Hash{1}})
	for _, c := range []struct {
		key                 string
		hash                byte
		unchanged, hasEntry bool
		open, attempts      int
	}{
		{key: "1", hash: 1, unchanged: true, hasEntry: true},
		{key: "2", hash: 1, open: 1, attempts: 3},
		{key: "3", hash: 1},
	} {
		r := newRow(c.key, object{"name": "Ann"})
		r.Hash = ledger.Hash{c.hash}
		s.Begin(r)
		f := r.Facts
		if f.Unchanged != c.unchanged || f.HasEntry != c.hasEntry || f.Open != c.open || f.Attempts != c.attempts {
			t.Errorf("key %s: unchanged %t, has an entry %t, %d open requests, %d attempts; want %+v", c.key, f.Unchanged, f.HasEntry, f.Open, f.Attempts, c)
		}
	}
	r := newRow("2", object{"name": "Ann"})
	r.ownsKey = true
	if end := s.KeepOut(r, decide.Reject(decide.StageMap, "", "x")); end.Record {
		t.Error("a rejection is recorded over a request that may have happened")
	}
	if end := s.KeepOut(newRow("9", nil), decide.Reject(decide.StageMap, "", "x")); !end.Record {
		t.Error("the rejection of a key of which nothing is known is not recorded")
	}
}
