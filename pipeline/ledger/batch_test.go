package ledger

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// batchOf makes intents for the keys b0, b1, ...
func batchOf(n int) []Intent {
	var intents []Intent
	for i := range n {
		key := fmt.Sprintf("b%d", i)
		intents = append(intents, Intent{
			Step: "customer", Key: key, Object: "customer", ExternalID: key, Ref: fmt.Sprint(i),
			Attempt: 1, RunID: "run", At: time.UnixMilli(1_700_000_000_000).UTC(),
		})
	}
	return intents
}

func TestBatchSurvivesTheProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	binding := Binding{Pipeline: "p", Target: "t", OrgID: "o"}
	l, err := Open(path, binding)
	if err != nil {
		t.Fatal(err)
	}
	intents := batchOf(3)
	id, refused, err := l.BeginBatch(t.Context(), intents)
	if err != nil || len(refused) != 0 {
		t.Fatalf("BeginBatch: %v %v", refused, err)
	}
	if err := l.Begin(t.Context(), Intent{Step: "customer", Key: "single", Object: "customer", ExternalID: "single", Attempt: 1}); err != nil {
		t.Fatal(err)
	}
	if err := l.SetJob(t.Context(), id, "job-1"); err != nil {
		t.Fatal(err)
	}
	mustSettle(t, l, Entry{Step: "customer", Key: "b1", Object: "customer", ExternalID: "b1", Outcome: Created, KustomerID: "k1"})
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l, err = Open(path, binding)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var got []string
	for _, in := range l.Doubts() {
		got = append(got, in.Key+" "+in.Ref+" "+in.Job)
	}
	if diff := cmp.Diff([]string{"b0 0 job-1", "b2 2 job-1", "single  "}, got); diff != "" {
		t.Error(diff)
	}
}

func TestBatchLeavesOutWhatIsClaimed(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Binding{Pipeline: "p", Target: "t"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	intents := batchOf(3)
	intents[1].ExternalID = "b0"
	_, refused, err := l.BeginBatch(t.Context(), intents)
	var claimed *ClaimedError
	if err != nil || len(refused) != 1 || !errors.As(refused[1], &claimed) || claimed.Key != "b0" {
		t.Fatalf("refused %v, error %v", refused, err)
	}
	if _, begun := l.Begun("customer", "b1"); begun {
		t.Error("the refused row is begun")
	}
	again, refused, err := l.BeginBatch(t.Context(), []Intent{{Step: "other", Key: "x", Object: "customer", ExternalID: "b0"}})
	if err != nil || again != 0 || len(refused) != 1 {
		t.Errorf("a batch of refused rows: id %d, %v, %v", again, refused, err)
	}
	for _, key := range []string{"b0", "b2"} {
		if err := l.Withdraw(t.Context(), "customer", key); err != nil {
			t.Fatal(err)
		}
	}
	if _, refused, err := l.BeginBatch(t.Context(), []Intent{{Step: "other", Key: "x", Object: "customer", ExternalID: "b0"}}); err != nil || len(refused) != 0 {
		t.Errorf("a withdrawn row keeps its external id: %v %v", refused, err)
	}
}

func TestBatchIsOneRecord(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "ledger.db"), Binding{Pipeline: "p", Target: "t"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for range 3 {
		if _, _, err := l.BeginBatch(t.Context(), batchOf(100)); err != nil {
			t.Fatal(err)
		}
	}
	var records int
	if err := l.writer.txn.conn.QueryRowContext(t.Context(), `SELECT count(*) FROM intents`).Scan(&records); err != nil || records != 3 {
		t.Errorf("%d records, want 3: %v", records, err)
	}
}
