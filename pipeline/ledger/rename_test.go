package ledger

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const finalStep = "customer (finalize)"

// ofCustomer is an entry of another step that has the object of a customer.
func ofCustomer(step, key string) Entry {
	return with(created(key, "id-"+key), func(e *Entry) {
		e.Step, e.ExternalID, e.Outcome, e.Role, e.CreatedIn = step, "", Updated, OwnsNothing, ""
	})
}

func TestRenameStep(t *testing.T) {
	l := newLedger(t)
	const n = renamePage + 3
	fill(t, l, n, func(i int) string { return fmt.Sprintf("k%05d", i) })
	mustSettle(t, l, with(created("own", "id-own"), func(e *Entry) { e.ExternalID = "its own" }))
	mustSettle(t, l, ofCustomer(finalStep, "k00001"))
	note := Step{"customer", "customer", Owns, "{{ .id }}", "", "run1"}
	if err := errors.Join(l.PutSteps(t.Context(), []Step{note, {Name: "people", Key: "stale"}}),
		l.Drop(t.Context(), "customer", "gone", Forgotten, "r"), l.Drop(t.Context(), "people", "gone", Absent, "r"), l.Drop(t.Context(), "people", "own", Absent, "r")); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := l.Sample(t.Context(), "people", ""); ok || err != nil {
		t.Fatal("a step without entries has a sample", err)
	}
	if _, _, err := l.BeginBatch(t.Context(), []Intent{with1(intent("last", 1), "x"), {Step: "other", Key: "o", Object: "customer", RunID: "r", At: day}}); err != nil {
		t.Fatal(err)
	}
	mustSettle(t, l, with(created("last", "id-last"), func(e *Entry) { e.ExternalID = "x" }))
	want := allEntries(t, l.Reader, Filter{})
	for i := range want {
		switch want[i].Step {
		case "customer":
			want[i].Step = "people"
		case finalStep:
			want[i].Step = "people (finalize)"
		}
	}
	moved, err := l.RenameStep(t.Context(), "customer", "people", StepRename{finalStep, "people (finalize)"}, StepRename{"nothing", "more"})
	if err != nil || moved != n+2 {
		t.Fatalf("%d entries moved, want %d; %v", moved, n+2, err)
	}
	note.Name = "people"
	for range 2 {
		got := map[string]Entry{}
		for _, e := range allEntries(t, l.Reader, Filter{}) {
			got[e.Step+" "+e.Key] = e
		}
		if len(got) != len(want) {
			t.Errorf("%d entries, want %d", len(got), len(want))
		}
		for _, e := range want {
			if d := cmp.Diff(e, got[e.Step+" "+e.Key]); d != "" {
				t.Fatal(d)
			}
		}
		if _, ok := l.Step("customer"); ok {
			t.Error("the old name is noted still")
		}
		if s, _ := l.Step("people"); !cmp.Equal(s, note) {
			t.Error("noted:", s)
		}
		for key, want := range map[string]KeyMark{"gone": Forgotten, "own": ""} {
			if m, err := l.KeyMark(t.Context(), "people", key); m != want || err != nil {
				t.Errorf("%s has the mark %q, want %q; %v", key, m, want, err)
			}
		}
		if m, err := l.KeyMark(t.Context(), "customer", "gone"); m != "" || err != nil {
			t.Error("the old name has a mark still", m, err)
		}
		for externalID, want := range map[string]string{"k00007": "k00007", "its own": "own", "x": "last"} {
			if step, key, _, err := l.Owner(t.Context(), "customer", externalID); step != "people" || key != want || err != nil {
				t.Errorf("the external id %q belongs to %s %q, %v", externalID, step, key, err)
			}
		}
		if step, _, _, err := l.OwnerOfID(t.Context(), "customer", "id-3"); step != "people" || err != nil {
			t.Error("the id belongs to", step, err)
		}
		if e, ok, err := l.Sample(t.Context(), "people", ""); !ok || e.Step != "people" || err != nil {
			t.Error("sample:", e, ok, err)
		}
		if err := l.Settle(with(created("k00007", "id-x"), func(e *Entry) { e.Step = "vip" })); !errors.As(err, new(*ClaimedError)) {
			t.Error("another step took an external id:", err)
		}
		if doubts := l.Doubts(); len(doubts) != 1 || doubts[0].Key != "o" {
			t.Error("in doubt:", doubts)
		}
		l = reopen(t, l)
	}
}

