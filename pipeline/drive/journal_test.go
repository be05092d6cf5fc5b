package drive

import (
	"errors"
	"testing"

	"github.com/kustsync/kustsync/pipeline/batch"
	"github.com/kustsync/kustsync/pipeline/ledger"
)

// itemsOf returns an item for each row.
func itemsOf(rows []*Row) []*batch.Item {
	var items []*batch.Item
	for _, r := range rows {
		items = append(items, &batch.Item{Owner: r})
	}
	return items
}

func TestJournalLeavesOutWhatBelongsToAnotherKey(t *testing.T) {
	l := openLedger(t)
	if err := l.Settle(ledger.Entry{Step: "person", Key: "1", Object: "person", ExternalID: "taken", Outcome: ledger.Created, KustomerID: "id1", Hash: ledger.Hash{1}}); err != nil {
		t.Fatal(err)
	}
	s := newStep(l)
	rows := []*Row{newRow("2", nil), newRow("3", nil)}
	rows[0].ExternalID = "taken"
	items := itemsOf(rows)
	_, claimed, err := Journal{s}.Begin(t.Context(), items)
	if err != nil || len(claimed) != 2 {
		t.Fatalf("Begin returns %v, %v", claimed, err)
	}
	if _, ok := errors.AsType[*ledger.ClaimedError](claimed[0]); !ok || claimed[1] != nil {
		t.Errorf("the items' errors are %v", claimed)
	}
	if rows[0].Facts.Open != 0 || rows[1].Facts.Open != 1 {
		t.Errorf("%d and %d requests are open, want 0 and 1", rows[0].Facts.Open, rows[1].Facts.Open)
	}
	if _, begun := l.Begun("person", "3"); !begun {
		t.Error("the other item was not begun")
	}
	for _, err := range (Journal{s}).Withdraw(t.Context(), items[1:]) {
		if err != nil {
			t.Error(err)
		}
	}
	if _, begun := l.Begun("person", "3"); begun || rows[1].Facts.Open != 0 {
		t.Error("the item is begun after it was withdrawn")
	}
}

func TestJournalWithABrokenLedger(t *testing.T) {
	l := openLedger(t)
	s := newStep(l)
	var rows []*Row
	for _, key := range []string{"1", "2", "3"} {
		rows = append(rows, newRow(key, nil))
	}
	items := itemsOf(rows)
	if _, _, err := (Journal{s}).Begin(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for i, err := range (Journal{s}).Withdraw(t.Context(), items) {
		if err == nil || rows[i].Facts.Open != 1 {
			t.Errorf("row %d: the withdrawal ends with %v, and %d requests are open; want the ledger's error and 1", i, err, rows[i].Facts.Open)
		}
	}
	if _, _, err := (Journal{s}).Begin(t.Context(), itemsOf([]*Row{newRow("4", nil)})); err == nil {
		t.Error("a closed ledger has begun an item")
	}
}

func TestJournalGivesRowsBack(t *testing.T) {
	s := newStep(nil)
	var woken *Row
	s.Wake = func(r *Row) { woken = r }
	r := newRow("1", nil)
	r.batched = &batched{Item: batch.Item{Owner: r}}
	Journal{s}.Done(&r.batched.Item, batch.Result{Alone: true})
	if woken != r || !r.batched.result.Alone {
		t.Errorf("the row %v came back with %+v", woken, r.batched.result)
	}
}