func TestRenameStepRefuses(t *testing.T) {
	l := newLedger(t)
	mustSettle(t, l, created("a", "id-a"))
	mustSettle(t, l, ofCustomer("vip", "a"))
	mustSettle(t, l, ofCustomer("vip (finalize)", "a"))
	for _, c := range []struct{ old, new, want string }{
		{"nobody", "people", "it has no entries"},
		{"customer", "vip", `"vip" has entries of its own`},
	} {
		_, err := l.RenameStep(t.Context(), c.old, c.new)
		if refused, ok := errors.AsType[*StepError](err); !ok || refused.Step != c.old || refused.Reason != c.want {
			t.Errorf("%s to %s: %v", c.old, c.new, err)
		}
	}
	mustBegin(t, l, intent("b", 1))
	if _, err := l.RenameStep(t.Context(), "customer", "people"); !errors.As(err, new(*StepError)) {
		t.Error("a request is in doubt:", err)
	}
	if err := l.Withdraw(t.Context(), "customer", "b"); err != nil {
		t.Fatal(err)
	}
	mustSettle(t, l, ofCustomer(finalStep, "a"))
	if _, err := l.RenameStep(t.Context(), "customer", "people", StepRename{finalStep, "vip (finalize)"}); !errors.As(err, new(*StepError)) {
		t.Error("the finalizer's new name has entries:", err)
	}
	if got := len(allEntries(t, l.Reader, Filter{Step: "customer"})); got != 1 {
		t.Error("the step has lost its entry")
	}
}

// TestRenameStepAfterRejections: a run rejected the rows of a renamed step, since the old name has their objects. What was
// rejected is in nobody's way.
func TestRenameStepAfterRejections(t *testing.T) {
	l := newLedger(t)
	mustSettle(t, l, created("a", "id-a"))
	for _, key := range []string{"a", "b"} {
		mustSettle(t, l, with(created(key, ""), func(e *Entry) { e.Step, e.Outcome = "people", Rejected }))
	}
	if n, err := l.RenameStep(t.Context(), "customer", "people"); n != 1 || err != nil {
		t.Fatalf("%d entries moved, want 1; %v", n, err)
	}
	for range 2 {
		got := allEntries(t, l.Reader, Filter{})
		if len(got) != 1 || got[0].Step != "people" || got[0].Key != "a" || got[0].Outcome != Created || got[0].KustomerID != "id-a" {
			t.Errorf("the ledger has %+v", got)
		}
		l = reopen(t, l)
	}
	mustSettle(t, l, with(created("a", "id-x"), func(e *Entry) { e.Step, e.ExternalID = "vip", "x" }))
	mustSettle(t, l, with(created("a", ""), func(e *Entry) { e.Step, e.Outcome = "vip", Rejected }))
	if _, err := l.RenameStep(t.Context(), "people", "vip"); !errors.As(err, new(*StepError)) {
		t.Error("a key of the new name was rejected, and has an object:", err)
	}
}

func TestDiscard(t *testing.T) {
	l := newLedger(t)
	mustSettle(t, l, created("a", "id-a"))
	mustSettle(t, l, ofCustomer(finalStep, "a"))
	mustBegin(t, l, intent("a", 2))
	mustBegin(t, l, intent("a", 3))
	for key, want := range map[string]bool{"a": true, "unknown": false} {
		if known, err := l.Discard(t.Context(), "customer", key, Absent, "", finalStep); known != want || err != nil {
			t.Errorf("%s: known %v, %v", key, known, err)
		}
	}
	for range 2 {
		if all, doubts := allEntries(t, l.Reader, Filter{}), l.Doubts(); len(all) > 0 || len(doubts) > 0 {
			t.Error("left:", all, doubts)
		}
		for _, key := range []string{"a", "unknown"} {
			if m, err := l.KeyMark(t.Context(), "customer", key); m != Absent || err != nil {
				t.Errorf("%s has the mark %q, %v", key, m, err)
			}
			if m, err := l.KeyMark(t.Context(), finalStep, key); m != "" || err != nil {
				t.Errorf("%s of the finalizer has the mark %q, %v", key, m, err)
			}
		}
		l = reopen(t, l)
	}
	mustSettle(t, l, created("b", "id-a")) // the id is free
	mustBegin(t, l, with1(intent("c", 1), "a"))
}
